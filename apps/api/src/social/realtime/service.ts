import { Problem } from '@aethex/shared/errors'
import { findRoomNode, listNodes } from '@aethex/shared/fleet'
import { issueTicket, ticketSeconds } from '@aethex/shared/tickets'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { permissionsOf } from '../../players/privacy/service.js'
import { usernamesOf } from '../../players/profiles/service.js'
import { refreshMirror } from '../parties/service.js'

/** A single-use ticket for one socket, on the node where the room lives or else the least loaded one. */
export async function openTicket(ctx: Ctx, roomId: string | undefined) {
  const { environmentId, playerId, sessionId } = playerOf(ctx)
  const home =
    roomId === undefined ? undefined : await findRoomNode(ctx.redis, environmentId, roomId)
  const node = home ?? (await listNodes(ctx.redis))[0]
  if (node === undefined)
    throw new Problem('unavailable', { detail: 'No relay node is up; try again shortly.' })
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
