import { AeThexError } from '../../../core/error.js'
import { createMemoryStore } from './memory-store.js'
import type { SaveStore } from './save-store.js'

/**
 * A store that takes every write: what the device does not take lives in memory for the rest of this run. `read` and
 * `keys` reject with `storage_failed` (retryable) when the device does not answer: that says nothing of what it keeps.
 * A device that forbids its store from the first question on is left alone for this run, and memory is all there is.
 */
export interface SteadyStore extends Omit<SaveStore, 'write' | 'lasts'> {
  /** Answers whether it lasts. With `mayLast` false it goes to memory, for what it stands on is there too. */
  write(key: string, bytes: Uint8Array, mayLast?: boolean): Promise<boolean>
}

const reasonOf = (thrown: unknown) =>
  thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)

const isForbidding = (thrown: unknown) => thrown instanceof Error && thrown.name === 'SecurityError'

/** `onError` hears once of a run of failures, with `storage_failed`. */
export function createSteadyStore(
  device: SaveStore,
  onError: (error: AeThexError) => void,
): SteadyStore {
  const memory = createMemoryStore()
  let isTold = false
  let isUnreadTold = false
  let hasAnswered = false
  let isForbidden = false

  function tell(cause: unknown): void {
    if (isTold) return
    isTold = true
    const message = `This device does not keep saves; they stay in memory until they are sent. ${reasonOf(cause)}`
    onError(new AeThexError('storage_failed', message, { cause }))
  }

  function unreadable(cause: unknown): AeThexError {
    const message = `This device cannot read its saves now; it keeps them as they are. ${reasonOf(cause)}`
    const error = new AeThexError('storage_failed', message, { retryable: true, cause })
    if (!isUnreadTold) onError(error)
    isUnreadTold = true
    return error
  }

  /** What the device answers; `nothing` only where it has forbidden its store, which is then never written either. */
  async function ask<T>(question: () => Promise<T>, nothing: T): Promise<T> {
    if (isForbidden) return nothing
    try {
      const answer = await question()
      hasAnswered = true
      isUnreadTold = false
      return answer
    } catch (thrown) {
      if (hasAnswered || !isForbidding(thrown)) throw unreadable(thrown)
      isForbidden = true
      tell(thrown)
      return nothing
    }
  }

  return {
    async read(key) {
      return (await memory.read(key)) ?? ask(() => device.read(key), undefined)
    },
    async write(key, bytes, mayLast = true) {
      if (mayLast && !isForbidden) {
        try {
          await device.write(key, bytes)
          await memory.remove(key)
          isTold = false
          return device.lasts
        } catch (thrown) {
          tell(thrown)
        }
      }
      await memory.write(key, bytes)
      return false
    },
    async remove(key) {
      await memory.remove(key)
      if (isForbidden) return
      try {
        await device.remove(key)
      } catch (thrown) {
        // It takes room, and nothing names it.
        tell(thrown)
      }
    },
    async keys(prefix) {
      const lasting = ask(() => device.keys(prefix), [])
      const found = await Promise.all([memory.keys(prefix), lasting])
      return [...new Set(found.flat())]
    },
    async lock<T>(name: string, work: () => Promise<T>) {
      let started: Promise<T> | undefined
      try {
        return await device.lock(name, () => {
          started = work()
          return started
        })
      } catch (thrown) {
        // The work's own failure, or a lock that could not be given back.
        if (started !== undefined) return started
        tell(thrown)
        return memory.lock(name, work)
      }
    },
    tell: message => device.tell(message),
    onTold: listener => device.onTold(listener),
    close: () => device.close(),
  }
}
