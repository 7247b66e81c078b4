import { AeThexError } from '../../../core/error.js'
import { createMemoryStore } from './memory-store.js'
import type { SaveStore } from './save-store.js'

/** A store that never fails: what the device does not take lives in memory for the rest of this run. */
export interface SteadyStore extends Omit<SaveStore, 'write' | 'lasts'> {
  /** Answers whether it lasts. With `mayLast` false it goes to memory, for what it stands on is there too. */
  write(key: string, bytes: Uint8Array, mayLast?: boolean): Promise<boolean>
}

const reasonOf = (thrown: unknown) =>
  thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)

/** `onError` hears once of a run of failures, with `storage_failed`. */
export function createSteadyStore(
  device: SaveStore,
  onError: (error: AeThexError) => void,
): SteadyStore {
  const memory = createMemoryStore()
  let isTold = false

  function tell(cause: unknown): void {
    if (isTold) return
    isTold = true
    const message = `This device does not keep saves; they stay in memory until they are sent. ${reasonOf(cause)}`
    onError(new AeThexError('storage_failed', message, { cause }))
  }

  /** What the device answers, or `otherwise` when it does not. */
  async function ask<T>(question: Promise<T>, otherwise: T): Promise<T> {
    try {
      const answer = await question
      return answer
    } catch (thrown) {
      tell(thrown)
      return otherwise
    }
  }

  return {
    async read(key) {
      return (await memory.read(key)) ?? ask(device.read(key), undefined)
    },
    async write(key, bytes, mayLast = true) {
      if (mayLast) {
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
      await ask(device.remove(key), undefined)
    },
    async keys(prefix) {
      const found = await Promise.all([memory.keys(prefix), ask(device.keys(prefix), [])])
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
