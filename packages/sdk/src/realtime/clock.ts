/** What pings tell about the way to the server. All in milliseconds. */
export interface Latency {
  /** There and back, smoothed. */
  round_trip_ms: number
  /** There and back when nothing was in the way: the fastest of the last pings. */
  least_ms: number
  /** How much one ping differs from the next, smoothed (as in RFC 3550, section 6.4.1). */
  jitter_ms: number
}

export interface ServerClock {
  /** Notes a ping: when it left and when its answer came by the local clock, and the server's time in the answer. */
  note(sent: number, server: number, received: number): void
  /** Undefined before the first answer. */
  latency(): Latency | undefined
  /** The server's time at a moment of the local clock; runs backwards only when it was two seconds off. Undefined before the first answer. */
  serverTime(now?: number): number | undefined
  /** How far off `serverTime` is at most, in milliseconds. */
  uncertaintyMs(): number | undefined
  /** Forgets what was learnt: there is another server, or another way to it. */
  reset(): void
}

export interface ServerClockOptions {
  /** The local clock in milliseconds, which must not jump; `performance.now()` unless given. */
  now?: () => number
}

interface Ping {
  sent: number
  received: number
  /** The server's time minus the local time. */
  offset: number
  roundTrip: number
}

const mostPings = 16
/** Of two quartz clocks, per millisecond. */
const drift = 2e-4
/** The server's milliseconds are cut off. */
const coarseness = 1
/** What is told moves towards what is known by at most this part of the time that passes. */
const pace = 0.05
/** Moving over a difference this large would take too long. */
const leapMs = 2_000

/**
 * Estimates the server's clock as NTP does (RFC 5905): half of a round trip is the most that an answer can mislead, so
 * the fastest of the last pings is believed.
 */
export function createServerClock(options: ServerClockOptions = {}): ServerClock {
  const now = options.now ?? (() => performance.now())
  let pings: Ping[] = []
  let best: Ping | undefined
  let smoothed = 0
  let jitter = 0
  /** The offset that is told, and when it was told last. */
  let told: { offset: number; at: number; time: number } | undefined

  const uncertainty = (ping: Ping, at: number) =>
    ping.roundTrip / 2 + coarseness + Math.abs(at - ping.received) * drift

  /** Two pings that exclude each other mean that one of the clocks was set, or stood still in a sleeping device. */
  const agree = (older: Ping, newer: Ping) =>
    Math.abs(older.offset - newer.offset) <=
    uncertainty(older, newer.received) + uncertainty(newer, newer.received)

  function measure(ping: Ping): void {
    const last = pings.at(-1)
    if (last === undefined) {
      smoothed = ping.roundTrip
      return
    }
    smoothed += (ping.roundTrip - smoothed) / 8
    jitter += (Math.abs(ping.roundTrip - last.roundTrip) - jitter) / 16
  }

  function choose(at: number): Ping | undefined {
    let chosen: Ping | undefined
    for (const ping of pings) {
      if (chosen === undefined || uncertainty(ping, at) <= uncertainty(chosen, at)) chosen = ping
    }
    return chosen
  }

  function tell(at: number, target: number): number {
    if (told === undefined || Math.abs(target - told.offset) > leapMs) {
      told = { offset: target, at, time: at + target }
      return told.time
    }
    const most = Math.max(0, at - told.at) * pace
    const offset = told.offset + Math.max(-most, Math.min(most, target - told.offset))
    told = { offset, at: Math.max(at, told.at), time: Math.max(told.time, at + offset) }
    return told.time
  }

  return {
    note(sent, server, received) {
      const roundTrip = received - sent
      // An answer from before its question says nothing.
      if (!(roundTrip >= 0) || !Number.isFinite(server)) return
      const ping = { sent, received, roundTrip, offset: server - (sent + received) / 2 }
      measure(ping)
      pings = pings.filter(older => agree(older, ping))
      pings.push(ping)
      if (pings.length > mostPings) pings.shift()
      best = choose(received)
    },
    latency() {
      if (best === undefined) return undefined
      const least_ms = Math.min(...pings.map(({ roundTrip }) => roundTrip))
      return { round_trip_ms: smoothed, least_ms, jitter_ms: jitter }
    },
    serverTime: (at = now()) => best && tell(at, best.offset),
    uncertaintyMs: () => best && uncertainty(best, now()),
    reset() {
      pings = []
      best = undefined
      told = undefined
      smoothed = 0
      jitter = 0
    },
  }
}
