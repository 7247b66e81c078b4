import { type Backoff, delayBeforeRetry } from '../../core/backoff.js'
import { AeThexError, asAeThexError, hasCode } from '../../core/error.js'
import type { Http } from '../../core/http.js'
import { attempt, type Result } from '../../core/result.js'
import { later, within } from '../../core/timer.js'
import { uuidv7 } from '../../core/uuid.js'
import { createPendingEvents } from './pending-events.js'
import { createWorldApi, type RestoredWorld } from './world-api.js'

/** What keeps a world from being persisted. */
export interface WorldTrouble {
  /**
   * `lagging`: events wait longer than they should; they are still being sent.
   * `snapshot_refused`: a state is not taken, such as one beyond 8 MiB; events go on, and the next one is tried.
   * `halted`: the server will not take events, or another server writes this world; nothing more is sent.
   */
  kind: 'lagging' | 'snapshot_refused' | 'halted'
  pending: number
  /** How long the oldest event has waited, in milliseconds. */
  waiting_ms: number
  error: AeThexError | undefined
}

export interface PersistWorldOptions {
  /** 1 to 64 of a-z, 0-9, _ and -. One server at a time writes a world. */
  worldId: string
  /** The state after every event recorded so far, as JSON can hold it. Called when a snapshot is due. */
  snapshot: () => unknown
  /** A snapshot after so many seconds with new events; 60 unless said. */
  snapshotEverySeconds?: number
  /** And after so many events; 1,000 unless said. */
  snapshotEveryEvents?: number
  /** How long events are gathered before they are sent; 250 ms unless said. */
  flushEveryMs?: number
  /** Events in one request; 500, the most, unless said. */
  batchEvents?: number
  /** `onTrouble` hears of events that wait longer; 5 s unless said. */
  lagMs?: number
  /** Beyond so many waiting events `record` throws `limit_reached`; 100,000 unless said. */
  mostPending?: number
  onTrouble?: (trouble: WorldTrouble) => void
}

export interface WorldStatus {
  recorded: number
  /** Events that the server has committed. */
  acknowledged: number
  pending: number
  /** The newest number of the journal that this server knows of. */
  last_sequence: number
  snapshot_version: number
  halted: boolean
}

/** Keeps a world: its events in a journal, and now and then a snapshot of what they came to. */
export interface PersistedWorld {
  /** The newest snapshot and the events behind it: what the world is to begin from. Before the first `record`. */
  restore(): Promise<Result<RestoredWorld>>
  /** Notes an event; it is sent soon, and safe once `status().acknowledged` has counted it. Answers its id. */
  record(type: string, data: unknown): string
  /** Resolves once everything recorded so far is acknowledged. */
  flush(): Promise<Result>
  /** Takes a snapshot now. */
  takeSnapshot(): Promise<Result>
  status(): WorldStatus
  /** Flushes, takes a last snapshot when something is new, and stops. Errors: `timed_out`, after 30 s unless said. */
  close(timeoutMs?: number): Promise<Result>
}

interface Waiter {
  /** How many acknowledged events it waits for. */
  until: number
  resolve(): void
  reject(error: AeThexError): void
}

/** The journal is full until old events go, which a snapshot lets them. */
const isPassing = ({ retryable, code }: AeThexError) => retryable || code === 'limit_reached'

