import { createTurns } from './in-turn.js'
import { createLeases } from './leases.js'
import type { SaveStore } from './save-store.js'

const entries = 'entries'
const leases = 'leases'

/** A request of IndexedDB as a promise. */
const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

function open(name: string, onGone: () => void): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1)
  request.onupgradeneeded = () => {
    request.result.createObjectStore(entries)
    request.result.createObjectStore(leases)
  }
  return settled(request).then(database => {
    const leave = () => {
      database.close()
      onGone()
    }
    // Somebody deletes the database, or the browser has closed it by itself.
    database.onversionchange = leave
    database.onclose = leave
    return database
  })
}

/** Keeps saves in the browser's database (IndexedDB), which all tabs of the site share. */
export function createIndexedStore(name: string): SaveStore {
  let database: Promise<IDBDatabase> | undefined
  const forget = () => {
    database = undefined
  }
  const connect = (): Promise<IDBDatabase> => {
    database ??= open(name, forget).catch(error => {
      forget()
      throw error
    })
    return database
  }

  /** One transaction; resolves when the browser says that it is on the disk. */
  async function run<T>(
    table: string,
    mode: IDBTransactionMode,
    work: (table: IDBObjectStore) => Promise<T>,
  ): Promise<T> {
    const transaction = (await connect()).transaction(table, mode, { durability: 'strict' })
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error)
    })
    const [result] = await Promise.all([work(transaction.objectStore(table)), done])
    return result
  }

  const byLease = createLeases({
    change: (lease, edit) =>
      run(leases, 'readwrite', async table => {
        const next = edit(await settled(table.get(lease)))
        if (next === null) table.delete(lease)
        else if (next !== undefined) table.put(next, lease)
      }),
  })
  const inTurn = createTurns()
  const locks = typeof navigator === 'undefined' ? undefined : navigator.locks
  const channel =
    typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(`${name}.told`)

  return {
    lasts: true,
    read: key => run(entries, 'readonly', table => settled(table.get(key))),
    async write(key, bytes) {
      await run(entries, 'readwrite', table => settled(table.put(bytes, key)))
    },
    remove: key => run(entries, 'readwrite', table => settled(table.delete(key))),
    async keys(prefix) {
      const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`)
      const keys = await run(entries, 'readonly', table => settled(table.getAllKeys(range)))
      return keys.map(String)
    },
    async lock(lockName, work) {
      // Pages that are not served securely have no Web Locks.
      if (locks === undefined) return inTurn(lockName, () => byLease(lockName, work))
      return await locks.request(`${name}.${lockName}`, work)
    },
    tell: message => channel?.postMessage(message),
    onTold(listener) {
      const hear = ({ data }: MessageEvent) => listener(String(data))
      channel?.addEventListener('message', hear)
      return () => channel?.removeEventListener('message', hear)
    },
    close() {
      channel?.close()
      void database?.then(open => open.close()).catch(() => {})
      forget()
    },
  }
}

/** Whether this platform has such a database at all; some forbid it only when it is opened. */
export const hasIndexedDb = () =>
  typeof indexedDB !== 'undefined' && typeof document !== 'undefined'
