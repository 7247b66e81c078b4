import { z } from 'zod'
import { PlayerState, ServerMessage } from '../protocol/messages.js'

const count = z.int().min(0)
const Log = z.object({
  seq: count,
  entries: z.array(z.object({ message: ServerMessage, bytes: count })),
})

/** A room on its way from one node to another. */
export const KeptRoom = z.object({
  log: Log,
  tick: count,
  things: z.array(z.object({ ref: count, key: z.string(), state: PlayerState })),
  members: z.array(
    z.object({
      player_id: z.string(),
      username: z.string(),
      ref: count,
      state: PlayerState.nullable(),
      resume_token: z.string(),
      last_id: z.int(),
      own: Log,
    }),
  ),
  lobby: z
    .object({ ready: z.array(z.string()), teams: z.record(z.string(), z.string()) })
    .optional(),
  /** What the room's kind needs. */
  kind: z.unknown().optional(),
})
export type KeptRoom = z.output<typeof KeptRoom>
