import { Problem } from '@aethex/shared/errors'
import type { Wire, WireListener } from '../connection/wire.js'
import { payloadIn } from '../protocol/frame.js'

/** What a client is told when it asks: frames from a number on, and the end when it has come. */
export interface PollAnswer {
  first: number
  frames: string[]
  closed?: { code: number; reason: string }
}

/** What may wait while an earlier message is at work. */
const mostInLine = 256

/** What one answer holds; the rest waits for the next question. */
const mostAnswerChars = 256 * 1024

/** After its end a client has so long to hear of it. */
const goodbyeMs = 10_000

/**
 * A connection made of requests. Frames are numbered both ways: the client says which it has, and until then they are
 * told again, so that a lost answer loses nothing; what the client says again is taken once.
 */
export class PollWire implements Wire {
  private listener: WireListener | undefined
  /** What the client has not confirmed, from this number on. */
  private first = 1
  private frames: string[] = []
  private bytes = 0
  /** How many frames of the client have been taken. */
  private taken = 0
  private line: string[] = []
  private isPaused = false
  private ended: { code: number; reason: string } | undefined
  private answer: ((answer: PollAnswer) => void) | undefined
  /** Frames are on their way to a client that may read slowly: it gets no more before it has taken them. */
  private isTelling = false
  private readonly drained: (() => void)[] = []

  constructor(
    readonly address: string,
    /** Frames are bytes, and travel as base64. */
    private readonly isBinary: boolean,
    /** The client can ask no more. */
    private readonly onGone: () => void,
  ) {}

  get isOpen(): boolean {
    return this.ended === undefined
  }

  get waitingBytes(): number {
    return this.bytes
  }

  listen(listener: WireListener): void {
    this.listener = listener
  }

  /** A request of the client, whatever it is about. */
  note(): void {
    this.listener?.alive()
    this.listener?.ping()
  }

  /** Takes what the client says, but for what it has said before; `first` is the number of its first frame. */
  take(first: number, frames: readonly string[]): void {
    if (first > this.taken + 1) {
      throw new Problem('invalid_request', { detail: `Frame ${this.taken + 1} is missing.` })
    }
    if (this.line.length + frames.length > mostInLine) {
      throw new Problem('busy', { detail: 'Earlier messages are still at work.' })
    }
    const fresh = frames.slice(this.taken + 1 - first)
    this.taken += fresh.length
    this.line.push(...fresh)
    this.goOn()
  }

  /** Answers when there is something after the frame that the client has, or after `patienceMs`; a newer wait ends an older one. */
  wait(after: number, patienceMs: number): Promise<PollAnswer> {
    this.confirm(after)
    this.giveUp()
    return new Promise(resolve => {
      const timer = setTimeout(() => this.giveUp(), patienceMs)
      this.answer = answer => {
        clearTimeout(timer)
        resolve(answer)
      }
      this.settleSoon()
    })
  }

  /** The last answer has left, or its reader has. */
  told(): void {
    this.isTelling = false
    this.settleSoon()
  }

  write(frame: Buffer): void {
    const text = payloadIn(frame).toString(this.encoding)
    this.frames.push(text)
    this.bytes += text.length
    this.settleSoon()
  }

  onceDrained(run: () => void): void {
    this.drained.push(run)
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
    this.goOn()
  }

  /** It asks by itself, and is asked nothing: `note` hears of it. */
  ping(): void {}

  close(code: number, reason: string): void {
    this.end(code, reason)
    setTimeout(this.onGone, goodbyeMs).unref()
  }

  terminate(): void {
    this.end(1006, '')
    this.onGone()
  }

  private get encoding(): 'base64' | 'utf8' {
    return this.isBinary ? 'base64' : 'utf8'
  }

  private end(code: number, reason: string): void {
    if (this.ended !== undefined) return
    this.ended = { code, reason }
    this.settle()
    this.listener?.closed()
  }

  private goOn(): void {
    while (!this.isPaused) {
      const next = this.line.shift()
      if (next === undefined) return
      this.listener?.payload(Buffer.from(next, this.encoding), this.isBinary)
    }
  }

  private confirm(after: number): void {
    const known = Math.min(after - this.first + 1, this.frames.length)
    if (known <= 0) return
    for (const frame of this.frames.splice(0, known)) this.bytes -= frame.length
    this.first += known
    if (this.bytes === 0) for (const run of this.drained.splice(0)) run()
  }

  /** What one turn says leaves in one answer. */
  private settleSoon(): void {
    if (this.answer === undefined || (this.frames.length === 0 && this.isOpen)) return
    setImmediate(() => this.settle())
  }

  private settle(): void {
    if (this.isTelling || this.answer === undefined) return
    const { first, ended } = this
    const frames = this.nextFrames()
    const isAll = frames.length === this.frames.length
    this.isTelling = frames.length > 0
    this.reply({ first, frames, ...(isAll && ended && { closed: ended }) })
  }

  private nextFrames(): string[] {
    let chars = 0
    const tooMany = this.frames.findIndex((frame, index) => {
      chars += frame.length
      return index > 0 && chars > mostAnswerChars
    })
    return tooMany < 0 ? [...this.frames] : this.frames.slice(0, tooMany)
  }

  private giveUp(): void {
    this.reply({ first: this.first, frames: [] })
  }

  private reply(answer: PollAnswer): void {
    this.answer?.(answer)
    this.answer = undefined
  }
}
