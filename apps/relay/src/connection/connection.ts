import type { Socket } from 'node:net'
import type { TicketHolder } from '@aethex/shared/tickets'
import { WebSocket } from 'ws'
import type { DatagramLine } from '../datagrams/datagram-server.js'
import { writeSoon } from '../delivery/outgoing.js'
import type { Recipient } from '../delivery/recipient.js'
import { type CloseCode, closeCodes } from '../protocol/close-codes.js'
import type { Codec } from '../protocol/codec.js'
import type { ServerMessage } from '../protocol/messages.js'
import type { Traffic } from '../traffic.js'
import type { Tuning } from '../tuning.js'
import type { TokenBucket } from './token-bucket.js'

/** A peer that does not answer the closing handshake is cut after this. */
const closingMs = 3_000

/** One open socket of one signed-in player. */
export class Connection implements Recipient {
  private answeredPing = true
  private isModern = false
  private line: DatagramLine | undefined
  /** Where it comes from; a closed socket does not say it any more. */
  readonly address: string

  constructor(
    readonly holder: TicketHolder,
    readonly codec: Codec,
    private readonly ws: WebSocket,
    private readonly socket: Socket,
    private readonly traffic: Traffic,
    private readonly tuning: Tuning,
    /** What the client may say, by whichever way. */
    private readonly bucket: TokenBucket,
  ) {
    this.address = socket.remoteAddress ?? ''
    ws.on('pong', () => {
      this.answeredPing = true
    })
    ws.once('close', () => this.line?.close())
  }

  get isOpen(): boolean {
    return this.ws.readyState === WebSocket.OPEN
  }

  get takesFrames(): boolean {
    return this.isModern
  }

  takeFrames(): void {
    this.isModern = true
  }

  get datagrams(): DatagramLine | undefined {
    return this.line
  }

  takeDatagrams(line: DatagramLine): void {
    this.line?.close()
    this.line = line
  }

  mayTakeMore(): boolean {
    return this.isOpen && this.bucket.take() === 'granted'
  }

  get isBehind(): boolean {
    return this.socket.writableLength > this.tuning.dropStatesAboveBytes
  }

  onceCaughtUp(run: () => void): void {
    this.socket.once('drain', run)
  }

  send(message: ServerMessage): void {
    this.deliver(this.codec.encode(message), false)
  }

  deliver(frame: Buffer, mayBeDropped: boolean): void {
    if (this.ws.readyState !== WebSocket.OPEN) return
    const waiting = this.socket.writableLength
    if (waiting > this.tuning.dropStatesAboveBytes) {
      if (waiting > this.tuning.closeAboveBytes) {
        this.close(closeCodes.policy, 'reads too slowly')
        return
      }
      if (mayBeDropped) {
        this.traffic.statesDropped++
        return
      }
    }
    this.traffic.messagesOut++
    // Past ws: the frame is made once for the whole room. Both write whole frames, so they never mix.
    writeSoon(this.socket, frame)
  }

  close(code: CloseCode, reason: string): void {
    if (!this.isOpen) return
    this.ws.close(code, reason)
    const timer = setTimeout(() => this.ws.terminate(), closingMs)
    this.ws.once('close', () => clearTimeout(timer))
  }

  terminate(): void {
    this.ws.terminate()
  }

  /** Stops and goes on reading: messages wait in the peer, not in our memory. */
  pause(): void {
    this.ws.pause()
  }

  resume(): void {
    this.ws.resume()
  }

  /** Pings; cuts a peer that left the ping before without an answer. */
  checkAlive(): void {
    if (!this.answeredPing) this.ws.terminate()
    else if (this.isOpen) {
      this.answeredPing = false
      this.ws.ping()
    }
  }
}
