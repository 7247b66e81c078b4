import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import { type EventStore, isRefusal } from '../clickhouse/client.js'
import type { Counters } from '../counters.js'
import { decodeLines } from './spool/lines.js'
import type { Segment } from './spool/segments.js'
import type { Spool } from './spool/spool.js'

const lastShipmentMs = 2_000
const shortestPauseMs = 250
const longestPauseMs = 5_000

interface ShipperParts {
  spool: Spool
  store: EventStore
  counters: Counters
  log: Logger
}

/** Whether reading a file again would fail again; a lack of memory or handles passes. */
const isLasting = (error: NodeJS.ErrnoException) =>
  ['EIO', 'EISDIR', 'EACCES', 'EPERM', 'ENOENT'].includes(error.code ?? '')

/** Doubles with every failure, and spreads, so that a server coming back is not met by everyone at once. */
const pauseMs = (failures: number) =>
  Math.min(longestPauseMs, shortestPauseMs * 2 ** failures) * (0.5 + Math.random() / 2)

/**
 * Carries the spool to ClickHouse, segment by segment, and deletes a segment once its insert was
 * acknowledged. What was inserted but not yet deleted when the process died is inserted again; the
 * table knows the ids. Closing makes one last attempt of two seconds.
 */
export function startShipper({ spool, store, counters, log }: ShipperParts): Closable {
  const stop = new AbortController()
  let wake = () => {}

  const pause = (ms: number) =>
    new Promise<void>(resolve => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  /** Tries until it succeeds; false when it has to end before. A refusal of the rows is thrown. */
  async function persist(work: () => Promise<void>): Promise<boolean> {
    for (let failures = 0; !stop.signal.aborted; failures++) {
      try {
        await work()
        return true
      } catch (error) {
        if (isRefusal(error)) throw error
        if (stop.signal.aborted) return false
        log.warn(
          { err: error, failures: failures + 1 },
          'ClickHouse does not take events; they wait',
        )
        await pause(pauseMs(failures))
      }
    }
    return false
  }

  async function setAside(what: Segment | readonly Buffer[], reason: unknown): Promise<void> {
    const isSegment = 'path' in what
    counters.damaged.inc(isSegment ? 1 : what.length)
    log.error(
      { err: reason, ...(isSegment ? { segment: what.path } : { lines: what.length }) },
      'set aside',
    )
    await spool.setAside(what).catch(error => log.error({ err: error }, 'could not be kept aside'))
  }

  /** Stores the rows; when some are refused, finds them by halving and stores all others. */
  async function deliver(rows: readonly Buffer[]): Promise<boolean> {
    if (rows.length === 0) return true
    try {
      const isStored = await persist(() => store.insert(rows, stop.signal))
      if (isStored) counters.shipped.inc(rows.length)
      return isStored
    } catch (error) {
      if (rows.length === 1) {
        await setAside(rows, error)
        return true
      }
      const middle = Math.ceil(rows.length / 2)
      return (await deliver(rows.slice(0, middle))) && deliver(rows.slice(middle))
    }
  }

  async function ship(segment: Segment): Promise<void> {
    const content = await readFile(segment.path).catch(error => {
      if (!isLasting(error)) throw error
      return setAside(segment, error)
    })
    if (content === undefined) return
    const { rows, damaged, tornBytes } = decodeLines(content)
    if (tornBytes > 0) log.info({ bytes: tornBytes }, 'passed over a write that never finished')
    if (damaged.length > 0) await setAside(damaged, new Error('the checksum does not match'))
    if (await deliver(rows)) await spool.remove(segment)
  }

  async function run(): Promise<void> {
    await persist(() => store.prepare())
    while (!stop.signal.aborted) {
      const segment = await spool.next()
      if (segment === undefined) return
      await ship(segment).catch(async error => {
        log.error({ err: error, segment: segment.path }, 'a segment could not be shipped')
        await pause(longestPauseMs)
      })
    }
  }

  const running = run()
  return {
    async close() {
      spool.drain()
      wake()
      const last = new AbortController()
      await Promise.race([
        running,
        sleep(lastShipmentMs, undefined, { signal: last.signal }).catch(() => {}),
      ])
      last.abort()
      stop.abort()
      wake()
      await running
    },
  }
}
