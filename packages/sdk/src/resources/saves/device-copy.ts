import { AeThexError } from '../../core/error.js'
import { uuidv7 } from '../../core/uuid.js'
import type { Content } from './content.js'
import { type ContentRef, contentIds, emptyRecord, type SlotRecord } from './slot-record.js'
import type { SteadyStore } from './store/steady-store.js'

/** Puts a content into the store of the device, ahead of the record that names it. */
export type Put = (content: Content) => Promise<ContentRef>

/** The slots of players as this device has them. What the device cannot read throws `storage_failed` (retryable). */
export interface DeviceCopy {
  read(playerId: string, slot: string): Promise<SlotRecord>
  /**
   * Changes a slot, alone among all tabs; the answer `undefined` leaves it as it is. `lasts` is false when the device
   * did not take it, and it lives in memory.
   */
  change(
    playerId: string,
    slot: string,
    edit: (
      record: SlotRecord,
      put: Put,
    ) => SlotRecord | undefined | Promise<SlotRecord | undefined>,
  ): Promise<{ record: SlotRecord; lasts: boolean }>
  content(playerId: string, slot: string, ref: ContentRef | null): Promise<Content | undefined>
  records(playerId: string): Promise<SlotRecord[]>
  /** One at a time sends the operations of a slot, among all tabs. */
  alone<T>(playerId: string, slot: string, work: () => Promise<T>): Promise<T>
}

const recordName = 'record'

function parseRecord(bytes: Uint8Array): SlotRecord {
  const record: SlotRecord = JSON.parse(new TextDecoder().decode(bytes))
  if (record.format === 1) return record
  const message = 'The save on this device was written by a newer version of the game.'
  throw new AeThexError('storage_failed', message)
}

export function createDeviceCopy(store: SteadyStore): DeviceCopy {
  const swept = new Set<string>()
  const keyOf = (playerId: string, slot: string, name: string) => `${playerId}/${slot}/${name}`

  async function read(playerId: string, slot: string): Promise<SlotRecord> {
    const bytes = await store.read(keyOf(playerId, slot, recordName))
    return bytes === undefined ? emptyRecord(slot) : parseRecord(bytes)
  }

  /** What an earlier run has put and never named, because it ended in between. */
  async function sweep(playerId: string, record: SlotRecord): Promise<void> {
    const prefix = keyOf(playerId, record.slot, '')
    if (swept.has(prefix)) return
    // Without a list there is nothing to sweep; the next change tries again.
    const keys = await store.keys(prefix).catch(() => undefined)
    if (keys === undefined) return
    swept.add(prefix)
    const named = new Set([recordName, ...contentIds(record), ...record.kept])
    for (const key of keys) {
      if (!named.has(key.slice(prefix.length))) await store.remove(key)
    }
  }

  async function write(
    playerId: string,
    before: SlotRecord,
    after: SlotRecord,
    mayLast: boolean,
  ): Promise<boolean> {
    const { slot } = before
    const ids = contentIds(after)
    const old = contentIds(before)
    const record = { ...after, kept: [...old].filter(id => !ids.has(id)) }
    const bytes = new TextEncoder().encode(JSON.stringify(record))
    const lasts = await store.write(keyOf(playerId, slot, recordName), bytes, mayLast)
    // Without room the record on the device stays the old one, and so does what it names.
    for (const id of lasts ? before.kept : []) {
      if (!ids.has(id) && !old.has(id)) await store.remove(keyOf(playerId, slot, id))
    }
    return lasts
  }

  return {
    read,
    alone: (playerId, slot, work) => store.lock(`send.${playerId}.${slot}`, work),
    change: (playerId, slot, edit) =>
      store.lock(`change.${playerId}.${slot}`, async () => {
        const before = await read(playerId, slot)
        await sweep(playerId, before)
        let mayLast = true
        const after = await edit(before, async ({ bytes, content_type }) => {
          const id = uuidv7()
          mayLast = (await store.write(keyOf(playerId, slot, id), bytes)) && mayLast
          return { id, content_type, size: bytes.length }
        })
        if (after === undefined) return { record: before, lasts: true }
        const lasts = await write(playerId, before, after, mayLast)
        store.tell(`${playerId}/${slot}`)
        return { record: after, lasts }
      }),
    async content(playerId, slot, ref) {
      if (ref === null) return undefined
      const bytes = await store.read(keyOf(playerId, slot, ref.id))
      return bytes && { content_type: ref.content_type, bytes: new Uint8Array(bytes) }
    },
    async records(playerId) {
      const keys = await store.keys(`${playerId}/`)
      const slots = keys.flatMap(key => {
        const [, slot, name] = key.split('/')
        return name === recordName && slot !== undefined ? [slot] : []
      })
      return Promise.all(slots.map(slot => read(playerId, slot)))
    },
  }
}
