import { later } from '../core/timer.js'
import type { ServerClock } from './clock.js'

export interface Pinger {
  /** Notes an answer: the id of the ping it replies to, and the server's time in RFC 3339. */
  heard(replyTo: number | undefined, time: string): void
  stop(): void
}

export interface PingerOptions {
  clock: ServerClock
  /** Sends a ping and answers its id; undefined when nothing can be sent now. */
  ping(): number | undefined
  /** Between pings once the clock is known, in milliseconds. */
  everyMs: number
}

/** A few quick ones first: the fastest of them is a good estimate within a second. */
const firstPausesMs = [150, 200, 250, 400]
/** Of answers that have not come; an old one is not worth waiting for. */
const mostWaiting = 16

/** Asks the server for its time again and again, over one connection. */
export function createPinger({ clock, ping, everyMs }: PingerOptions): Pinger {
  const waiting = new Map<number, number>()
  let count = 0
  let stopTimer = () => {}

  function ask(): void {
    const sent = performance.now()
    const id = ping()
    if (id !== undefined) waiting.set(id, sent)
    const [oldest] = waiting.keys()
    if (oldest !== undefined && waiting.size > mostWaiting) waiting.delete(oldest)
    stopTimer = later(firstPausesMs[count++] ?? everyMs, ask)
  }
  ask()

  return {
    heard(replyTo, time) {
      const sent = replyTo === undefined ? undefined : waiting.get(replyTo)
      if (replyTo === undefined || sent === undefined) return
      waiting.delete(replyTo)
      clock.note(sent, Date.parse(time), performance.now())
    },
    stop: () => stopTimer(),
  }
}
