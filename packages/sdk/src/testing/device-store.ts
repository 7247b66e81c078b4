import { createMemoryStore } from '../resources/saves/store/memory-store.js'
import type { SaveStore } from '../resources/saves/store/save-store.js'

/** A device's disk that outlives the clouds of a test: what is written counts as lasting, and its tabs hear each other. */
export function createTestDisk(): { open(): SaveStore } {
  const disk = createMemoryStore()
  const tabs = new Set<(message: string) => void>()
  return {
    open: () => {
      const own = new Set<(message: string) => void>()
      return {
        ...disk,
        lasts: true,
        tell(message) {
          for (const hear of tabs) if (!own.has(hear)) queueMicrotask(() => hear(message))
        },
        onTold(listener) {
          own.add(listener)
          tabs.add(listener)
          return () => void tabs.delete(listener)
        },
      }
    },
  }
}

/** A store that stops for ever at its n-th step, before or after it is done, as a process does that is killed. */
export function createDyingStore(store: SaveStore, step: number) {
  let taken = 0
  const forEver = new Promise<never>(() => {})
  const locks = createMemoryStore()

  const mortal = async <T>(work: () => Promise<T>): Promise<T> => {
    if (++taken > step) return forEver
    const result = await work()
    // Odd deaths come after the deed.
    return ++taken > step ? forEver : result
  }
  const dying: SaveStore = {
    ...store,
    read: key => mortal(() => store.read(key)),
    write: (key, bytes) => mortal(() => store.write(key, bytes)),
    remove: key => mortal(() => store.remove(key)),
    keys: prefix => mortal(() => store.keys(prefix)),
    // A dead process holds no locks.
    lock: locks.lock,
  }
  return { store: dying, mortal, isDead: () => taken > step }
}
