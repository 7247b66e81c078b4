import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem, unavailable } from '@aethex/shared/errors'
import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import { groupCommit } from './group-commit.js'
import { holdDirectory } from './owner.js'
import {
  deleteSegment,
  findSegments,
  type OpenSegment,
  type Segment,
  setLinesAside,
  setSegmentAside,
  startSegment,
} from './segments.js'

// One segment becomes one insert: large enough to be cheap for ClickHouse, small enough for memory.
const limits = { events: 10_000, bytes: 8_388_608 }
const segmentAgeMs = 1_000
const maxWaitingBytes = 33_554_432
const settlingMs = 50

export interface SpoolOptions {
  dir: string
  maxBytes: number
  log: Logger
}

/** An append-only store on the local disk for what is acknowledged but not yet shipped. */
export interface Spool extends Closable {
  /** Returns once the lines are on the disk; throws `unavailable` or `busy` when they are not. */
  append(lines: Buffer, events: number): Promise<void>
  /** The oldest complete segment; waits for one. Undefined once drained and empty. For one reader. */
  next(): Promise<Segment | undefined>
  /** Forgets a segment whose events are stored elsewhere. */
  remove(segment: Segment): Promise<void>
  /** Takes what cannot be shipped out of the way. */
  setAside(what: Segment | readonly Buffer[]): Promise<void>
  /** Takes no more, and completes the segment at hand. */
  drain(): void
  /** Waits until everything appended so far has been shipped; false when that takes longer. */
  settle(withinMs: number): Promise<boolean>
  state(): { bytes: number; oldestAt: number | undefined }
  /** Throws when nothing could be accepted right now. */
  ping(): Promise<void>
}

const full = () =>
  new Problem('unavailable', {
    detail: 'Too many events wait to be stored; try again later.',
    headers: { 'retry-after': '10' },
  })

/** Opens the spool in a directory that no other process may use, with everything still in it. */
export async function openSpool({ dir, maxBytes, log }: SpoolOptions): Promise<Spool> {
  await mkdir(dir, { recursive: true })
  const hold = await holdDirectory(dir)
  const complete = await findSegments(dir)
  let sequence = complete.at(-1)?.sequence ?? 0
  let bytes = complete.reduce((sum, segment) => sum + segment.bytes, 0)
  let active: OpenSegment | undefined
  let ageing: NodeJS.Timeout | undefined
  let isDraining = false
  let isDrained = false
  let reader: ((segment: Segment | undefined) => void) | undefined

  const commits = groupCommit(limits, write)
  const seal = () => commits.inTurn(finishSegment)

  async function write(lines: Buffer, events: number): Promise<void> {
    try {
      active ??= await openSegment()
      active.bytes += lines.length
      bytes += lines.length
      await active.append(lines)
      active.events += events
    } catch (error) {
      // What the file holds behind its last good line is unknown, so nothing may follow it.
      await finishSegment()
      throw unavailable('event spool', error)
    }
    if (active.events >= limits.events || active.bytes >= limits.bytes) await finishSegment()
  }

  async function openSegment(): Promise<OpenSegment> {
    const segment = await startSegment(dir, sequence + 1)
    sequence = segment.sequence
    // While nobody is ready to read, the segment may as well grow.
    ageing = setTimeout(() => {
      if (reader !== undefined) void seal()
    }, segmentAgeMs)
    return segment
  }

  async function finishSegment(): Promise<void> {
    const segment = active
    active = undefined
    clearTimeout(ageing)
    await segment?.close().catch(error => log.warn({ err: error }, 'a segment did not close'))
    if (segment !== undefined && segment.events > 0) complete.push(segment)
    else if (segment !== undefined) await discard(segment)
    answerReader()
  }

  async function discard(segment: Segment): Promise<void> {
    bytes -= segment.bytes
    // A file that stays is shipped again by the next process, which changes nothing in ClickHouse.
    await deleteSegment(segment).catch(error =>
      log.error({ err: error, segment: segment.path }, 'a segment could not be deleted'),
    )
  }

  function forget(segment: Segment): void {
    const at = complete.indexOf(segment)
    if (at >= 0) complete.splice(at, 1)
  }

  function answerReader(): void {
    const [oldest] = complete
    if (reader === undefined || (oldest === undefined && !isDrained)) return
    reader(oldest)
    reader = undefined
  }

  async function drain(): Promise<void> {
    isDraining = true
    await seal()
    isDrained = true
    answerReader()
  }

  return {
    async append(lines, events) {
      if (isDraining) throw unavailable('event spool')
      const waiting = commits.waitingBytes() + lines.length
      if (bytes + waiting > maxBytes) throw full()
      if (waiting > maxWaitingBytes) throw new Problem('busy')
      await commits.append(lines, events)
    },
    next() {
      const answered = new Promise<Segment | undefined>(resolve => {
        reader = resolve
      })
      answerReader()
      const isAged = active !== undefined && Date.now() - active.startedAt >= segmentAgeMs
      if (isAged && reader !== undefined) void seal()
      return answered
    },
    async remove(segment) {
      forget(segment)
      await discard(segment)
    },
    async setAside(what) {
      if ('path' in what) {
        forget(what)
        bytes -= what.bytes
        await setSegmentAside(what)
      } else if (!(await setLinesAside(dir, what))) {
        log.error({ lines: what.length }, 'too many damaged lines are kept; these were dropped')
      }
    },
    drain: () => void drain(),
    async settle(withinMs) {
      const until = Date.now() + withinMs
      await seal()
      const last = sequence
      while (complete.some(segment => segment.sequence <= last)) {
        if (Date.now() > until) return false
        await sleep(settlingMs)
      }
      return true
    },
    state: () => ({ bytes, oldestAt: (complete[0] ?? active)?.startedAt }),
    async ping() {
      if (bytes >= maxBytes) throw full()
      const probe = path.join(dir, 'probe')
      await writeFile(probe, Buffer.alloc(4_096))
      await rm(probe, { force: true })
    },
    async close() {
      await drain()
      await hold.close()
    },
  }
}
