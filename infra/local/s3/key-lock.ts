export type KeyLock = <T>(key: string, work: () => Promise<T>) => Promise<T>

/** A lock per key: work on one key runs one after the other, work on different keys at once. */
export function createKeyLock(): KeyLock {
  const tails = new Map<string, Promise<unknown>>()
  return async (key, work) => {
    const previous = tails.get(key) ?? Promise.resolve()
    const mine = previous.then(work, work)
    tails.set(key, mine)
    try {
      return await mine
    } finally {
      if (tails.get(key) === mine) tails.delete(key)
    }
  }
}
