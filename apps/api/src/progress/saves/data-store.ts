import type { Blobs } from '@aethex/shared/blobs'
import { type Db, statement } from '@aethex/shared/db'
import { type VersionRow, versionColumns } from './store.js'

const all = statement<VersionRow>(
  'saves.all_versions',
  `SELECT ${versionColumns} FROM save_version v
   WHERE v.environment_id = $1 AND v.player_id = $2 ORDER BY v.save_id, v.version`,
)
const removeVersions = statement<{ version: number }>(
  'saves.remove_versions',
  'DELETE FROM save_version WHERE environment_id = $1 AND player_id = $2 RETURNING version',
)
const removePacks = statement<{ pack_id: string }>(
  'saves.remove_packs',
  'DELETE FROM save_pack WHERE environment_id = $1 AND player_id = $2 RETURNING pack_id',
)
const removeOperations = statement<{ save_id: string }>(
  'saves.remove_operations',
  'DELETE FROM save_operation WHERE environment_id = $1 AND player_id = $2 RETURNING save_id',
)
const removeDeleted = statement<{ save_id: string }>(
  'saves.remove_deleted',
  'DELETE FROM deleted_save WHERE environment_id = $1 AND player_id = $2 RETURNING save_id',
)
const removeSlots = statement<{ save_id: string }>(
  'saves.remove_slots',
  'DELETE FROM save_slot WHERE environment_id = $1 AND player_id = $2 RETURNING save_id',
)

export const allVersions = (environmentId: string, db: Db, playerId: string) =>
  db.all(all, [environmentId, playerId])

/** Answers how many rows there were, by table. */
export async function removeSaves(environmentId: string, tx: Db, playerId: string) {
  const player = [environmentId, playerId]
  const save_version = (await tx.all(removeVersions, player)).length
  const save_pack = (await tx.all(removePacks, player)).length
  const save_operation = (await tx.all(removeOperations, player)).length
  const deleted_save = (await tx.all(removeDeleted, player)).length
  const save_slot = (await tx.all(removeSlots, player)).length
  return { save_version, save_pack, save_operation, deleted_save, save_slot }
}

/** Removes the bytes of all versions, those that no row points at included; answers how many objects there were. */
export async function removeObjects(
  environmentId: string,
  blobs: Blobs,
  playerId: string,
): Promise<number> {
  let removed = 0
  for await (const keys of blobs.list(`saves/${environmentId}/${playerId}/`)) {
    await blobs.remove(keys)
    removed += keys.length
  }
  return removed
}
