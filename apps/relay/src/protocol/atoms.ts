import { z } from 'zod'

/** A number of the client's own choosing; the answer carries it as `reply_to`. */
export const id = z.int().optional()
export const replyTo = z.int().optional().describe('the id of the message that this answers')

export const name = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'is 1 to 64 letters, digits, _ or -')
export const RoomId = name
export const playerId = z.uuid()
export const player = { player_id: playerId, username: z.string() }
export const maxMembers = 100

/** What a player shows of itself: any JSON object. */
export const PlayerState = z.record(z.string(), z.unknown())
export type PlayerState = z.output<typeof PlayerState>

/** The part of an answer that names the message it answers, when that had an id. */
export const replyingTo = ({ id }: { id?: number | undefined }) =>
  id === undefined ? {} : { reply_to: id }

/** A table of messages as one shape, told apart by `type`. */
export function unionOf<S extends z.ZodObject>(messages: Record<string, S>) {
  const [first, ...others] = Object.values(messages)
  if (first === undefined) throw new Error('a union of no messages')
  return z.discriminatedUnion('type', [first, ...others])
}
