/** Where the SDK keeps the session and what waits to be sent; the shape of the browser's `localStorage`. */
export interface KeyValueStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** Keeps everything in this process only. */
export function createMemoryStorage(): KeyValueStorage {
  const items = new Map<string, string>()
  return {
    getItem: key => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: key => void items.delete(key),
  }
}

/** The browser's own storage, when this is a page that may use it. */
export function findBrowserStorage(): KeyValueStorage | undefined {
  try {
    // Node has the global too, but only warns that it has no file to keep it in.
    return typeof document === 'undefined' ? undefined : globalThis.localStorage
  } catch {
    return undefined
  }
}

/** The SDK's corner of a storage. */
export interface Store {
  read(name: string): string | null
  write(name: string, value: string | null): void
  readList<T>(name: string): T[]
  writeList<T>(name: string, items: readonly T[]): void
  keyOf(name: string): string
}

/**
 * Keys of one API key apart from those of others. A storage that throws (full, forbidden)
 * never breaks a call: that item lives in memory for the rest of this run.
 */
export function createStore(storage: KeyValueStorage, apiKey: string): Store {
  const kept = createMemoryStorage()
  const keyOf = (name: string) => `aethex.${apiKey}.${name}`

  function read(name: string): string | null {
    const key = keyOf(name)
    const inMemory = kept.getItem(key)
    if (inMemory !== null) return inMemory
    try {
      return storage.getItem(key)
    } catch {
      return null
    }
  }

  function write(name: string, value: string | null): void {
    const key = keyOf(name)
    kept.removeItem(key)
    try {
      if (value === null) storage.removeItem(key)
      else storage.setItem(key, value)
    } catch {
      if (value !== null) kept.setItem(key, value)
    }
  }

  return {
    read,
    write,
    keyOf,
    readList<T>(name: string): T[] {
      try {
        const items: unknown = JSON.parse(read(name) ?? '[]')
        return Array.isArray(items) ? items : []
      } catch {
        return []
      }
    },
    writeList: (name, items) => write(name, items.length === 0 ? null : JSON.stringify(items)),
  }
}
