import { unavailable } from '@aethex/shared/errors'
import { answerOf, type Redis } from '@aethex/shared/redis'
import type { BoardRules } from './schema.js'
import type { EntryRow, Place } from './store.js'

/**
 * Ranks in Redis, derived from PostgreSQL. A sorted set ranks a board; a hash beside it remembers where
 * each player stands and by which revision, so that entries may be applied twice or out of order.
 * The board's `ready` mark says that every entry is in.
 */

// Renewed at every page; a process that died in the middle holds up the next rebuild no longer than this.
const rebuildLeaseSeconds = 15

export interface Standing {
  playerId: string
  score: number
  achievedUs: number
}

const keysOf = (environmentId: string, boardId: string) => {
  const base = `board:${environmentId}:${boardId}`
  return [`${base}:ranks`, `${base}:players`, `${base}:ready`] as const
}

// Redis orders equal scores by their members: the time with leading zeros, then the player, is our tie rule.
const timeDigits = 17
const memberOf = (entry: Pick<EntryRow, 'achieved_us' | 'player_id'>) =>
  `${String(entry.achieved_us).padStart(timeDigits, '0')}:${entry.player_id}`

// Sorted sets ascend; a board that the highest score leads is kept negated.
const sortKey = (order: BoardRules['order'], score: number) => (order === 'desc' ? -score : score)

const applyScript = `
local known = redis.call('HGET', KEYS[2], ARGV[1])
if known then
  local colon = string.find(known, ':', 1, true)
  if tonumber(string.sub(known, 1, colon - 1)) >= tonumber(ARGV[2]) then
    return redis.call('ZRANK', KEYS[1], string.sub(known, colon + 1))
  end
  redis.call('ZREM', KEYS[1], string.sub(known, colon + 1))
end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[4])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. ':' .. ARGV[4])
return redis.call('ZRANK', KEYS[1], ARGV[4])`

const rankScript = `
local known = redis.call('HGET', KEYS[2], ARGV[1])
if not known then return false end
return redis.call('ZRANK', KEYS[1], string.sub(known, string.find(known, ':', 1, true) + 1))`

const removeScript = `
local known = redis.call('HGET', KEYS[2], ARGV[1])
if not known then return 0 end
redis.call('ZREM', KEYS[1], string.sub(known, string.find(known, ':', 1, true) + 1))
return redis.call('HDEL', KEYS[2], ARGV[1])`

// Nobody may stand at the place any more; for the length of the script somebody does.
const behindScript = `
local here = redis.call('ZRANK', KEYS[1], ARGV[2])
if here then return here + 1 end
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
here = redis.call('ZRANK', KEYS[1], ARGV[2])
redis.call('ZREM', KEYS[1], ARGV[2])
return here`

const toPosition = (answer: unknown) => (typeof answer === 'number' ? answer : undefined)

const applyArguments = (entry: EntryRow) => {
  const [ranks, players] = keysOf(entry.environment_id, entry.board_id)
  const key = String(sortKey(entry.order, entry.score))
  return [
    applyScript,
    2,
    ranks,
    players,
    entry.player_id,
    entry.revision,
    key,
    memberOf(entry),
  ] as const
}

/** Enters one row and answers its position, counted from 0. */
export const applyEntry = async (redis: Redis, entry: EntryRow): Promise<number | undefined> =>
  toPosition(await answerOf(redis.eval(...applyArguments(entry))))

/** Enters many rows. Throws when one of them could not be entered. */
export async function applyEntries(redis: Redis, entries: readonly EntryRow[]): Promise<void> {
  const pipeline = redis.pipeline()
  for (const entry of entries) pipeline.eval(...applyArguments(entry))
  const answers = await answerOf(pipeline.exec())
  const failed = answers?.find(([error]) => error !== null)
  if (failed !== undefined) throw unavailable('live state', failed[0])
}

