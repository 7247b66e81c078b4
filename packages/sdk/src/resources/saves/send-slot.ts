import { AeThexError, asAeThexError, hasCode } from '../../core/error.js'
import { type ConflictPolicy, isDecidedByServer } from './conflict.js'
import type { Content } from './content.js'
import { createMeeting } from './meet-conflict.js'
import { headOf, type SlotParts, type SlotPlace, type Stuck } from './slot-place.js'
import type { Operation } from './slot-record.js'
import { withFirst, withFirstDone, withoutFirst } from './slot-record.js'
import type { Written } from './wire.js'

/** A slot that others write all the time must not keep a game merging for ever. */
const mostMeetings = 8

/** Waiting may help: the network, the server's health, the player's being signed out. */
export const mayPassLater = (error: AeThexError) =>
  error.retryable || error.status === 401 || hasCode(error, 'not_signed_in', 'closed')

const baseOf = ({ met, base }: Operation): number | null => {
  if (met !== undefined) return met.version
  return base === 'previous' ? null : base.version
}

/** What the server is to do about a newer version; undefined: as the studio has set it. */
function wishOf(policy: ConflictPolicy, isOwnAncestor: boolean): Operation['on_conflict'] {
  const { merge, onConflict, strategy } = policy
  if (merge === undefined && isDecidedByServer(strategy)) return { strategy }
  const isDecidedHere = (merge ?? onConflict ?? strategy) !== undefined
  return isDecidedHere || isOwnAncestor ? { strategy: 'refuse' } : undefined
}

/** Sends what waits in slots. */
export function createSlotSender(parts: SlotParts) {
  const { copy, wire, listener } = parts
  const meet = createMeeting(parts)

  /** From here on it may reach the server: it keeps its id, and its body to the letter. */
  async function markAttempted(at: SlotPlace, waiting: Operation): Promise<Operation | undefined> {
    if (waiting.attempted) return waiting
    const record = await at.changeFirst(waiting, record => {
      const wish =
        waiting.on_conflict ?? wishOf(listener.policyFor(waiting), record.seen.isOwn === true)
      const marked = { attempted: true, ...(wish === undefined ? {} : { on_conflict: wish }) }
      return withFirst(record, marked)
    })
    const first = record.operations[0]
    return first?.operation_id === waiting.operation_id ? first : undefined
  }

  async function settleBranch(
    at: SlotPlace,
    operation: Operation,
    { save }: Written,
    content: Content,
  ) {
    const branch = parts.placeOf(at.playerId, save.save_id)
    // The branch first: after a crash in between, the same operation is answered alike.
    const kept = await branch.change(async (record, put) => {
      const head = { version: save.version, save, content: await put(content) }
      return { ...record, head, seen: { version: head.version, content: head.content } }
    })
    const reading = await wire.read(at.playerId, at.slot)
    const main = await at.changeFirst(operation, async (record, put) => ({
      ...withoutFirst(record),
      head: await headOf(reading, record, put),
    }))
    listener.onChanged(at, main)
    listener.onChanged(branch, kept)
  }

  /** The server has settled a conflict by itself, so that it has another content than was sent. */
  async function settleOther(at: SlotPlace, operation: Operation, { save, resolution }: Written) {
    const isMerged = resolution?.outcome === 'merged'
    const options = isMerged ? { version: save.version } : {}
    const reading = await wire.read(at.playerId, at.slot, options)
    const settled = await at.changeFirst(operation, async (record, put) => {
      const head = await headOf(reading, record, put)
      return isMerged ? withFirstDone(record, head) : { ...withoutFirst(record), head }
    })
    listener.onChanged(at, settled)
  }

  async function finish(at: SlotPlace, operation: Operation, written: Written, content: Content) {
    const outcome = written.resolution?.outcome ?? 'mine'
    if (outcome === 'branched') return settleBranch(at, operation, written, content)
    if (outcome !== 'mine') return settleOther(at, operation, written)
    const { save } = written
    const head = { version: save.version, save, content: operation.content }
    const done = await at.changeFirst(operation, record => withFirstDone(record, head))
    if (operation.made?.id !== operation.content?.id) listener.onChanged(at, done)
  }

  async function write(at: SlotPlace, operation: Operation, isLast: boolean): Promise<void> {
    const { playerId, slot } = at
    const content = await copy.content(playerId, slot, operation.content)
    if (content === undefined) {
      await at.changeFirst(operation, withoutFirst)
      const message = `What was to be saved in ${slot} is lost from this device.`
      throw new AeThexError('storage_failed', message)
    }
    const written = await wire.write(playerId, {
      operationId: operation.operation_id,
      slot,
      content,
      base: baseOf(operation),
      facts: { ...operation.facts, client_time: operation.made_at },
      on_conflict: operation.on_conflict,
      isLast,
      transfer: listener.transferFor(operation),
    })
    await finish(at, operation, written, content)
    listener.onSent(operation, written)
  }

  async function remove(at: SlotPlace, operation: Operation): Promise<void> {
    const base = baseOf(operation)
    const operationId = operation.operation_id
    await wire.remove(at.playerId, { operationId, slot: at.slot, base }).catch(thrown => {
      // Deleted before, or by the first try of this very call, whose answer was lost.
      if (!hasCode(thrown, 'not_found')) throw thrown
    })
    await meet.noteDeleted(at, operation, base === null ? null : base + 1)
  }

  async function carryOut(
    at: SlotPlace,
    operation: Operation,
    { meetings, isLast }: { meetings: number; isLast: boolean },
  ): Promise<Stuck | undefined> {
    try {
      if (operation.made === null) await remove(at, operation)
      else await write(at, operation, isLast)
      return undefined
    } catch (thrown) {
      const error = asAeThexError(thrown)
      if (mayPassLater(error)) throw error
      if (hasCode(error, 'save_conflict') && error.details.current !== undefined) {
        return meet.conflict(at, operation, error, meetings < mostMeetings)
      }
      return meet.refusal(at, operation, error)
    }
  }

  /**
   * Sends the operations of a slot, the oldest first, each once, alone among all tabs. Resolves when none is left or
   * one is stuck; rejects with what may pass later.
   */
  return (at: SlotPlace, isLast = false): Promise<Stuck | undefined> =>
    copy.alone(at.playerId, at.slot, async () => {
      for (let meetings = 0; ; meetings++) {
        const { operations } = await at.read()
        const [first] = operations
        if (first === undefined) return undefined
        const operation = await markAttempted(at, first)
        const stuck = operation && (await carryOut(at, operation, { meetings, isLast }))
        if (stuck !== undefined) return stuck
      }
    })
}
