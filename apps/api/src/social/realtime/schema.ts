import { Name } from '@aethex/shared/matchmaking'
import { z } from 'zod'

export const TicketRequest = z.strictObject({
  /** Leads to the node where this room lives. */
  room_id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional(),
  /** Of the player: where nothing else decides, the ticket leads to a node there, if there is one. */
  region: Name.optional(),
})
export type TicketRequest = z.output<typeof TicketRequest>

export const Ticket = z
  .object({
    /** Dial it with `?ticket=` and the sub-protocol aethex.v1.json or aethex.v1.msgpack. */
    url: z.string(),
    ticket: z.string(),
    /** Seconds until the ticket is worth nothing. */
    expires_in: z.int(),
  })
  .meta({ id: 'Ticket' })