/** Takes a player out of a board; answers 1 when they stood there. */
export async function removeFromRanks(
  redis: Redis,
  environmentId: string,
  boardId: string,
  playerId: string,
): Promise<number> {
  const [ranks, players] = keysOf(environmentId, boardId)
  return Number(await answerOf(redis.eval(removeScript, 2, ranks, players, playerId)))
}

export const isReady = async (redis: Redis, environmentId: string, boardId: string) =>
  (await answerOf(redis.exists(keysOf(environmentId, boardId)[2]))) === 1

const rebuildKey = (environmentId: string, boardId: string) =>
  `board:${environmentId}:${boardId}:rebuild`

/**
 * Claims the rebuild of a board for `rebuildId`: false while another process is at it. The claim lies beside
 * the ranks, so a Redis that forgets, forgets both.
 */
export const beginRebuild = async (
  redis: Redis,
  environmentId: string,
  boardId: string,
  rebuildId: string,
) =>
  (await answerOf(
    redis.set(rebuildKey(environmentId, boardId), rebuildId, 'EX', rebuildLeaseSeconds, 'NX'),
  )) === 'OK'

const renewScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('EXPIRE', KEYS[1], ARGV[2])`

/** False when the claim is gone: ranks may have been lost since the rebuild began. */
export const renewRebuild = async (
  redis: Redis,
  environmentId: string,
  boardId: string,
  rebuildId: string,
) =>
  (await answerOf(
    redis.eval(renewScript, 1, rebuildKey(environmentId, boardId), rebuildId, rebuildLeaseSeconds),
  )) === 1

const finishScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], '1')
return 1`

/** Declares the board ready, if the claim still holds. */
export const finishRebuild = (
  redis: Redis,
  environmentId: string,
  boardId: string,
  rebuildId: string,
) =>
  answerOf(
    redis.eval(
      finishScript,
      2,
      rebuildKey(environmentId, boardId),
      keysOf(environmentId, boardId)[2],
      rebuildId,
    ),
  )

/** The position of a player, counted from 0; undefined without a score. */
export async function positionOf(
  redis: Redis,
  environmentId: string,
  boardId: string,
  playerId: string,
): Promise<number | undefined> {
  const [ranks, players] = keysOf(environmentId, boardId)
  return toPosition(await answerOf(redis.eval(rankScript, 2, ranks, players, playerId)))
}

/** The position right behind a place, whether or not somebody still stands there. */
export async function positionBehind(
  redis: Redis,
  environmentId: string,
  boardId: string,
  order: BoardRules['order'],
  place: Place,
): Promise<number> {
  const [ranks] = keysOf(environmentId, boardId)
  const key = String(sortKey(order, place.score))
  return Number(await answerOf(redis.eval(behindScript, 1, ranks, key, memberOf(place))))
}

/** `limit` standings from the position `offset` on, best first. */
export async function standingsFrom(
  redis: Redis,
  environmentId: string,
  boardId: string,
  order: BoardRules['order'],
  offset: number,
  limit: number,
): Promise<Standing[]> {
  const [ranks] = keysOf(environmentId, boardId)
  const flat = await answerOf(redis.zrange(ranks, offset, offset + limit - 1, 'WITHSCORES'))
  const standings: Standing[] = []
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const [member = '', key = '0'] = [flat[at], flat[at + 1]]
    // Adding 0 turns the negated zero back.
    standings.push({
      playerId: member.slice(timeDigits + 1),
      score: sortKey(order, Number(key)) + 0,
      achievedUs: Number(member.slice(0, timeDigits)),
    })
  }
  return standings
}

const watermarkKey = 'board:watermark'

/** Up to which moment (seconds since 1970) changes have been applied; it lives and dies with the ranks themselves. */
export const findWatermark = async (redis: Redis): Promise<number | undefined> => {
  const text = await answerOf(redis.get(watermarkKey))
  return text === null ? undefined : Number(text)
}

export const setWatermark = (redis: Redis, seconds: number) =>
  answerOf(redis.set(watermarkKey, String(seconds)))
