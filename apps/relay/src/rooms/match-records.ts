import { type MatchRecord, matchRecordKey, parseMatch } from '@aethex/shared/matchmaking'
import { answerOf, type Redis } from '@aethex/shared/redis'

export type { MatchRecord }

/** The match that a room was made for; undefined for an open room. */
export async function findMatchOfRoom(
  redis: Redis,
  environmentId: string,
  roomId: string,
): Promise<MatchRecord | undefined> {
  const text = await answerOf(redis.get(matchRecordKey(environmentId, roomId)))
  return text === null ? undefined : parseMatch(text)
}
