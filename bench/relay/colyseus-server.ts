import { createServer } from 'node:http'
import { Room, Server } from '@colyseus/core'
import { WebSocketTransport } from '@colyseus/ws-transport'
import { serveParent } from '../baseline.js'

/** A room of Colyseus that hands on what its members say, as its documentation does it. */
class Arena extends Room {
  override onCreate({ size }: { size: number }): void {
    this.maxClients = size
    // It keeps no state, so that there is nothing to synchronise.
    this.setPatchRate(null)
    this.onMessage('state', (client, state) => {
      this.broadcast('state', [client.sessionId, state], { except: client })
    })
    this.onMessage('echo', (client, id) => client.send('echo', id))
  }
}

const http = createServer()
const server = new Server({
  greet: false,
  transport: new WebSocketTransport({ server: http, pingInterval: 0 }),
})
server.define('arena', Arena).filterBy(['slot'])
serveParent(http)
