import { type Backoff, delayBeforeRetry } from '../../core/backoff.js'
import { AeThexError, asAeThexError, hasCode } from '../../core/error.js'
import type { Lock } from '../../core/lock.js'
import { onOnline } from '../../core/page.js'
import type { SessionStore } from '../../core/session-store.js'
import type { Store } from '../../core/storage.js'
import { later } from '../../core/timer.js'
import type { Merge, Save, SaveOperation, SaveWriter } from './write-save.js'

interface QueuedSave extends SaveOperation {
  /** It may have reached the server, so it keeps its place and its id. */
  attempted: boolean
}

interface Waiter {
  merge: Merge | undefined
  resolve(save: Save): void
  reject(error: AeThexError): void
}

export interface SaveQueue {
  /** Keeps the save on this device, then sends what waits; rejects with `queued` when it has to stay. */
  add(playerId: string, operation: SaveOperation, merge: Merge | undefined): Promise<Save>
  /** Sends what waits, in order. Never rejects. */
  flush(): Promise<void>
  drop(playerId: string, slot: string): void
  close(): void
}

interface QueueParts {
  store: Store
  sessions: SessionStore
  writer: SaveWriter
  lock: Lock
  backoff: Backoff
  /** A save sent for nobody who waits. */
  onSaved(save: Save): void
  /** A save that the server refused for good, with nobody waiting for it. */
  onRefused(operation: SaveOperation, error: AeThexError): void
}

const queuedBecause = (cause: unknown) =>
  new AeThexError('queued', 'The save is kept on this device and will be sent.', {
    retryable: true,
    cause,
  })

/** Waiting may help: the network, the server's health, the player's being signed out. */
const mayPassLater = (error: AeThexError) =>
  error.retryable || error.status === 401 || hasCode(error, 'not_signed_in', 'closed')

export function createSaveQueue(parts: QueueParts): SaveQueue {
  const { store, sessions, writer, lock } = parts
  const waiters = new Map<string, Waiter[]>()
  let flushing: Promise<void> | undefined
  let failures = 0
  let cancelTimer: (() => void) | undefined

  const nameOf = (playerId: string) => `saves.${playerId}`
  const read = (playerId: string) => store.readList<QueuedSave>(nameOf(playerId))
  const change = (playerId: string, edit: (queue: QueuedSave[]) => QueuedSave[]) =>
    store.writeList(nameOf(playerId), edit(read(playerId)))

  function takeWaiters(operationId: string): Waiter[] {
    const waiting = waiters.get(operationId) ?? []
    waiters.delete(operationId)
    return waiting
  }

  function rejectWaiters(cause: unknown): void {
    const waiting = [...waiters.values()].flat()
    waiters.clear()
    for (const { reject } of waiting) reject(queuedBecause(cause))
  }

  /** The newest of a slot takes the place of one that has not been sent; its waiters come along. */
  function enqueue(playerId: string, operation: SaveOperation, waiter: Waiter): void {
    const queue = read(playerId)
    const at = queue.findIndex(({ slot, attempted }) => slot === operation.slot && !attempted)
    const replaced = queue[at]
    const base_version = operation.base_version ?? replaced?.base_version
    const queued: QueuedSave = {
      ...operation,
      ...(base_version === undefined ? {} : { base_version }),
      attempted: false,
    }
    queue.splice(at < 0 ? queue.length : at, at < 0 ? 0 : 1, queued)
    store.writeList(nameOf(playerId), queue)
    const earlier = replaced === undefined ? [] : takeWaiters(replaced.operation_id)
    waiters.set(operation.operation_id, [...earlier, waiter])
  }

  /** What follows in the slot was made on this device after `save`, hence on top of it. */
  function finish(playerId: string, sent: SaveOperation, save: Save | undefined): void {
    change(playerId, queue =>
      queue
        .filter(({ operation_id }) => operation_id !== sent.operation_id)
        .map(entry =>
          save !== undefined && entry.slot === sent.slot
            ? { ...entry, base_version: save.version }
            : entry,
        ),
    )
  }

  async function sendFirst(playerId: string, head: QueuedSave): Promise<void> {
    let sent: SaveOperation = head
    const replaceHead = (next: SaveOperation) => {
      change(playerId, queue =>
        queue.map(entry =>
          entry.operation_id === sent.operation_id ? { ...next, attempted: true } : entry,
        ),
      )
      waiters.set(next.operation_id, takeWaiters(sent.operation_id))
      sent = next
    }
    replaceHead(head)
    const { attempted: _attempted, ...operation } = head
    const merge = waiters.get(head.operation_id)?.at(-1)?.merge
    try {
      const save = await writer.write(playerId, operation, merge, replaceHead)
      finish(playerId, sent, save)
      const waiting = takeWaiters(sent.operation_id)
      if (waiting.length === 0) parts.onSaved(save)
      for (const { resolve } of waiting) resolve(save)
    } catch (thrown) {
      const error = asAeThexError(thrown)
      if (mayPassLater(error)) throw error
      finish(playerId, sent, undefined)
      const waiting = takeWaiters(sent.operation_id)
      if (waiting.length === 0) parts.onRefused(sent, error)
      for (const { reject } of waiting) reject(error)
    }
  }

  async function drain(): Promise<void> {
    for (;;) {
      const playerId = sessions.read()?.user.id
      if (playerId === undefined) throw new AeThexError('not_signed_in', 'No player is signed in.')
      const head = read(playerId)[0]
      if (head === undefined) return rejectWaiters('Another tab has taken it over.')
      await sendFirst(playerId, head)
      failures = 0
    }
  }

  function giveUpForNow(thrown: unknown): void {
    const error = asAeThexError(thrown)
    rejectWaiters(error)
    if (!error.retryable) return
    const wait = delayBeforeRetry(failures++, parts.backoff, error.retry_after_ms)
    cancelTimer ??= later(wait, () => void flush())
  }

  function flush(): Promise<void> {
    cancelTimer?.()
    cancelTimer = undefined
    flushing ??= lock('saves', drain)
      .catch(giveUpForNow)
      .finally(() => {
        flushing = undefined
      })
    return flushing
  }

  const stopWatching = onOnline(() => void flush())

  return {
    flush,
    add: (playerId, operation, merge) =>
      new Promise((resolve, reject) => {
        enqueue(playerId, operation, { merge, resolve, reject })
        void flush().then(() => {
          // A flush that was just ending may have missed it.
          if (waiters.has(operation.operation_id)) void flush()
        })
      }),
    drop: (playerId, slot) => change(playerId, queue => queue.filter(entry => entry.slot !== slot)),
    close() {
      cancelTimer?.()
      stopWatching()
    },
  }
}
