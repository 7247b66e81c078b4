import { mintNonce, redeemNonce, registerNonce } from '../nonces/index.js'
import type { Redis } from '../redis/index.js'
import { TicketHolder } from './holder.js'

export { type Moderator, TicketHolder } from './holder.js'
export { answerForModerators, askForModerator } from './moderators.js'

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
