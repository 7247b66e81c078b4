import { AeThexError, asAeThexError } from '../../core/error.js'
import { uuidv7 } from '../../core/uuid.js'
import type { ConflictPolicy, Merge } from './conflict.js'
import type { Content } from './content.js'
import type { DeviceCopy } from './device-copy.js'
import type { Hands } from './hands.js'
import type { Save, SaveFacts } from './save.js'
import type { createSlotSender } from './send-slot.js'
import { mayPassLater } from './send-slot.js'
import type { SlotPlace, Stuck } from './slot-place.js'
import { type ContentRef, type Operation, withOperation } from './slot-record.js'
import { createTurns } from './store/in-turn.js'
import type { TransferOptions } from './transfer.js'
import type { Waiters } from './waiters.js'

/** What a game wants written: a content, or with null the end of the slot. */
export interface Wish {
  content: Content | null
  facts: SaveFacts
  base_version?: number | undefined
  merge?: Merge | undefined
  transfer?: TransferOptions | undefined
}

/** Where a write has got to: in the cloud, or on this device. */
export type Done =
  | { synced: true; save: Save | undefined }
  | { synced: false; operation: Operation }

interface WriterParts {
  copy: DeviceCopy
  hands: Hands
  waiters: Waiters
  send: ReturnType<typeof createSlotSender>
  policy(): ConflictPolicy
  /** Asks whoever the policy names, and carries the answer out; false when nobody decides. */
  ask(stuck: Stuck, policy: ConflictPolicy): Promise<boolean>
}

const queuedBecause = (cause: unknown) =>
  new AeThexError('queued', 'This device cannot keep the save; it stays in memory to be sent.', {
    retryable: true,
    cause,
  })

/** Takes writes of the game: onto the device first, then to the server. */
export function createSlotWriter(parts: WriterParts) {
  const { copy, hands, waiters, send } = parts
  const inTurn = createTurns()

  async function add(at: SlotPlace, wish: Wish, operation_id: string, whenUnknown: 0 | null) {
    const { record, lasts } = await copy.change(at.playerId, at.slot, async (before, put) => {
      const made: ContentRef | null = wish.content && (await put(wish.content))
      const base = {
        explicit: wish.base_version ?? hands.staleBase(at, before),
        whenUnknown: hands.listed(at) ?? whenUnknown,
      }
      const made_at = new Date().toISOString()
      const { facts } = wish
      const operation = { operation_id, content: made, made, facts, made_at }
      const after = withOperation(before, operation, base)
      const left = new Set(after.operations.map(each => each.operation_id))
      const gone = before.operations.find(each => !left.has(each.operation_id))
      if (gone !== undefined) waiters.move(gone.operation_id, operation_id)
      return after
    })
    const added = record.operations.find(each => each.operation_id === operation_id)
    if (added === undefined) throw new AeThexError('sdk_failure', 'The save was not kept.')
    hands.take(at, { id: added.made?.id ?? null, version: null })
    return { operation: added, lasts }
  }

  /** Takes an operation back that was surely not carried out. */
  async function takeBack(at: SlotPlace, id: string, isRefused: boolean): Promise<void> {
    const record = await at.change(before => ({
      ...before,
      operations: before.operations.filter(
        each => each.operation_id !== id || (each.attempted && !isRefused),
      ),
    }))
    hands.fallBack(at, record)
  }

  /** Sends until the operation is through; throws what became of it otherwise. */
  async function sendNow(at: SlotPlace, id: string): Promise<void> {
    for (;;) {
      const stuck = await send(at)
      if (stuck === undefined) break
      const isDecided = stuck.sides !== undefined && (await parts.ask(stuck, parts.policy()))
      if (!isDecided) throw stuck.error
    }
    // Another tab has sent it.
    const { head } = await at.read()
    waiters.resolve(id, head.save ?? undefined)
  }

  /** Straight to the server: it is through, or the call fails. What may have arrived all the same stays, to be asked about. */
  const writeDirectly = (at: SlotPlace, wish: Wish): Promise<Done> =>
    inTurn(`${at.playerId}/${at.slot}`, async () => {
      const id = uuidv7()
      const through = waiters.add(id, wish)
      try {
        await add(at, wish, id, null)
        await sendNow(at, id)
        return { synced: true, save: await through }
      } catch (thrown) {
        const error = asAeThexError(thrown)
        await takeBack(at, waiters.idNow(id), !mayPassLater(error))
        throw error
      } finally {
        waiters.drop(id)
      }
    })

  /** Onto this device. Where nothing lasts on it, only the server's word is a success. */
  async function writeLocally(at: SlotPlace, wish: Wish, wake: () => void): Promise<Done> {
    const id = uuidv7()
    const through = waiters.add(id, wish)
    const whenUnknown = wish.content === null ? null : 0
    const { operation, lasts } = await add(at, wish, id, whenUnknown).catch(thrown => {
      waiters.drop(id)
      throw thrown
    })
    if (lasts) {
      waiters.release(id)
      wake()
      return { synced: false, operation }
    }
    try {
      await sendNow(at, id)
      return { synced: true, save: await through }
    } catch (thrown) {
      const error = asAeThexError(thrown)
      wake()
      if (mayPassLater(error)) throw queuedBecause(error)
      await takeBack(at, waiters.idNow(id), true)
      throw error
    } finally {
      waiters.drop(id)
    }
  }

  return { writeDirectly, writeLocally }
}
