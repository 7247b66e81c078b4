import type { TicketHolder } from '@aethex/shared/tickets'
import type { DatagramLine } from '../datagrams/datagram-server.js'
import type { Recipient } from '../delivery/recipient.js'
import { type CloseCode, closeCodes } from '../protocol/close-codes.js'
import type { Codec } from '../protocol/codec.js'
import type { ServerMessage } from '../protocol/messages.js'
import type { Traffic } from '../traffic.js'
import type { Tuning } from '../tuning.js'
import type { TokenBucket } from './token-bucket.js'
import type { Wire } from './wire.js'

/** One open connection of one signed-in player. */
export class Connection implements Recipient {
  private answeredPing = true
  private isModern = false
  private line: DatagramLine | undefined

  constructor(
    readonly holder: TicketHolder,
    readonly codec: Codec,
    private readonly wire: Wire,
    private readonly traffic: Traffic,
    private readonly tuning: Tuning,
    /** What the client may say, by whichever way. */
    private readonly bucket: TokenBucket,
  ) {}

  get isOpen(): boolean {
    return this.wire.isOpen
  }

  get address(): string {
    return this.wire.address
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
    return this.wire.waitingBytes > this.tuning.dropStatesAboveBytes
  }

  onceCaughtUp(run: () => void): void {
    this.wire.onceDrained(run)
  }

  send(message: ServerMessage): void {
    this.deliver(this.codec.encode(message), false)
  }

  deliver(frame: Buffer, mayBeDropped: boolean): void {
    if (!this.wire.isOpen) return
    const waiting = this.wire.waitingBytes
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
    this.wire.write(frame)
  }

  close(code: CloseCode, reason: string): void {
    if (this.isOpen) this.wire.close(code, reason)
  }

  /** It is over: what went beside it ends too. */
  end(): void {
    this.line?.close()
  }

  terminate(): void {
    this.wire.terminate()
  }

  /** Stops and goes on hearing: messages wait with the peer, not in our memory. */
  pause(): void {
    this.wire.pause()
  }

  resume(): void {
    this.wire.resume()
  }

  /** The peer has shown that it is there. */
  noteAlive(): void {
    this.answeredPing = true
  }

  /** Pings; cuts a peer that left the ping before without an answer. */
  checkAlive(): void {
    if (!this.answeredPing) this.wire.terminate()
    else if (this.isOpen) {
      this.answeredPing = false
      this.wire.ping()
    }
  }
}
