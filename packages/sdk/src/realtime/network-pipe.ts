import { later } from '../core/timer.js'

/** A bad network, for development. What is not said is perfect. */
export interface NetworkConditions {
  /** One way, in milliseconds: a round trip takes twice as long. */
  delay_ms?: number
  /** Up to this much more, in milliseconds; each message has its own luck. */
  jitter_ms?: number
  /** The part of the packets that is lost, 0 to 1. A socket sends them again, and what follows waits for them. */
  loss?: number
  /** The part of the datagrams that come twice, 0 to 1. Sockets sort that out. */
  duplicate?: number
  /** Each way. */
  bytes_per_second?: number
  /** Nothing goes through until the conditions change: sockets wait, datagrams are lost. */
  offline?: boolean
}

/** One direction of one connection. */
export interface Pipe {
  /** What is put in first comes out first, unless datagrams overtake each other. */
  pass(size: number, deliver: () => void): void
  /** Bytes that have not left this side yet. */
  waitingBytes(): number
  /** The conditions are others now. */
  change(): void
}

export interface PipeParts {
  /** As a socket does: all comes out, and in order. Otherwise as datagrams. */
  isReliable: boolean
  conditions(): NetworkConditions
  /** From 0 up to 1. */
  luck(): number
}

interface Parcel {
  size: number
  deliver(): void
  /** By `performance.now()`; undefined while there is no network. */
  leaves: number | undefined
  arrives: number | undefined
}

const packetBytes = 1_400
/** The least that a sender waits before it sends again what was not acknowledged (Linux; RFC 6298 asks for a second). */
const leastRetryMs = 200
/** In a connection that is in use, what comes behind shows sooner that something is missing. */
const mostRetryMs = 3_000
const mostRetries = 8
/** A network holds no more datagrams back than this; what is later is lost. */
const longestQueueMs = 1_000

export function createPipe({ isReliable, conditions, luck }: PipeParts): Pipe {
  let parcels: Parcel[] = []
  let lineIsFree = 0
  let lastArrival = 0
  let stopTimer: (() => void) | undefined

  /** What losing packets costs a socket: each time the sender waits longer before the next try. */
  function retriesMs(size: number, { loss = 0, delay_ms = 0 }: NetworkConditions): number {
    let longest = 0
    for (let sent = 0; sent === 0 || sent < size; sent += packetBytes) {
      let waited = 0
      let pause = Math.max(leastRetryMs, delay_ms * 4)
      for (let tries = 0; tries < mostRetries && luck() < loss; tries++) {
        waited += pause
        pause = Math.min(mostRetryMs, pause * 2)
      }
      longest = Math.max(longest, waited)
    }
    return longest
  }

  function dispatch(parcel: Parcel, now: number): void {
    const current = conditions()
    const { delay_ms = 0, jitter_ms = 0, bytes_per_second } = current
    lineIsFree = Math.max(lineIsFree, now)
    if (bytes_per_second !== undefined) lineIsFree += (parcel.size / bytes_per_second) * 1_000
    parcel.leaves = lineIsFree
    parcel.arrives = lineIsFree + delay_ms + luck() * jitter_ms
    if (!isReliable) return
    parcel.arrives = Math.max(lastArrival, parcel.arrives + retriesMs(parcel.size, current))
    lastArrival = parcel.arrives
  }

  function nextArrival(): number | undefined {
    let next: number | undefined
    for (const { arrives } of parcels) {
      if (arrives !== undefined && (next === undefined || arrives < next)) next = arrives
    }
    return next
  }

  function run(): void {
    stopTimer?.()
    stopTimer = undefined
    for (;;) {
      const next = nextArrival()
      if (next === undefined) return
      const wait = next - performance.now()
      if (wait > 0) {
        // Timers count whole milliseconds, and may be early by a part of one.
        stopTimer ??= later(Math.ceil(wait), run)
        return
      }
      const index = parcels.findIndex(({ arrives }) => arrives === next)
      const [parcel] = parcels.splice(index, 1)
      parcel?.deliver()
    }
  }

  function putIn(size: number, deliver: () => void): void {
    const parcel: Parcel = { size, deliver, leaves: undefined, arrives: undefined }
    if (conditions().offline !== true) dispatch(parcel, performance.now())
    parcels.push(parcel)
  }

  /** How often a datagram gets through: not at all, once or twice. */
  function copies(): number {
    const { loss = 0, duplicate = 0, offline = false } = conditions()
    const isLost = luck() < loss || offline || lineIsFree - performance.now() > longestQueueMs
    if (isLost) return 0
    return luck() < duplicate ? 2 : 1
  }

  return {
    pass(size, deliver) {
      for (let left = isReliable ? 1 : copies(); left > 0; left--) putIn(size, deliver)
      run()
    },
    waitingBytes() {
      const now = performance.now()
      const isWaiting = ({ leaves }: Parcel) => leaves === undefined || leaves > now
      return parcels.reduce((sum, parcel) => sum + (isWaiting(parcel) ? parcel.size : 0), 0)
    },
    change() {
      const now = performance.now()
      if (conditions().offline === true) {
        lineIsFree = now
        lastArrival = now
        if (!isReliable) parcels = []
        for (const parcel of parcels) {
          parcel.leaves = undefined
          parcel.arrives = undefined
        }
      } else {
        for (const parcel of parcels) if (parcel.arrives === undefined) dispatch(parcel, now)
      }
      run()
    },
  }
}
