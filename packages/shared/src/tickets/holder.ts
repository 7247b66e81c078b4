import { z } from 'zod'

/** By what a moderator opened a socket; with it, the socket ends. */
export const Moderator = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('server'), key_id: z.uuid() }),
  z.object({ kind: z.literal('member'), member_id: z.uuid(), session_id: z.uuid() }),
])
export type Moderator = z.infer<typeof Moderator>

/** Who may open a socket: written by the API, read once by a relay node. */
export const TicketHolder = z.object({
  environment_id: z.uuid(),
  player_id: z.uuid(),
  username: z.string(),
  session_id: z.uuid(),
  /** What the player may do on a socket, by their age and by what was agreed to, when the ticket was issued. */
  permissions: z.object({ chat: z.boolean(), voice: z.boolean() }).optional(),
  /** A moderator's, who is no player: its socket listens to chat and does nothing else. */
  moderates: Moderator.optional(),
})
export type TicketHolder = z.infer<typeof TicketHolder>
