import type { Pipe } from './network-pipe.js'
import type { WebSocketLike } from './web-socket.js'

interface Heard {
  data: unknown
  code: number
  reason: string
}

const connecting = 0
const open = 1
const closing = 2
const closed = 3

export const sizeOf = (data: unknown): number => {
  if (typeof data === 'string') return data.length
  return data instanceof ArrayBuffer || ArrayBuffer.isView(data) ? data.byteLength : 0
}

/** Bytes as they are now: whoever sent them may go on writing to the buffer. */
export const kept = (data: string | ArrayBuffer) =>
  typeof data === 'string' ? data : data.slice(0)

/** A socket behind two pipes. It learns of its end only when that came through. */
export class SimulatedSocket implements WebSocketLike {
  private readonly inner: WebSocketLike
  private readonly out: Pipe
  private readonly listeners: { type: string; listener: (event: Heard) => void }[] = []
  private isClosing = false
  private isClosed = false

  constructor(inner: WebSocketLike, out: Pipe, back: Pipe, onEnd: () => void) {
    this.inner = inner
    this.out = out
    inner.addEventListener('message', ({ data }) =>
      back.pass(sizeOf(data), () => this.tell('message', { data, code: 0, reason: '' })),
    )
    inner.addEventListener('close', ({ code, reason }) =>
      back.pass(0, () => {
        this.isClosed = true
        onEnd()
        this.tell('close', { data: undefined, code, reason })
      }),
    )
    inner.addEventListener('error', () =>
      this.tell('error', { data: undefined, code: 0, reason: '' }),
    )
  }

  get binaryType(): string {
    return this.inner.binaryType
  }

  set binaryType(type: string) {
    this.inner.binaryType = type
  }

  get bufferedAmount(): number {
    return this.inner.bufferedAmount + this.out.waitingBytes()
  }

  get readyState(): number {
    if (this.isClosed) return closed
    if (this.isClosing) return closing
    return this.inner.readyState === connecting ? connecting : open
  }

  send(data: string | ArrayBuffer): void {
    // The inner one says what is wrong with sending now.
    if (this.readyState !== open) {
      this.inner.send(data)
      return
    }
    const sent = kept(data)
    this.out.pass(sizeOf(sent), () => {
      if (this.inner.readyState === open) this.inner.send(sent)
    })
  }

  close(code?: number, reason?: string): void {
    this.isClosing = true
    this.out.pass(0, () => this.inner.close(code, reason))
  }

  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void
  addEventListener(type: 'error', listener: () => void): void
  addEventListener(type: string, listener: (event: Heard) => void): void {
    this.listeners.push({ type, listener })
  }

  private tell(type: string, event: Heard): void {
    for (const known of this.listeners) if (known.type === type) known.listener(event)
  }
}
