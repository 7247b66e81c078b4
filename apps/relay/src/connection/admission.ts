import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Problem } from '@aethex/shared/errors'
import { type Health, originRule } from '@aethex/shared/http'
import { LocalCounter, overBudget } from '@aethex/shared/limits'
import type { Redis } from '@aethex/shared/redis'
import { redeemTicket, type TicketHolder } from '@aethex/shared/tickets'
import type { Codec } from '../protocol/codec.js'
import type { Wire } from './wire.js'

/** Who has been let in, and how they are spoken to. */
export interface Guest {
  holder: TicketHolder
  codec: Codec
  wire: Wire
}

export interface AdmissionOptions {
  redis: Redis
  health: Health
  allowedOrigins: readonly string[]
  handshakesPerTenSeconds: number
  /** Whether one more connection may come from an address. */
  hasRoomFor(address: string): boolean
}

/** Decides who comes in, by whichever way. */
export interface Admission {
  isAllowedOrigin(origin: string): boolean
  /** Before anything is read. Throws `busy`, `rate_limited` or `origin_forbidden`. */
  assertWelcome(request: IncomingMessage): void
  /**
   * Uses a ticket up, and lets its holder in: `enter` is called in the turn in which there is room for one more, and has
   * to take it. Throws `ticket_invalid` or `rate_limited`.
   */
  admit<T>(ticket: string, socket: Socket, enter: (holder: TicketHolder) => T): Promise<T>
}

export function createAdmission(options: AdmissionOptions): Admission {
  const { redis, health } = options
  const isAllowedOrigin = originRule(options.allowedOrigins)
  const handshakes = new LocalCounter()
  const budget = {
    name: 'handshakes',
    quota: options.handshakesPerTenSeconds,
    windowSeconds: 10,
  }

  const assertRoom = ({ remoteAddress = '' }: Socket) => {
    if (options.hasRoomFor(remoteAddress)) return
    throw new Problem('rate_limited', { detail: 'Too many sockets are open from this address.' })
  }

  return {
    isAllowedOrigin,
    // A browser says where its page comes from; a native client says nothing.
    assertWelcome({ headers, socket }) {
      if (health.isDraining()) throw new Problem('busy', { detail: 'This node is being stopped.' })
      const state = handshakes.count(budget, socket.remoteAddress ?? '')
      if (state.remaining < 0) throw overBudget(state)
      assertRoom(socket)
      if (headers.origin !== undefined && !isAllowedOrigin(headers.origin)) {
        throw new Problem('origin_forbidden')
      }
    },
    async admit(ticket, socket, enter) {
      const holder = await redeemTicket(redis, ticket)
      if (holder === undefined) throw new Problem('ticket_invalid')
      // Others may have come in while the ticket was looked up.
      assertRoom(socket)
      return enter(holder)
    },
  }
}
