import type { Pipe } from './network-pipe.js'
import { kept, sizeOf } from './simulated-socket.js'

/** The part of an RTCDataChannel that can be simulated. */
export interface DatagramChannel {
  binaryType: string
  readonly bufferedAmount: number
  readonly readyState: string
  send(data: string | ArrayBuffer): void
  close(): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'open' | 'close', listener: () => void): void
}

/** A data channel behind two pipes of datagrams. Its opening and its end are told at once. */
export class SimulatedChannel implements DatagramChannel {
  private readonly inner: DatagramChannel
  private readonly out: Pipe
  private readonly back: Pipe

  constructor(inner: DatagramChannel, out: Pipe, back: Pipe, onEnd: () => void) {
    this.inner = inner
    this.out = out
    this.back = back
    inner.addEventListener('close', onEnd)
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

  get readyState(): string {
    return this.inner.readyState
  }

  send(data: string | ArrayBuffer): void {
    const sent = kept(data)
    this.out.pass(sizeOf(sent), () => {
      if (this.inner.readyState === 'open') this.inner.send(sent)
    })
  }

  close(): void {
    this.inner.close()
  }

  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'open' | 'close', listener: () => void): void
  addEventListener(
    type: 'message' | 'open' | 'close',
    listener: (event: { data: unknown }) => void,
  ): void {
    if (type !== 'message') {
      this.inner.addEventListener(type, () => listener({ data: undefined }))
      return
    }
    this.inner.addEventListener('message', ({ data }) =>
      this.back.pass(sizeOf(data), () => listener({ data })),
    )
  }
}
