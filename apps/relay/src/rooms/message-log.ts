import type { ServerMessage } from '../protocol/messages.js'

interface Entry {
  message: ServerMessage
  bytes: number
}

const mostEntries = 256
const mostBytes = 128 * 1024

/** Numbers messages, and keeps the last of them for those who come back. */
export class MessageLog {
  private entries: Entry[] = []
  private bytes = 0
  private last = 0

  /** The number of the newest message. */
  get seq(): number {
    return this.last
  }

  next(): number {
    this.last += 1
    return this.last
  }

  /** Keeps the message that has the newest number. */
  keep(message: ServerMessage, bytes: number): void {
    this.entries.push({ message, bytes })
    this.bytes += bytes
    while (this.entries.length > mostEntries || this.bytes > mostBytes) {
      this.bytes -= this.entries.shift()?.bytes ?? 0
    }
  }

  /** What came after the message of that number; undefined when not all of it is kept, or it never came. */
  after(seq: number): ServerMessage[] | undefined {
    const missed = this.last - seq
    if (missed < 0 || missed > this.entries.length) return undefined
    return missed === 0 ? [] : this.entries.slice(-missed).map(({ message }) => message)
  }

  /** For another node. */
  snapshot(): KeptLog {
    return { seq: this.last, entries: [...this.entries] }
  }

  restore({ seq, entries }: KeptLog): void {
    this.last = seq
    this.entries = [...entries]
    this.bytes = entries.reduce((sum, { bytes }) => sum + bytes, 0)
  }
}

export interface KeptLog {
  seq: number
  entries: Entry[]
}
