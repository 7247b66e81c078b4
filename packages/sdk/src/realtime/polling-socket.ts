import { later } from '../core/timer.js'
import type { WebSocketLike, WebSocketMaker } from './web-socket.js'

interface Heard {
  data: unknown
  code: number
  reason: string
}

const connecting = 0
const open = 1
const closed = 3

/** What leaves in one request. */
const mostFrames = 100
const mostChars = 150_000
/** A request that failed is made again after this, every time later, and so often. */
const retryMs = 100
const mostTries = 8
const goodbyeMs = 1_000
/** Above the time that the relay waits before it says that there is nothing new. */
const patienceMs = 30_000

class Refused extends Error {}

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

function fromBase64(text: string): ArrayBuffer {
  const bytes = Uint8Array.from(atob(text), char => char.charCodeAt(0))
  return bytes.buffer
}

/** Beside the socket, also where the node lies under a path. */
function pollUrl({ protocol, host, pathname }: URL): string {
  return `${protocol === 'wss:' ? 'https' : 'http'}://${host}${pathname.replace(/\/$/, '')}/poll`
}

/**
 * A connection to the relay made of requests, for networks that let no WebSocket pass: what is said goes with one
 * request at a time, and another one waits for what the relay has to say. Nothing is lost or told twice when a request
 * or its answer is: both ends number their frames.
 */
export class PollingSocket implements WebSocketLike {
  binaryType = 'arraybuffer'
  readyState = connecting
  private readonly url: string
  private readonly isBinary: boolean
  private readonly listeners: { type: string; listener: (event: Heard) => void }[] = []
  private readonly cancel = new AbortController()
  private poll = ''
  /** What the relay has not confirmed, from the frame `first` on. */
  private waiting: string[] = []
  private first = 1
  private isSending = false
  /** The last frame that has arrived. */
  private after = 0

  constructor(
    url: string,
    [protocol = '']: string[],
    private readonly fetch: typeof globalThis.fetch,
  ) {
    const dialled = new URL(url)
    this.url = pollUrl(dialled)
    this.isBinary = !protocol.endsWith('json')
    void this.run({ ticket: dialled.searchParams.get('ticket') ?? '', protocol })
  }

  get bufferedAmount(): number {
    return this.waiting.reduce((sum, frame) => sum + frame.length, 0)
  }

  send(data: string | ArrayBuffer | Uint8Array): void {
    if (this.readyState !== open) return
    if (typeof data === 'string') this.waiting.push(data)
    else this.waiting.push(toBase64(new Uint8Array(data)))
    void this.flush()
  }

  close(): void {
    if (this.readyState === closed) return
    if (this.readyState === open) this.sayGoodbye()
    this.end(1000, '')
  }

  addEventListener(type: string, listener: (event: Heard) => void): void {
    this.listeners.push({ type, listener })
  }

  private tell(type: string, event: Partial<Heard>): void {
    for (const each of [...this.listeners]) {
      if (each.type === type) each.listener({ data: undefined, code: 0, reason: '', ...event })
    }
  }

  /** The relay would find out by itself, two heartbeats later. */
  private sayGoodbye(): void {
    this.post({ poll: this.poll, close: true }, 1).catch(() => {})
  }

  private end(code: number, reason: string): void {
    if (this.readyState === closed) return
    this.readyState = closed
    this.waiting = []
    this.tell('close', { code, reason })
    // The goodbye is on its way, and needs no answer.
    later(goodbyeMs, () => this.cancel.abort())
  }

  private async run(opening: object): Promise<void> {
    try {
      const { poll } = await this.post(opening, 1)
      this.poll = String(poll)
      if (this.readyState !== connecting) {
        this.sayGoodbye()
        return
      }
      this.readyState = open
      this.tell('open', {})
      while (this.readyState === open) this.take(await this.listen())
    } catch {
      this.end(1006, 'the poll was refused')
    }
  }

  private listen() {
    return this.post({ poll: this.poll, after: this.after }, mostTries)
  }

  private take({ first, frames, closed: end }: Record<string, unknown>): void {
    for (const [index, frame] of (Array.isArray(frames) ? frames : []).entries()) {
      if (this.readyState !== open || Number(first) + index !== this.after + 1) continue
      this.after++
      this.tell('message', { data: this.isBinary ? fromBase64(String(frame)) : frame })
    }
    if (end === undefined) return
    const { code, reason } = Object(end)
    this.end(Number(code), String(reason))
  }

  /** One request at a time, or frames would overtake each other. */
  private async flush(): Promise<void> {
    if (this.isSending) return
    this.isSending = true
    // What is said in one turn leaves together.
    await Promise.resolve()
    try {
      while (this.readyState === open && this.waiting.length > 0) {
        const frames = this.nextFrames()
        await this.post({ poll: this.poll, first: this.first, frames }, mostTries)
        this.waiting.splice(0, frames.length)
        this.first += frames.length
      }
    } catch {
      this.end(1006, 'the poll was refused')
    } finally {
      this.isSending = false
    }
  }

  private nextFrames(): string[] {
    let chars = 0
    const fits = this.waiting.findIndex((frame, index) => {
      chars += frame.length
      return index > 0 && (index >= mostFrames || chars > mostChars)
    })
    return fits < 0 ? [...this.waiting] : this.waiting.slice(0, fits)
  }

  /** Throws when it is refused, or has failed `tries` times. */
  private async post(body: object, tries: number): Promise<Record<string, unknown>> {
    for (let tried = 1; ; tried++) {
      try {
        return await this.ask(body)
      } catch (thrown) {
        if (thrown instanceof Refused || tried >= tries || this.cancel.signal.aborted) throw thrown
      }
      await new Promise<void>(resolve => void later(retryMs * tried, resolve))
    }
  }

  private async ask(body: object): Promise<Record<string, unknown>> {
    // Called as a function of its own: the browser's wants no other `this`.
    const { fetch } = this
    const stop = new AbortController()
    const stopNow = () => stop.abort()
    this.cancel.signal.addEventListener('abort', stopNow)
    const cancelPatience = later(patienceMs, stopNow)
    try {
      const answer = await fetch(this.url, {
        method: 'POST',
        // As text no browser asks the relay for leave first.
        headers: { 'content-type': 'text/plain' },
        body: JSON.stringify(body),
        signal: stop.signal,
      })
      if (answer.status >= 400 && answer.status < 500) throw new Refused()
      if (!answer.ok) throw new Error(`status ${answer.status}`)
      return { ...Object(await answer.json()) }
    } finally {
      cancelPatience()
      this.cancel.signal.removeEventListener('abort', stopNow)
    }
  }
}

/** What makes them, as a class that `new` takes in the place of a WebSocket. */
export const pollingBy = (fetch: typeof globalThis.fetch): WebSocketMaker =>
  class extends PollingSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, fetch)
    }
  }
