import type { TicketHolder } from '@aethex/shared/tickets'
import type { DatagramLine } from '../datagrams/datagram-server.js'
import type { CloseCode } from '../protocol/close-codes.js'
import type { Codec } from '../protocol/codec.js'
import type { ServerMessage } from '../protocol/messages.js'

/** What the areas know of a socket: who is at its other end, and how to speak to it. */
export interface Recipient {
  readonly holder: TicketHolder
  readonly codec: Codec
  readonly isOpen: boolean
  /** The client has said hello: it takes frames of several things, and may come back to its seat. */
  readonly takesFrames: boolean
  /** So much waits for the reader that states are dropped: what can wait should. */
  readonly isBehind: boolean
  takeFrames(): void
  /** A way for states beside the socket, where what is late is lost; undefined without one that is open. */
  readonly datagrams: DatagramLine | undefined
  takeDatagrams(line: DatagramLine): void
  /** Counts one message of the client; false when it says too much. */
  mayTakeMore(): boolean
  send(message: ServerMessage): void
  /** Writes a whole frame. One that may be dropped is, when the reader is slow. */
  deliver(frame: Buffer, mayBeDropped: boolean): void
  /** Runs once when the reader has taken all that waited; never when it is closed before. */
  onceCaughtUp(run: () => void): void
  close(code: CloseCode, reason: string): void
}
