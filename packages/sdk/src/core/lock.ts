/** Runs one piece of work at a time, under a name. */
export type Lock = <T>(name: string, work: () => Promise<T>) => Promise<T>

/** One at a time among all tabs of the site, where the browser can do that; each tab for itself elsewhere. */
export function createTabLock(prefix: string): Lock {
  const locks = typeof navigator === 'undefined' ? undefined : navigator.locks
  return async (name, work) => {
    if (locks === undefined) return work()
    return await locks.request(`${prefix}.${name}`, work)
  }
}

/** For storages that no other tab shares. */
export const noLock: Lock = (_name, work) => work()
