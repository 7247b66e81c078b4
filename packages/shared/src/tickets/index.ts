import { z } from 'zod'
import { mintNonce, redeemNonce, registerNonce } from '../nonces/index.js'
import type { Redis } from '../redis/index.js'

/** Who may open a socket: written by the API, read once by a relay node. */
export const TicketHolder = z.object({
  environment_id: z.uuid(),
  player_id: z.uuid(),
  username: z.string(),
  session_id: z.uuid(),
  /** What the player may do on a socket, by their age and by what was agreed to, when the ticket was issued. */
  permissions: z.object({ chat: z.boolean(), voice: z.boolean() }).optional(),
  /** A moderator's, who is no player: its socket listens to chat and does nothing else. */
  moderates: z.literal(true).optional(),
})
export type TicketHolder = z.infer<typeof TicketHolder>

/** Long enough to dial, too short to be worth stealing. */
export const ticketSeconds = 30

export async function issueTicket(redis: Redis, holder: TicketHolder): Promise<string> {
  const ticket = mintNonce()
  await registerNonce(redis, 'ticket', ticket, holder, ticketSeconds)
  return ticket
}

/** Takes a ticket. Of any number of concurrent dials exactly one succeeds. */
export async function redeemTicket(
  redis: Redis,
  ticket: string,
): Promise<TicketHolder | undefined> {
  const payload = await redeemNonce(redis, 'ticket', ticket)
  return payload === undefined ? undefined : TicketHolder.parse(payload)
}
