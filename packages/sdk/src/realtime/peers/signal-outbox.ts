import { later } from '../../core/timer.js'

/** Below the 60 a second and 120 at once that a relay grants a socket. */
const perSecond = 40
const burst = 60
/** While the connection is away; what matters is said again by whoever finds it missing. */
const mostWaiting = 500

export interface Signal {
  to: string
  kind: string
  data: unknown
}

/** What leaves for other members by the relay: in order, and no faster than the relay takes it. */
export interface SignalOutbox {
  push(signal: Signal): void
  /** Asks `take` for what there is to say to a player, when it is their turn; undefined says nothing. */
  want(playerId: string, take: () => Signal | undefined): void
  /** Forgets what waits for a player. */
  forget(playerId: string): void
  /** Forgets everything: the room is another one. */
  clear(): void
  /** The way to the relay is open again. */
  resume(): void
  close(): void
}

/** `send` answers false when the way is closed. */
export function createSignalOutbox(send: (signal: Signal) => boolean): SignalOutbox {
  let waiting: Signal[] = []
  const wanting = new Map<string, () => Signal | undefined>()
  let tokens = burst
  let filledAt = performance.now()
  let cancelTurn: (() => void) | undefined
  let isOpen = true

  function refill(): void {
    const now = performance.now()
    tokens = Math.min(burst, tokens + ((now - filledAt) / 1_000) * perSecond)
    filledAt = now
  }

  /** Frames are only taken when they can leave: until then newer ones join them. */
  function next(): Signal | undefined {
    const first = waiting.shift()
    if (first !== undefined) return first
    for (const [playerId, take] of wanting) {
      wanting.delete(playerId)
      const signal = take()
      if (signal !== undefined) return signal
    }
    return undefined
  }

  function run(): void {
    cancelTurn?.()
    cancelTurn = undefined
    refill()
    while (isOpen && tokens >= 1) {
      const signal = next()
      if (signal === undefined) return
      isOpen = send(signal)
      if (isOpen) tokens--
      else waiting.unshift(signal)
    }
    if (isOpen) cancelTurn = later(1_000 / perSecond, run)
  }

  /** After this turn of the event loop, so that what is said together leaves together. */
  function runSoon(): void {
    if (isOpen) cancelTurn ??= later(0, run)
  }

  function clear(): void {
    waiting = []
    wanting.clear()
  }

  return {
    push(signal) {
      if (waiting.length >= mostWaiting) waiting.shift()
      waiting.push(signal)
      runSoon()
    },
    want(playerId, take) {
      wanting.set(playerId, take)
      runSoon()
    },
    forget(playerId) {
      wanting.delete(playerId)
      waiting = waiting.filter(({ to }) => to !== playerId)
    },
    clear,
    resume() {
      isOpen = true
      runSoon()
    },
    close() {
      cancelTurn?.()
      cancelTurn = undefined
      isOpen = false
      clear()
    },
  }
}
