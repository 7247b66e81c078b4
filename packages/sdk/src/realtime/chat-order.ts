import { later } from '../core/timer.js'

/** How long what came too early waits for what comes before it, until somebody asks for it. */
const patienceMs = 250

/**
 * Puts the changes of a channel into their order, each once. They are numbered without holes: one that comes too early
 * waits, and when nothing fills the hole in time, `onHole` asks for what is missing.
 */
export function createChatOrder(onHole: () => void) {
  /** The last change that was taken, with all before it. */
  let cursor = 0
  const early = new Map<number, () => void>()
  let cancel: (() => void) | undefined

  function rest(): void {
    cancel?.()
    cancel = undefined
  }

  function drain(): void {
    for (let take = early.get(cursor + 1); take !== undefined; take = early.get(cursor + 1)) {
      cursor++
      early.delete(cursor)
      take()
    }
    for (const change of early.keys()) if (change <= cursor) early.delete(change)
    if (early.size === 0) rest()
    else cancel ??= later(patienceMs, askForHole)
  }

  function askForHole(): void {
    cancel = undefined
    if (early.size > 0) onHole()
  }

  return {
    cursor: () => cursor,
    /** A change that was heard; `take` runs in its turn, or never when it was taken before. */
    hear(change: number, take: () => void): void {
      if (change <= cursor || early.has(change)) return
      early.set(change, take)
      drain()
    },
    /** Everything up to there has been taken by other means. */
    moveTo(change: number): void {
      cursor = Math.max(cursor, change)
      drain()
    },
    close(): void {
      rest()
      early.clear()
    },
  }
}
