import type { IncomingMessage, Server } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Problem } from '@aethex/shared/errors'
import type { Logger } from '@aethex/shared/log'
import { WebSocketServer } from 'ws'
import type { Admission, Guest } from './admission.js'
import { readOffer } from './offer.js'
import { refuseUpgrade } from './refusal.js'
import { SocketWire } from './socket-wire.js'

const maxFrameBytes = 64 * 1024

/** Lets WebSockets in; whoever is not welcome is refused before the upgrade. */
export function openDoor(
  server: Server,
  admission: Admission,
  log: Logger,
  welcome: (guest: Guest) => void,
): void {
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

  const admit = async (request: IncomingMessage, socket: Socket, head: Buffer) => {
    admission.assertWelcome(request)
    const { codec, ticket } = readOffer(request)
    await admission.admit(ticket, socket, holder =>
      sockets.handleUpgrade(request, socket, head, ws =>
        welcome({ holder, codec, wire: new SocketWire(ws, socket) }),
      ),
    )
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
