import { createTurns } from './in-turn.js'
import type { SaveStore } from './save-store.js'

/** Keeps saves in this process only: for tests, and where a device has nothing that lasts. */
export function createMemoryStore(): SaveStore {
  const entries = new Map<string, Uint8Array>()
  return {
    lasts: false,
    read: async key => entries.get(key),
    write: async (key, bytes) => void entries.set(key, bytes),
    remove: async key => void entries.delete(key),
    keys: async prefix => [...entries.keys()].filter(key => key.startsWith(prefix)),
    lock: createTurns(),
    tell() {},
    onTold: () => () => {},
    close() {},
  }
}
