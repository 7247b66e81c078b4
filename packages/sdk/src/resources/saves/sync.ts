import { type Backoff, delayBeforeRetry } from '../../core/backoff.js'
import { type AeThexError, asAeThexError, hasCode } from '../../core/error.js'
import { onIdleProcess, onOnline, onPageHide } from '../../core/page.js'
import type { SessionStore } from '../../core/session-store.js'
import { later } from '../../core/timer.js'
import type { ConflictChoice, ConflictPolicy } from './conflict.js'
import type { DeviceCopy } from './device-copy.js'
import type { createMeeting } from './meet-conflict.js'
import type { createSlotSender } from './send-slot.js'
import type { SlotPlace, Stuck } from './slot-place.js'
import { isDirty, type SlotRecord } from './slot-record.js'

interface SyncParts {
  copy: DeviceCopy
  sessions: SessionStore
  backoff: Backoff
  /** How long what changes is gathered before it is sent, in milliseconds. */
  delayMs: number
  placeOf(playerId: string, slot: string): SlotPlace
  send: ReturnType<typeof createSlotSender>
  decide: ReturnType<typeof createMeeting>['decide']
  policy(): ConflictPolicy
  /** An operation is stuck, and nobody waits for it. Answers with a choice, perhaps after a while. */
  onStuck(stuck: Stuck): Promise<ConflictChoice | undefined>
  onError(error: AeThexError): void
}

/** Sends in the background what waits on this device. */
export interface Sync {
  /** Something waits: it is sent soon, together with what comes meanwhile. */
  wake(): void
  /** Another tab has changed something, and sends it, unless it ends before that. */
  wakeForNeighbour(): void
  /** Sends what waits, also what was stuck; answers how many slots are left. Throws `storage_failed` when nobody can tell. */
  flush(): Promise<number>
  /** Decides a conflict that was left open; false when the slot has none. */
  decide(slot: string, choice: ConflictChoice): Promise<boolean>
  stuck(): readonly Stuck[]
  close(): void
}

/** A tab that has closed may have left something behind that it alone knew of. */
const neighbourMs = 15_000

const oldestFirst = (a: SlotRecord, b: SlotRecord) => (firstId(a) < firstId(b) ? -1 : 1)
const firstId = ({ operations }: SlotRecord) => operations[0]?.operation_id ?? ''

export function createSync(parts: SyncParts): Sync {
  const { copy, sessions } = parts
  const stuckIn = new Map<string, Stuck & { isAsking: boolean }>()
  let draining: Promise<void> | undefined
  let timer: { dueAt: number; cancel(): void } | undefined
  let failures = 0
  let hasNews = false
  let isClosed = false

  const nameOf = ({ playerId, slot }: SlotPlace) => `${playerId}/${slot}`
  const signedIn = () => sessions.read()?.user.id

  function isWaitingForSomebody(at: SlotPlace, { operations }: SlotRecord): boolean {
    const stuck = stuckIn.get(nameOf(at))
    if (stuck === undefined) return false
    // What the game has saved since is another operation, and may fare better.
    return stuck.isAsking || stuck.operation.operation_id === operations[0]?.operation_id
  }

  function park(stuck: Stuck): void {
    const name = nameOf(stuck.at)
    const parked = { ...stuck, isAsking: true }
    stuckIn.set(name, parked)
    void parts
      .onStuck(stuck)
      .then(async choice => {
        parked.isAsking = false
        if (choice !== undefined && stuckIn.get(name) === parked) await settle(parked, choice)
      })
      .catch(thrown => parts.onError(asAeThexError(thrown)))
      .finally(() => {
        parked.isAsking = false
        wake()
      })
  }

  async function settle(stuck: Stuck, choice: ConflictChoice): Promise<void> {
    await parts.decide(stuck, choice, parts.policy())
    stuckIn.delete(nameOf(stuck.at))
    wake()
  }

  async function dirtyRecords(playerId: string): Promise<SlotRecord[]> {
    const records = await copy.records(playerId)
    return records.filter(isDirty).sort(oldestFirst)
  }

  async function drainOnce(isLast: boolean): Promise<void> {
    const playerId = signedIn()
    if (playerId === undefined) return
    for (const record of await dirtyRecords(playerId)) {
      const at = parts.placeOf(playerId, record.slot)
      if (isClosed || isWaitingForSomebody(at, record)) continue
      stuckIn.delete(nameOf(at))
      const stuck = await parts.send(at, isLast)
      failures = 0
      if (stuck !== undefined) park(stuck)
    }
  }

  function retryLater(thrown: unknown): void {
    const error = asAeThexError(thrown)
    if (!error.retryable) {
      // A sign-in, or the next run, goes on.
      const isQuiet = error.status === 401 || hasCode(error, 'not_signed_in', 'closed')
      if (!isQuiet) parts.onError(error)
      return
    }
    schedule(delayBeforeRetry(failures++, parts.backoff, error.retry_after_ms))
  }

  /** One at a time; what comes up meanwhile is looked at again before it ends. */
  function drain(isLast = false): Promise<void> {
    timer?.cancel()
    timer = undefined
    hasNews = true
    draining ??= (async () => {
      while (hasNews && !isClosed) {
        hasNews = false
        await drainOnce(isLast)
      }
    })()
      .catch(retryLater)
      .finally(() => {
        draining = undefined
      })
    return draining
  }

  function schedule(ms: number): void {
    const dueAt = Date.now() + ms
    if (isClosed || (timer !== undefined && timer.dueAt <= dueAt)) return
    timer?.cancel()
    timer = { dueAt, cancel: later(ms, () => void drain()) }
  }

  function wake(): void {
    // What is saved while the network is away does not shorten the pause before the next try.
    if (failures === 0 || timer === undefined) schedule(parts.delayMs)
  }

  async function flush(isLast = false): Promise<number> {
    for (const [name, { isAsking }] of stuckIn) if (!isAsking) stuckIn.delete(name)
    await drain(isLast)
    const playerId = signedIn()
    return playerId === undefined ? 0 : (await dirtyRecords(playerId)).length
  }

  const stops = [
    onOnline(() => void drain()),
    onPageHide(() => void drain(true)),
    onIdleProcess(() => {
      // Once for what waits: what cannot be sent must not keep the process alive for ever.
      if (timer !== undefined && failures === 0) void drain(true)
    }),
    sessions.onChange(user => {
      if (user !== null) void drain()
    }),
  ]
  void drain()

  return {
    wake,
    wakeForNeighbour: () => schedule(neighbourMs),
    flush: () => flush(),
    async decide(slot, choice) {
      const stuck = stuckIn.get(`${signedIn()}/${slot}`)
      if (stuck?.sides === undefined) return false
      await settle(stuck, choice)
      return true
    },
    stuck: () => [...stuckIn.values()].filter(({ at }) => at.playerId === signedIn()),
    close() {
      isClosed = true
      timer?.cancel()
      for (const stop of stops) stop()
    },
  }
}
