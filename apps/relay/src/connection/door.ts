import type { IncomingMessage, Server } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Problem } from '@aethex/shared/errors'
import { type Health, originRule } from '@aethex/shared/http'
import { LocalCounter, overBudget } from '@aethex/shared/limits'
import type { Logger } from '@aethex/shared/log'
import type { Redis } from '@aethex/shared/redis'
import { redeemTicket, type TicketHolder } from '@aethex/shared/tickets'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Codec } from '../protocol/codec.js'
import { readOffer } from './offer.js'
import { refuseUpgrade } from './refusal.js'

export interface Guest {
  holder: TicketHolder
  codec: Codec
  ws: WebSocket
  socket: Socket
}

export interface DoorOptions {
  redis: Redis
  health: Health
  log: Logger
  allowedOrigins: readonly string[]
  handshakesPerTenSeconds: number
  /** Whether one more socket may come from an address. */
  hasRoomFor(address: string): boolean
}

const maxFrameBytes = 64 * 1024

/** Lets those in who come from an allowed origin with a good ticket; the others are refused before the upgrade. */
export function openDoor(server: Server, options: DoorOptions, welcome: (guest: Guest) => void) {
  const { redis, health, log } = options
  const isAllowedOrigin = originRule(options.allowedOrigins)
  const handshakes = new LocalCounter()
  const budget = {
    name: 'handshakes',
    quota: options.handshakesPerTenSeconds,
    windowSeconds: 10,
  }
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxFrameBytes,
    // Never the ticket: the chosen sub-protocol is echoed in the answer.
    handleProtocols: (offered, request) => {
      const { protocol } = readOffer(request).codec
      return offered.has(protocol) && protocol
    },
  })
  sockets.on('wsClientError', (_error, socket, request) =>
    refuseUpgrade(request, socket, new Problem('malformed_request'), log),
  )

  const assertRoom = ({ remoteAddress = '' }: Socket) => {
    if (options.hasRoomFor(remoteAddress)) return
    throw new Problem('rate_limited', { detail: 'Too many sockets are open from this address.' })
  }

  // A browser says where its page comes from; a native client says nothing.
  const assertWelcome = ({ headers, socket }: IncomingMessage) => {
    if (health.isDraining()) throw new Problem('busy', { detail: 'This node is being stopped.' })
    const state = handshakes.count(budget, socket.remoteAddress ?? '')
    if (state.remaining < 0) throw overBudget(state)
    assertRoom(socket)
    if (headers.origin !== undefined && !isAllowedOrigin(headers.origin)) {
      throw new Problem('origin_forbidden')
    }
  }
  const admit = async (request: IncomingMessage, socket: Socket, head: Buffer) => {
    assertWelcome(request)
    const { codec, ticket } = readOffer(request)
    const holder = await redeemTicket(redis, ticket)
    if (holder === undefined) throw new Problem('ticket_invalid')
    // Others may have come in while the ticket was looked up.
    assertRoom(socket)
    sockets.handleUpgrade(request, socket, head, ws => welcome({ holder, codec, ws, socket }))
  }
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const giveUp = () => socket.destroy()
    socket.on('error', giveUp)
    if (!(socket instanceof Socket)) {
      giveUp()
      return
    }
    admit(request, socket, head).catch(error => refuseUpgrade(request, socket, error, log))
  }
  server.on('upgrade', onUpgrade)
}
