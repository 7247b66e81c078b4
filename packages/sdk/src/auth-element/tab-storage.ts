import { createMemoryStorage, type KeyValueStorage } from '../core/storage.js'

/**
 * For a page that all games share. It keeps nobody's session: the next person at the screen must not find it. Only the
 * secret of the device lasts as long as the tab, so that an answer to the question for the age is not forgotten by
 * loading the page again; each environment has its own.
 */
export function createTabStorage(tab: KeyValueStorage): KeyValueStorage {
  const memory = createMemoryStorage()
  // The key that a page calls with is new each time it is loaded; the environment in it is not.
  const lasting = (key: string) => /^(aethex\.hp_[0-9a-f-]{36})\..*\.device$/.exec(key)?.[1]
  return {
    getItem(key) {
      const kept = lasting(key)
      return kept === undefined ? memory.getItem(key) : tab.getItem(kept)
    },
    setItem(key, value) {
      const kept = lasting(key)
      if (kept === undefined) memory.setItem(key, value)
      else tab.setItem(kept, value)
    },
    removeItem: key => memory.removeItem(key),
  }
}
