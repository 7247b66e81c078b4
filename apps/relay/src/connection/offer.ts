import type { IncomingMessage } from 'node:http'
import { Problem } from '@aethex/shared/errors'
import { z } from 'zod'
import { type Codec, chooseCodec } from '../protocol/codec.js'

const ticketPrefix = 'aethex.ticket.'

export const Ticket = z.string().regex(/^[A-Za-z0-9_-]{32}$/)

/** What a client asks for when it dials: a codec, and the ticket that lets it in. */
export interface Offer {
  codec: Codec
  ticket: string
}

/** Reads the sub-protocols and the query. Throws `malformed_request` or `ticket_invalid`. */
export function readOffer(request: IncomingMessage): Offer {
  const header = request.headers['sec-websocket-protocol'] ?? ''
  const offered = header.split(',').flatMap(protocol => protocol.trim() || [])
  const byProtocol = offered.find(protocol => protocol.startsWith(ticketPrefix))
  const codec = chooseCodec(offered.filter(protocol => protocol !== byProtocol))
  if (codec === undefined) {
    throw new Problem('malformed_request', {
      detail:
        'None of the sub-protocols is spoken here; offer aethex.v1.json or aethex.v1.msgpack.',
    })
  }
  const search = request.url?.split('?', 2)[1] ?? ''
  const ticket =
    new URLSearchParams(search).get('ticket') ?? byProtocol?.slice(ticketPrefix.length) ?? ''
  if (!Ticket.safeParse(ticket).success) throw new Problem('ticket_invalid')
  return { codec, ticket }
}
