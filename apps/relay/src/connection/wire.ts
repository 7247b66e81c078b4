import type { CloseCode } from '../protocol/close-codes.js'

/** What happens on a wire. */
export interface WireListener {
  /** A message, as a text frame or a binary one. */
  payload(bytes: Buffer, isBinary: boolean): void
  /** Something that says nothing, and costs as much as a message does. */
  ping(): void
  /** The client has shown that it is there. */
  alive(): void
  /** Nothing more is heard or said. Called once. */
  closed(): void
  fault(error: Error): void
}

/** What carries frames between a client and this node, whatever it is made of. */
export interface Wire {
  readonly isOpen: boolean
  /** Where the client is. */
  readonly address: string
  /** Bytes that the client has not taken yet. */
  readonly waitingBytes: number
  listen(listener: WireListener): void
  /** Sends a whole server's WebSocket frame (`protocol/frame.ts`). */
  write(frame: Buffer): void
  /** Runs once when the client has taken all that waited; never when it is closed before. */
  onceDrained(run: () => void): void
  /** Stops and goes on hearing: messages wait at the client, or in what it may have waiting here. */
  pause(): void
  resume(): void
  /** Asks the client to show that it is there. */
  ping(): void
  close(code: CloseCode, reason: string): void
  /** Ends without a goodbye. */
  terminate(): void
}
