import type { LocalSave, Save } from './save.js'
import { isDirty, type Operation, type SlotRecord } from './slot-record.js'

/** A save that waits on this device, as a list shows it. */
export const localSaveOf = (slot: string, { facts, content, made_at }: Operation): LocalSave => ({
  metadata: {},
  ...facts,
  save_id: slot,
  version: null,
  size: content?.size ?? 0,
  content_type: content?.content_type ?? '',
  updated_at: made_at,
  deleted: false,
})

/** The slots of this device as a list shows them; nothing for those that are deleted. */
export function localList(records: readonly SlotRecord[]): (Save | LocalSave)[] {
  return records.flatMap(record => {
    const last = record.operations.at(-1)
    if (last === undefined) return record.head.save ?? []
    return last.content === null ? [] : localSaveOf(record.slot, last)
  })
}

/** The server's list with what waits on this device in its place; what only this device has comes first. */
export function withLocal(
  items: readonly Save[],
  records: readonly SlotRecord[],
  isFirstPage: boolean,
): (Save | LocalSave)[] {
  const dirty = records.filter(isDirty)
  const touched = new Set(dirty.map(({ slot }) => slot))
  const known = new Set(items.map(({ save_id }) => save_id))
  const local = new Map(localList(dirty).map(save => [save.save_id, save]))
  const added = [...local.values()].filter(({ save_id }) => isFirstPage && !known.has(save_id))
  const shown = items.flatMap(save =>
    touched.has(save.save_id) ? (local.get(save.save_id) ?? []) : save,
  )
  return [...added, ...shown]
}
