import type { Merge } from './conflict.js'
import type { Save } from './save.js'
import type { TransferOptions } from './transfer.js'

/** What the call of the game wants of its operation. */
interface WaiterWish {
  merge?: Merge | undefined
  transfer?: TransferOptions | undefined
}

interface Waiter {
  /** The operation that it waits for by now. */
  id: string
  merge: Merge | undefined
  transfer: TransferOptions
  isAwaited: boolean
  resolve(save: Save | undefined): void
}

/** The calls of the game that wait for an operation, also when another one has taken its place. */
export interface Waiters {
  /** Resolves when the operation was carried out. */
  add(id: string, wish: WaiterWish): Promise<Save | undefined>
  /** What goes instead of the operation that a call began. */
  idNow(id: string): string
  move(from: string, to: string): void
  /** The call waits no more, but its merge still counts. */
  release(id: string): void
  /** True when anybody waited. */
  resolve(id: string, save: Save | undefined): boolean
  /** How the newest of those who wait wants a conflict settled. */
  mergeOf(id: string): Merge | undefined
  /** How the newest of those who wait wants it sent. */
  transferOf(id: string): TransferOptions
  /** The call that began with this id does not wait any more. */
  drop(id: string): void
}

export function createWaiters(): Waiters {
  const waiters = new Map<string, Waiter>()
  const waitingFor = (id: string) => [...waiters.values()].filter(waiter => waiter.id === id)
  return {
    add: (id, { merge, transfer = {} }) =>
      new Promise(resolve => {
        waiters.set(id, { id, merge, transfer, isAwaited: true, resolve })
      }),
    idNow: id => waiters.get(id)?.id ?? id,
    move(from, to) {
      for (const waiter of waitingFor(from)) waiter.id = to
    },
    release(id) {
      const waiter = waiters.get(id)
      if (waiter?.merge === undefined) waiters.delete(id)
      else waiter.isAwaited = false
    },
    resolve(id, save) {
      const done = waitingFor(waiters.get(id)?.id ?? id)
      for (const { resolve } of done) resolve(save)
      for (const [first, waiter] of waiters) {
        if (!waiter.isAwaited && done.includes(waiter)) waiters.delete(first)
      }
      return done.some(({ isAwaited }) => isAwaited)
    },
    mergeOf: id => waitingFor(id).at(-1)?.merge,
    transferOf(id) {
      const awaited = waitingFor(id).filter(({ isAwaited }) => isAwaited)
      return awaited.at(-1)?.transfer ?? {}
    },
    drop: id => void waiters.delete(id),
  }
}