export function persistWorld(
  http: Http,
  backoff: Backoff,
  options: PersistWorldOptions,
  now: () => number = Date.now,
): PersistedWorld {
  const { lagMs = 5_000, flushEveryMs = 250, snapshotEveryEvents = 1_000 } = options
  const snapshotEveryMs = (options.snapshotEverySeconds ?? 60) * 1_000
  const api = createWorldApi(http, options.worldId)
  const { batchEvents = 500, mostPending = 100_000 } = options
  const pending = createPendingEvents({ batchEvents, mostPending, now })
  const waiters = new Set<Waiter>()
  const stops = new Set<() => void>()
  let recorded = 0
  let acknowledged = 0
  let seenBySnapshot = 0
  let triedAt = now()
  let triedAfter = 0
  let halted: AeThexError | undefined
  let lastError: AeThexError | undefined
  let isLate = false
  let isClosed = false
  let isSending = false
  let snapshotting: Promise<void> | undefined

  function tell(kind: WorldTrouble['kind'], error: AeThexError | undefined): void {
    const waiting_ms = Math.max(0, now() - (pending.oldestAt() ?? now()))
    try {
      options.onTrouble?.({ kind, pending: pending.count, waiting_ms, error })
    } catch (thrown) {
      console.error(thrown)
    }
  }

  function halt(error: AeThexError): void {
    halted = error
    for (const waiter of waiters) waiter.reject(error)
    waiters.clear()
    tell('halted', error)
  }

  function watchLag(): void {
    const oldest = pending.oldestAt()
    const wasLate = isLate
    isLate = oldest !== undefined && now() - oldest > lagMs
    if (isLate && !wasLate && halted === undefined) tell('lagging', lastError)
  }

  const pause = (ms: number) =>
    new Promise<void>(resolve => {
      const wake = () => {
        stop()
        stops.delete(wake)
        resolve()
      }
      const stop = later(ms, wake)
      stops.add(wake)
    })

  /** Repeats until it succeeds; throws what another try would not change. */
  async function persist(work: () => Promise<void>): Promise<void> {
    for (let tried = 0; ; tried++) {
      try {
        await work()
        lastError = undefined
        return
      } catch (thrown) {
        lastError = asAeThexError(thrown)
        if (!isPassing(lastError)) throw lastError
        watchLag()
        await pause(delayBeforeRetry(tried, backoff, lastError.retry_after_ms))
        if (isClosed) throw lastError
      }
    }
  }

  async function sendAll(): Promise<void> {
    while (pending.count > 0 && halted === undefined) {
      const batch = pending.batch()
      await persist(() => api.append(batch))
      pending.acknowledge()
      acknowledged += batch.length
      for (const waiter of waiters) {
        if (acknowledged < waiter.until) continue
        waiters.delete(waiter)
        waiter.resolve()
      }
      watchLag()
    }
  }

  function send(): void {
    if (isSending) return
    isSending = true
    sendAll()
      .catch(thrown => halt(asAeThexError(thrown)))
      .finally(() => {
        isSending = false
      })
  }

  function untilAcknowledged(until: number): Promise<void> {
    if (halted !== undefined) return Promise.reject(halted)
    if (acknowledged >= until) return Promise.resolve()
    return new Promise((resolve, reject) => {
      waiters.add({ until, resolve, reject })
      send()
    })
  }

  async function writeSnapshot(): Promise<void> {
    // The state and the number of events that it has seen are taken in one breath.
    const state: unknown = JSON.parse(JSON.stringify(options.snapshot()) ?? 'null')
    const until = recorded
    await untilAcknowledged(until)
    const operationId = uuidv7()
    await persist(() => api.writeSnapshot({ nth: until, state }, operationId))
    seenBySnapshot = until
  }

  /** A state that is refused is tried again when the next one is due; events go on without it. */
  function snapshotRefused(thrown: unknown): never {
    const error = asAeThexError(thrown)
    if (hasCode(error, 'version_mismatch', 'sequence_mismatch')) halt(error)
    else if (halted === undefined) tell('snapshot_refused', error)
    throw error
  }

  /** Two that are asked for at once are one. */
  function snapshotOnce(): Promise<void> {
    snapshotting ??= writeSnapshot()
      .catch(snapshotRefused)
      .finally(() => {
        snapshotting = undefined
        triedAt = now()
        triedAfter = recorded
      })
    return snapshotting
  }

  function tick(): void {
    if (isClosed) return
    if (pending.count > 0) send()
    watchLag()
    const isDue = recorded - triedAfter >= snapshotEveryEvents || now() - triedAt >= snapshotEveryMs
    if (recorded > seenBySnapshot && isDue && halted === undefined) {
      snapshotOnce().catch(() => undefined)
    }
    stopTicking = later(flushEveryMs, tick)
  }
  let stopTicking = later(flushEveryMs, tick)

  return {
    restore: () =>
      attempt(async () => {
        if (recorded === 0) return api.restore()
        throw new AeThexError('invalid_request', 'A world is restored before its first event.')
      }),
    record(type, data) {
      const id = pending.add(type, data)
      recorded++
      return id
    },
    flush: () =>
      attempt(async () => {
        await untilAcknowledged(recorded)
        return {}
      }),
    takeSnapshot: () =>
      attempt(async () => {
        await snapshotOnce()
        return {}
      }),
    status: () => ({
      recorded,
      acknowledged,
      pending: pending.count,
      last_sequence: api.lastSequence(),
      snapshot_version: api.snapshotVersion(),
      halted: halted !== undefined,
    }),
    async close(timeoutMs = 30_000) {
      const late = () => new AeThexError('timed_out', 'The world was not persisted in time.')
      const finish = async () => {
        await snapshotting?.catch(() => undefined)
        if (recorded > seenBySnapshot) await snapshotOnce()
        return {}
      }
      const done = await attempt(() => within(timeoutMs, finish(), late))
      isClosed = true
      stopTicking()
      for (const wake of [...stops]) wake()
      return done
    },
  }
}
