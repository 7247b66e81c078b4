import { AeThexError, asAeThexError, hasCode } from '../core/error.js'
import type { components } from '../generated/openapi.js'
import type { ServerClock } from './clock.js'
import type { Codec } from './codec.js'
import { type Link, lostBecause, openLink } from './link.js'
import type { Way } from './way.js'

type Ticket = components['schemas']['Ticket']

export interface DialOptions {
  requestTicket(roomId: string | undefined): Promise<Ticket>
  /** The room to come back to. */
  roomHint(): string | undefined
  codec: Codec
  way: Way
  /** For the welcome and for answers, in milliseconds. */
  timeoutMs: number
  /** Numbers what is said, from connection to connection. */
  nextId(): number
  clock: ServerClock
}

/** After these the relay wants no second try: policy, forbidden, replaced by a newer connection. */
const finalCodes = new Set([1008, 4003, 4009])

/** What a close code means for the connection: lost, or refused for good. */
export function judgeClose(code: number, reason: string): AeThexError {
  if (!finalCodes.has(code)) return lostBecause(code, reason)
  const text = `The relay closed the connection (${code} ${reason}).`
  return new AeThexError(code === 4009 ? 'replaced' : 'connection_refused', text, {
    details: { close_code: code, reason },
  })
}

async function findTicket({ requestTicket, roomHint }: DialOptions): Promise<Ticket> {
  const roomId = roomHint()
  try {
    return await requestTicket(roomId)
  } catch (thrown) {
    // The room is gone; whoever wants it back learns that from the relay.
    if (roomId === undefined || !hasCode(thrown, 'not_found')) throw thrown
    return requestTicket(undefined)
  }
}

/** A ticket, used at once: every dial needs its own. */
export async function dial(options: DialOptions): Promise<Link> {
  const { codec, timeoutMs, nextId, clock, way } = options
  const WebSocket = way.next()
  const ticket = await findTicket(options)
  const url = new URL(ticket.url)
  url.searchParams.set('ticket', ticket.ticket)
  try {
    const link = await openLink({ url: url.href, codec, WebSocket, timeoutMs, nextId, clock })
    way.note(true)
    return link
  } catch (thrown) {
    const { close_code, reason } = asAeThexError(thrown).details
    // Other codes are said by a relay: it has been reached.
    if (close_code === 1006) way.note(false)
    throw typeof close_code === 'number' ? judgeClose(close_code, String(reason)) : thrown
  }
}
