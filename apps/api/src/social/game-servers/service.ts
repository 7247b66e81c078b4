import { createHash, timingSafeEqual } from 'node:crypto'
import { audit } from '@aethex/shared/audit'
import { notFound, Problem } from '@aethex/shared/errors'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { mintNonce, redeemNonce, registerNonce } from '@aethex/shared/nonces'
import { v7 as newId } from 'uuid'
import { auditActorOf, type Ctx, environmentOf, playerOf } from '../../gateway/context.js'
import { Id } from '../../gateway/shapes.js'
import { usernamesOf } from '../../players/profiles/service.js'
import { type GameServerSearch, type NewGameServer, Redeemed } from './schema.js'
import {
  findServer,
  listServers,
  putServer,
  removeServer,
  type StoredServer,
  serverSeconds,
} from './store.js'

const mostServers = 1_000
const joinSeconds = 60
const joinsPerPlayer = { name: 'game-server-joins', quota: 30, windowSeconds: 60 }

const hashOf = (token: string) => createHash('sha256').update(token).digest()
/** A token of one server is worth nothing at another. */
const spaceOf = (environmentId: string, serverId: string) => `join:${environmentId}:${serverId}`

const writeDown = (ctx: Ctx, action: string, target: string) =>
  audit(ctx.db, {
    environmentId: environmentOf(ctx),
    actor: auditActorOf(ctx),
    action,
    target,
    requestId: ctx.requestId,
  })

async function obtainServer(ctx: Ctx, serverId: string): Promise<StoredServer> {
  const stored = await findServer(environmentOf(ctx), ctx.redis, serverId)
  if (stored === undefined) throw notFound()
  return stored
}

/** The server, for the process that has registered it. Throws `forbidden` for every other holder of a key. */
async function obtainOwn(ctx: Ctx, serverId: string, token: string): Promise<StoredServer> {
  const stored = await obtainServer(ctx, serverId)
  if (timingSafeEqual(hashOf(token), Buffer.from(stored.token_hash, 'hex'))) return stored
  throw new Problem('forbidden', { detail: 'The allocation token is not that of this server.' })
}

/** A studio's own game server is there from now on, as long as it is heard of. */
export async function registerServer(ctx: Ctx, facts: NewGameServer) {
  const environmentId = environmentOf(ctx)
  if ((await listServers(environmentId, ctx.redis)).length >= mostServers) {
    throw new Problem('limit_reached', { extensions: { allowed: mostServers } })
  }
  const server = {
    server_id: newId(),
    ...facts,
    players: 0,
    registered_at: ctx.now().toISOString(),
  }
  const token = mintNonce()
  await putServer(environmentId, ctx.redis, { server, token_hash: hashOf(token).toString('hex') })
  await writeDown(ctx, 'game_servers.register', server.server_id)
  return { server, allocation_token: token, heartbeat_seconds: serverSeconds }
}

export async function noteHeartbeat(ctx: Ctx, serverId: string, token: string, players: number) {
  const stored = await obtainOwn(ctx, serverId, token)
  const server = { ...stored.server, players }
  await putServer(environmentOf(ctx), ctx.redis, { ...stored, server })
  return { server }
}

export async function withdrawServer(ctx: Ctx, serverId: string): Promise<void> {
  if (!(await removeServer(environmentOf(ctx), ctx.redis, serverId))) throw notFound()
  await writeDown(ctx, 'game_servers.remove', serverId)
}

/** The servers that are there, in the order in which they were registered. */
export async function listGameServers(ctx: Ctx, search: GameServerSearch) {
  const { cursor, limit, region, has_free_seats: free } = search
  const after = cursor === undefined ? '' : decodeCursor(Id, cursor)
  const servers = (await listServers(environmentOf(ctx), ctx.redis)).filter(
    server =>
      server.server_id > after &&
      (region === undefined || server.region === region) &&
      (free === undefined || server.players < server.capacity === (free === 'true')),
  )
  return pageOf(
    servers,
    limit,
    server => server,
    server => server.server_id,
  )
}

/** What lets this player, once, and nobody else into the server. Throws `room_full`. */
export async function issueJoinToken(ctx: Ctx, serverId: string) {
  const { environmentId, playerId } = playerOf(ctx)
  await ctx.limits.take(joinsPerPlayer, `${environmentId} ${playerId}`)
  const { server } = await obtainServer(ctx, serverId)
  if (server.players >= server.capacity) throw new Problem('room_full')
  const username = (await usernamesOf(environmentId, ctx.db, [playerId])).get(playerId)
  if (username === undefined) throw new Problem('session_ended')
  const token = mintNonce()
  const player = { player_id: playerId, username }
  await registerNonce(ctx.redis, spaceOf(environmentId, serverId), token, player, joinSeconds)
  return { server, join_token: token, expires_in: joinSeconds }
}

/** Who the token was made for; once. Throws `code_invalid`. */
export async function redeemJoinToken(ctx: Ctx, serverId: string, own: string, token: string) {
  await obtainOwn(ctx, serverId, own)
  const player = await redeemNonce(ctx.redis, spaceOf(environmentOf(ctx), serverId), token)
  if (player === undefined) throw new Problem('code_invalid')
  return Redeemed.parse(player)
}
