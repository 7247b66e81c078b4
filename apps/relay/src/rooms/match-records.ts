import {
  MatchRecord,
  matchRecordKey,
  matchRecordSeconds,
  parseMatch,
} from '@aethex/shared/matchmaking'
import { answerOf, type Redis } from '@aethex/shared/redis'

export { MatchRecord, matchRecordKey, matchRecordSeconds }

/** The match that a room was made for; undefined for an open room. */
export async function findMatchOfRoom(
  redis: Redis,
  environmentId: string,
  roomId: string,
): Promise<MatchRecord | undefined> {
  const text = await answerOf(redis.get(matchRecordKey(environmentId, roomId)))
  return text === null ? undefined : parseMatch(text)
}

// What stands there may be newer: somebody got a free seat since the room read it.
const renewScript = `
local text = redis.call('GET', KEYS[1])
if not text then
  redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
  return ARGV[1]
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return text`

/**
 * Keeps the room closed to others for another ten minutes, also after Redis forgot everything. Answers the match as it
 * stands now, which may have more players than the given one.
 */
export async function renewMatchRecord(redis: Redis, match: MatchRecord): Promise<MatchRecord> {
  const key = matchRecordKey(match.environment_id, match.room_id)
  const text = await redis.eval(renewScript, 1, key, JSON.stringify(match), matchRecordSeconds)
  return parseMatch(String(text))
}
