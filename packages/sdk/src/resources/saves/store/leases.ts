import { backoffMs } from '../../../core/backoff.js'
import { later } from '../../../core/timer.js'
import { uuidv7 } from '../../../core/uuid.js'

/** Who holds a lock, and since when we know that they live. */
export interface Lease {
  holder: string
  /** By the clock of this device, in milliseconds. */
  until: number
}

export interface LeaseTable {
  /**
   * Hands what is stored to `edit` and stores what it answers, with nobody in between: null removes it,
   * undefined leaves it as it is.
   */
  change(name: string, edit: (lease: Lease | undefined) => Lease | null | undefined): Promise<void>
}

const leaseMs = 10_000
const renewMs = 3_000
const waits = { firstMs: 10, maxMs: 200 }

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

/**
 * A lock among those who share a table, where the platform has none: the holder says again and again that it lives.
 * One that is asleep for longer than a lease may wake up beside its successor; the server's operation ids keep such
 * a pair from doing anything twice.
 */
export function createLeases(table: LeaseTable) {
  async function take(name: string, holder: string): Promise<boolean> {
    let isOurs = false
    await table.change(name, lease => {
      isOurs = lease === undefined || lease.holder === holder || lease.until < Date.now()
      return isOurs ? { holder, until: Date.now() + leaseMs } : undefined
    })
    return isOurs
  }

  return async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const holder = uuidv7()
    for (let tries = 0; !(await take(name, holder)); tries++) await pause(backoffMs(tries, waits))
    let stop: () => void
    const renew = () => {
      // A renewal that fails leaves the lease to run out.
      void take(name, holder).catch(() => {})
      stop = later(renewMs, renew)
    }
    stop = later(renewMs, renew)
    try {
      return await work()
    } finally {
      stop()
      await table.change(name, lease => (lease?.holder === holder ? null : undefined))
    }
  }
}
