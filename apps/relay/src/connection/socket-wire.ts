import type { Socket } from 'node:net'
import { type RawData, WebSocket } from 'ws'
import { writeSoon } from '../delivery/outgoing.js'
import { readPlainFrames } from './plain-frames.js'
import type { Wire, WireListener } from './wire.js'

/** A peer that does not answer the closing handshake is cut after this. */
const closingMs = 3_000

// ws hands out whole Buffers as long as its binaryType is left alone.
const isBuffer = (data: RawData): data is Buffer => Buffer.isBuffer(data)

/** A WebSocket, and the TCP connection under it. */
export class SocketWire implements Wire {
  /** A closed socket does not say it any more. */
  readonly address: string

  constructor(
    private readonly ws: WebSocket,
    private readonly socket: Socket,
  ) {
    this.address = socket.remoteAddress ?? ''
  }

  get isOpen(): boolean {
    return this.ws.readyState === WebSocket.OPEN
  }

  get waitingBytes(): number {
    return this.socket.writableLength
  }

  listen(listener: WireListener): void {
    const { ws } = this
    readPlainFrames(this.socket, listener.payload)
    ws.on('message', (data, isBinary) => {
      if (isBuffer(data)) listener.payload(data, isBinary)
    })
    ws.on('ping', listener.ping)
    ws.on('pong', listener.alive)
    // ws closes the socket with the code that fits; the reason is for us.
    ws.on('error', listener.fault)
    ws.on('close', listener.closed)
  }

  write(frame: Buffer): void {
    // Past ws: the frame is made once for the whole room. Both write whole frames, so they never mix.
    writeSoon(this.socket, frame)
  }

  onceDrained(run: () => void): void {
    this.socket.once('drain', run)
  }

  pause(): void {
    this.ws.pause()
  }

  resume(): void {
    this.ws.resume()
  }

  ping(): void {
    this.ws.ping()
  }

  close(code: number, reason: string): void {
    this.ws.close(code, reason)
    const timer = setTimeout(() => this.terminate(), closingMs)
    this.ws.once('close', () => clearTimeout(timer))
  }

  terminate(): void {
    this.ws.terminate()
  }
}
