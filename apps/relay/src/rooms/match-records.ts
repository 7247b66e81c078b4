import { answerOf, type Redis } from '@aethex/shared/redis'
import { z } from 'zod'

/** A match as every node can read it, by its room. */
export const MatchRecord = z.object({
  environment_id: z.string(),
  match_id: z.string(),
  room_id: z.string(),
  players: z.array(
    z.object({ player_id: z.string(), username: z.string(), ticket_id: z.string() }),
  ),
})
export type MatchRecord = z.output<typeof MatchRecord>

/** While the room is in use its node renews this. */
export const matchRecordSeconds = 600

export const matchRecordKey = (environmentId: string, roomId: string) =>
  `matchmaking:{${environmentId}}:room:${roomId}`

/** The match that a room was made for; undefined for an open room. */
export async function findMatchOfRoom(
  redis: Redis,
  environmentId: string,
  roomId: string,
): Promise<MatchRecord | undefined> {
  const text = await answerOf(redis.get(matchRecordKey(environmentId, roomId)))
  return text === null ? undefined : MatchRecord.parse(JSON.parse(text))
}

/** Keeps the room closed to others for another ten minutes, also after Redis forgot everything. */
export async function renewMatchRecord(redis: Redis, match: MatchRecord): Promise<void> {
  const key = matchRecordKey(match.environment_id, match.room_id)
  await redis.set(key, JSON.stringify(match), 'EX', matchRecordSeconds)
}
