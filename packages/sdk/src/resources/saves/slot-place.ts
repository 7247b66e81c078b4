import type { AeThexError } from '../../core/error.js'
import type { ConflictPolicy, ConflictSides } from './conflict.js'
import type { DeviceCopy, Put } from './device-copy.js'
import type { Head, Operation, SlotRecord } from './slot-record.js'
import type { TransferOptions } from './transfer.js'
import type { Reading, SaveWire, Written } from './wire.js'

type Edit = (
  record: SlotRecord,
  put: Put,
) => SlotRecord | undefined | Promise<SlotRecord | undefined>

/** A player's slot on this device. */
export interface SlotPlace {
  readonly playerId: string
  readonly slot: string
  read(): Promise<SlotRecord>
  change(edit: Edit): Promise<SlotRecord>
  /** Changes nothing when another operation is the first by now. */
  changeFirst(operation: Operation, edit: Edit): Promise<SlotRecord>
}

/** An operation that cannot go on by itself. */
export interface Stuck {
  at: SlotPlace
  operation: Operation
  error: AeThexError
  /** For a conflict that somebody has to decide. */
  sides?: ConflictSides
}

/** Who hears of what becomes of operations. */
export interface SendListener {
  /** What a conflict of the operation is settled by. */
  policyFor(operation: Operation): ConflictPolicy
  /** How the call that waits for it wants it sent. */
  transferFor(operation: Operation): TransferOptions
  /** `save` is missing for a deletion. */
  onSent(operation: Operation, written: Partial<Written>): void
  /** `next` goes instead of `old`: whoever waits for that waits for this. */
  onReplaced(old: Operation, next: Operation): void
  /** What the slot is by now is not what the game has in its hands. */
  onChanged(at: SlotPlace, record: SlotRecord): void
}

export interface SlotParts {
  copy: DeviceCopy
  wire: SaveWire
  listener: SendListener
  placeOf(playerId: string, slot: string): SlotPlace
}

export const createPlaces =
  (copy: DeviceCopy) =>
  (playerId: string, slot: string): SlotPlace => {
    const change = async (edit: Edit) => (await copy.change(playerId, slot, edit)).record
    return {
      playerId,
      slot,
      change,
      read: () => copy.read(playerId, slot),
      changeFirst: ({ operation_id }, edit) =>
        change((record, put) =>
          record.operations[0]?.operation_id === operation_id ? edit(record, put) : undefined,
        ),
    }
  }

/** What the server has, with its content put into the store of this device. */
export async function headOf(reading: Reading, { head }: SlotRecord, put: Put): Promise<Head> {
  if (reading.is === 'same') return head
  if (reading.is === 'gone') return { version: reading.version, save: null, content: null }
  const { save, content } = reading
  return { version: save.version, save, content: await put(content) }
}
