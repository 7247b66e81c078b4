import type { Listener, Violation, Wire } from './room-history.js'

/** The epoch that a member was in at a moment; undefined before it was anywhere. */
export function epochAt(wire: readonly Wire[], at: number): number | undefined {
  let epoch: number | undefined
  for (const event of wire) {
    if (event.at > at) break
    if (event.kind === 'entered') epoch = event.epoch
  }
  return epoch
}

/** Whether the member had been told, at some moment of the span, that its node is cut off. */
export function isDegradedBetween(
  wire: readonly Wire[],
  [from, to]: readonly [number, number],
): boolean {
  let degraded = false
  for (const event of wire) {
    if (event.at > to) break
    if (event.at > from && degraded) return true
    if (event.kind === 'degraded') degraded = event.degraded
    else if (event.kind === 'entered') degraded = false
  }
  return degraded
}

/** Numbers rise by one on each connection, from where it began. */
export function checkNumbers({ name, wire }: Listener): Violation[] {
  const found: Violation[] = []
  const cursors = new Map<number, number>()
  const blame = (said: string) => found.push({ rule: 'numbers', said: `${name} ${said}` })
  for (const event of wire) {
    const { connection } = event
    const cursor = cursors.get(connection)
    if (event.kind === 'resumes') cursors.set(connection, event.seq)
    else if (event.kind === 'entered') {
      // That a member is back itself has a number too, and stands in the view.
      const isNext = cursor !== undefined && [cursor, cursor + 1].includes(event.seq)
      if (event.how === 'resumed' && !isNext) {
        blame(`was resumed at ${event.seq} after ${cursor}, without a gap`)
      }
      cursors.set(connection, event.seq)
    } else if (event.kind === 'numbered') {
      if (cursor === undefined) blame(`was told ${event.seq} outside of any room`)
      else if (event.seq <= cursor) blame(`was told ${event.seq} again, after ${cursor}`)
      else if (event.seq > cursor + 1) blame(`was told ${event.seq} after ${cursor}, without a gap`)
      cursors.set(connection, event.seq)
    }
  }
  return found
}

interface Word {
  name: string
  at: number
  epoch: number
  what: string
  isEntry: boolean
  /** By a node that has said that it is cut off. */
  isExcused: boolean
}

/** Everything that is said for a room, with the epoch of whoever says it. */
function wordsTo({ name, wire }: Listener): Word[] {
  const words: Word[] = []
  const epochs = new Map<number, number>()
  const degraded = new Set<number>()
  for (const event of wire) {
    const { at, connection } = event
    if (event.kind === 'degraded') {
      if (event.degraded) degraded.add(connection)
      else degraded.delete(connection)
    }
    if (event.kind === 'entered') epochs.set(connection, event.epoch)
    const epoch = epochs.get(connection)
    if (epoch === undefined || (event.kind !== 'numbered' && event.kind !== 'entered')) continue
    const isEntry = event.kind === 'entered'
    const what = isEntry ? event.how : `number ${event.seq}`
    words.push({ name, at, epoch, what, isEntry, isExcused: degraded.has(connection) })
  }
  return words
}

/**
 * The epoch never falls: once anybody has heard a later one, the earlier has nothing to say any more, what is on its
 * way for `latencyMs` aside. A node that has said that it is cut off may go on for those who are with it.
 */
export function checkWords(listeners: readonly Listener[], latencyMs: number): Violation[] {
  const words = listeners.flatMap(wordsTo).sort((a, b) => a.at - b.at)
  const found: Violation[] = []
  const own = new Map<string, number>()
  const rises: { at: number; epoch: number }[] = []
  let past = Number.NEGATIVE_INFINITY
  let newest = Number.NEGATIVE_INFINITY
  for (const { name, at, epoch, what, isEntry, isExcused } of words) {
    while (rises[0] !== undefined && rises[0].at + latencyMs < at) {
      past = rises.shift()?.epoch ?? past
    }
    const fell = isEntry && epoch < (own.get(name) ?? epoch)
    if (fell || (epoch < past && !isExcused)) {
      found.push({ rule: 'epoch', said: `${name} was told ${what} by epoch ${epoch}, too late` })
    }
    if (isEntry) own.set(name, epoch)
    if (epoch <= newest) continue
    newest = epoch
    rises.push({ at, epoch })
  }
  return found
}
