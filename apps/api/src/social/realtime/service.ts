import { Problem } from '@aethex/shared/errors'
import { findRoomNode, listNodes, nodesNear } from '@aethex/shared/fleet'
import { findDefinition } from '@aethex/shared/rooms'
import { issueTicket, ticketSeconds } from '@aethex/shared/tickets'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { permissionsOf } from '../../players/privacy/service.js'
import { usernamesOf } from '../../players/profiles/service.js'
import { refreshMirror } from '../parties/service.js'
import type { TicketRequest } from './schema.js'

/** Where the room lives; else the least loaded node of the region of the room, or else of the player. */
async function nodeFor({ redis }: Ctx, environmentId: string, request: TicketRequest) {
  const { room_id: roomId } = request
  const home = roomId === undefined ? undefined : await findRoomNode(redis, environmentId, roomId)
  if (home !== undefined) return home
  const room = roomId === undefined ? undefined : await findDefinition(redis, environmentId, roomId)
  const [node] = nodesNear(await listNodes(redis), room?.region ?? request.region)
  if (node !== undefined) return node
  throw new Problem('unavailable', { detail: 'No relay node is up; try again shortly.' })
}

/** A single-use ticket for one socket, and where to dial. */
export async function openTicket(ctx: Ctx, request: TicketRequest) {
  const { environmentId, playerId, sessionId } = playerOf(ctx)
  const node = await nodeFor(ctx, environmentId, request)
  const username = (await usernamesOf(environmentId, ctx.db, [playerId])).get(playerId)
  if (username === undefined) throw new Problem('session_ended')
  const { chat, voice } = (await permissionsOf(ctx, environmentId, playerId)).permissions
  await refreshMirror(ctx, environmentId, playerId)
  const ticket = await issueTicket(ctx.redis, {
    environment_id: environmentId,
    player_id: playerId,
    username,
    session_id: sessionId,
    permissions: { chat, voice },
  })
  return { url: node.url, ticket, expires_in: ticketSeconds }
}
