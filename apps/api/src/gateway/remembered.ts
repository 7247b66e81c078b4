import { LRUCache } from 'lru-cache'

/** A reading of an environment that is kept for a moment. */
export interface Remembered<Parts, T> {
  (parts: Parts, environmentId: string): Promise<T>
  /** Reads anew at the next question, in this process. */
  forget(environmentId: string): void
}

/**
 * Reads something of an environment at most once in `ms`: what every request has to know must not cost every
 * request a statement. Whoever asks meanwhile shares the answer; a failure is not kept.
 */
export function rememberFor<Parts, T>(
  ms: number,
  read: (parts: Parts, environmentId: string) => Promise<T>,
): Remembered<Parts, T> {
  const known = new LRUCache<string, Promise<T>>({ max: 10_000, ttl: ms })
  const ask = (parts: Parts, environmentId: string) => {
    const kept = known.get(environmentId)
    if (kept !== undefined) return kept
    const reading = read(parts, environmentId)
    known.set(environmentId, reading)
    reading.catch(() => known.delete(environmentId))
    return reading
  }
  return Object.assign(ask, {
    forget: (environmentId: string) => void known.delete(environmentId),
  })
}
