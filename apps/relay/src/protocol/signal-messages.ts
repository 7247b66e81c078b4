import { z } from 'zod'
import { id, playerId } from './atoms.js'

const kind = z
  .string()
  .regex(/^[A-Za-z0-9_]{1,32}$/, 'is 1 to 32 letters, digits or _')
  .describe('what it is: offer, answer, candidate, bye, voice_key … whatever the two agree on')

/** What two members of a room tell each other to find a way to each other. */
export const signalMessages = {
  client: {
    signal: z
      .strictObject({
        type: z.literal('signal'),
        id,
        to: playerId.describe('a member of the same room'),
        kind,
        data: z.unknown(),
      })
      .describe('For one other member only. The whole message has at most 16 KiB.'),
  },
  server: {
    signal: z.strictObject({
      type: z.literal('signal'),
      from: playerId.describe('by the session of the sender, whatever the sender says'),
      kind,
      data: z.unknown(),
      own_seq: z.int().optional().describe('rises by one with every message to this member alone'),
    }),
  },
}
