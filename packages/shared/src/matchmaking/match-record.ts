import { z } from 'zod'
import { PlayerTraits } from './wish.js'

/** A match as every node can read it, by its room. */
export const MatchRecord = z.object({
  environment_id: z.string(),
  match_id: z.string(),
  room_id: z.string(),
  /** The queue that the studio has declared; undefined for other modes. */
  queue: z.string().optional(),
  region: z.string().optional(),
  players: z.array(
    z.object({
      player_id: z.string(),
      username: z.string(),
      ticket_id: z.string(),
      team: z.string().optional(),
      role: z.string().optional(),
      /** Counts from 0 within the team. */
      seat: z.number().optional(),
      /** Until when the seat is kept for a player who has not come, in milliseconds since 1970. */
      held_until: z.number().optional(),
      /** What the player was matched by, where free seats may be offered again. */
      traits: PlayerTraits.optional(),
    }),
  ),
})
export type MatchRecord = z.output<typeof MatchRecord>
export type MatchPlayer = MatchRecord['players'][number]

/** While the room is in use its node renews this. */
export const matchRecordSeconds = 600

export const parseMatch = (text: string) => MatchRecord.parse(JSON.parse(text))
