import { answerOf, type Redis } from '@aethex/shared/redis'
import { z } from 'zod'
import { GameServer } from './schema.js'

/** How long a server is there after it was heard of last. */
export const serverSeconds = 60

const StoredServer = z.object({
  server: GameServer,
  /** SHA-256 of the allocation token, in hexadecimal. */
  token_hash: z.string(),
})
export type StoredServer = z.output<typeof StoredServer>

const indexOf = (environmentId: string) => `servers:{${environmentId}}:all`
const keyOf = (environmentId: string, serverId: string) =>
  `servers:{${environmentId}}:entry:${serverId}`

export async function putServer(environmentId: string, redis: Redis, stored: StoredServer) {
  const { server_id: id } = stored.server
  const batch = redis.multi()
  batch.set(keyOf(environmentId, id), JSON.stringify(stored), 'EX', serverSeconds)
  batch.sadd(indexOf(environmentId), id)
  batch.expire(indexOf(environmentId), serverSeconds)
  await answerOf(batch.exec())
}

export async function findServer(
  environmentId: string,
  redis: Redis,
  serverId: string,
): Promise<StoredServer | undefined> {
  const text = await answerOf(redis.get(keyOf(environmentId, serverId)))
  return text === null ? undefined : StoredServer.parse(JSON.parse(text))
}

/** All that are there, in the order of their ids. What has gone is swept out. */
export async function listServers(environmentId: string, redis: Redis): Promise<GameServer[]> {
  const index = indexOf(environmentId)
  const ids = (await answerOf(redis.smembers(index))).sort()
  if (ids.length === 0) return []
  const texts = await answerOf(redis.mget(ids.map(id => keyOf(environmentId, id))))
  const gone = ids.filter((_, at) => texts[at] === null)
  if (gone.length > 0) await answerOf(redis.srem(index, ...gone))
  return texts.flatMap(text => (text === null ? [] : [StoredServer.parse(JSON.parse(text)).server]))
}

/** False when it was not there. */
export async function removeServer(environmentId: string, redis: Redis, serverId: string) {
  const removed = await answerOf(redis.del(keyOf(environmentId, serverId)))
  await answerOf(redis.srem(indexOf(environmentId), serverId))
  return removed === 1
}
