import { AeThexError, asAeThexError } from '../../core/error.js'
import { isOffline } from '../../core/page.js'
import { type Content, dataOf } from './content.js'
import type { DeviceCopy } from './device-copy.js'
import type { Hands } from './hands.js'
import { localSaveOf } from './local-save.js'
import type { Loaded, LoadedFrom } from './save.js'
import { mayPassLater } from './send-slot.js'
import { headOf, type SlotPlace } from './slot-place.js'
import { asSeen, isDirty, isSeen, type SlotRecord, workingContent } from './slot-record.js'
import type { TransferOptions } from './transfer.js'
import type { Reading, SaveWire } from './wire.js'

interface LoaderParts {
  copy: DeviceCopy
  wire: SaveWire
  hands: Hands
}

/** The device has something newer than the server: what waits here, or what a server that was set back has lost. */
function isBehind(reading: Reading, { head }: SlotRecord): boolean {
  if (reading.is === 'found') return reading.save.version < (head.version ?? 0)
  return reading.is === 'gone' && reading.version === 0 && head.content !== null
}

const isNews = (reading: Reading, record: SlotRecord) =>
  reading.is !== 'same' && !isDirty(record) && !isBehind(reading, record)

/** Gets slots for the game, from the server and from this device. */
export function createSlotLoader({ copy, wire, hands }: LoaderParts) {
  /** Asks the server, and keeps what it says unless something waits here. */
  async function refresh(
    at: SlotPlace,
    record: SlotRecord,
    transfer: TransferOptions = {},
  ): Promise<Reading> {
    const { version, save, content } = record.head
    const reading = await wire.read(at.playerId, at.slot, {
      known: content === null ? null : save,
      // A file that was too large to be kept here has nothing that could stand in for it.
      isImpatient: version !== null && (content !== null || save === null),
      transfer,
    })
    if (isNews(reading, record)) {
      await at.change(async (before, put) =>
        isNews(reading, before)
          ? { ...before, head: await headOf(reading, before, put) }
          : undefined,
      )
    }
    return reading
  }

  /** Gives the copy of this device into the hands of the game. */
  async function hand<T>(
    at: SlotPlace,
    from: LoadedFrom,
    content?: Content,
  ): Promise<Loaded<T> | undefined> {
    const record = await at.change(before => (isSeen(before) ? undefined : asSeen(before)))
    hands.fallBack(at, record)
    const found = content ?? (await copy.content(at.playerId, at.slot, workingContent(record)))
    if (found === undefined) return undefined
    const last = record.operations.at(-1)
    const save = last === undefined ? record.head.save : localSaveOf(at.slot, last)
    // Nothing checks that it is a T: the game knows what it has saved.
    return save === null ? undefined : { save, data: dataOf(found) as T, from }
  }

  const notThere = (slot: string) =>
    new AeThexError('not_found', `There is nothing in the slot ${slot}.`, { status: 404 })

  return {
    refresh,
    /** The newer of the server's version and this device's. Offline, and while something waits here, it is the device's. */
    async loadNewest<T>(at: SlotPlace, transfer?: TransferOptions): Promise<Loaded<T>> {
      const record = await at.read()
      // That a slot is empty is known as well as what is in one.
      const { version, save, content } = record.head
      const hasCopy = isDirty(record) || (version !== null && (content !== null || save === null))
      let from: LoadedFrom = 'device'
      let error = notThere(at.slot)
      if (!isDirty(record) && !(hasCopy && isOffline())) {
        try {
          const reading = await refresh(at, record, transfer)
          if (!isBehind(reading, record)) from = 'server'
          if (reading.is === 'gone') error = reading.error
        } catch (thrown) {
          if (!hasCopy || !mayPassLater(asAeThexError(thrown))) throw thrown
        }
      }
      const loaded = await hand<T>(at, from)
      if (loaded === undefined) throw error
      return loaded.save.version === null ? { ...loaded, from: 'device' } : loaded
    },
    /** What the server has, and nothing else. */
    async loadFromServer<T>(at: SlotPlace, transfer: TransferOptions = {}): Promise<Loaded<T>> {
      const reading = await wire.read(at.playerId, at.slot, { transfer })
      await at.change(async (before, put) => ({
        ...before,
        head: await headOf(reading, before, put),
      }))
      const loaded = await hand<T>(
        at,
        'server',
        reading.is === 'found' ? reading.content : undefined,
      )
      if (reading.is === 'gone') throw reading.error
      if (loaded === undefined) throw notThere(at.slot)
      return loaded
    },
  }
}
