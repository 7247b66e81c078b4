import type { Blobs } from '@aethex/shared/blobs'
import { type Db, statement } from '@aethex/shared/db'
import type { VersionRow } from './store.js'

const all = statement<VersionRow>(
  'saves.all_versions',
  `SELECT save_id, version, deleted, hash, size, encoding, metadata, created_at FROM save_version
   WHERE environment_id = $1 AND player_id = $2 ORDER BY save_id, version`,
)
const removeVersions = statement<{ version: number }>(
  'saves.remove_versions',
  'DELETE FROM save_version WHERE environment_id = $1 AND player_id = $2 RETURNING version',
)
const removeSlots = statement<{ save_id: string }>(
  'saves.remove_slots',
  'DELETE FROM save_slot WHERE environment_id = $1 AND player_id = $2 RETURNING save_id',
)

export const allVersions = (environmentId: string, db: Db, playerId: string) =>
  db.all(all, [environmentId, playerId])

/** Answers how many rows there were, by table. */
export async function removeSaves(environmentId: string, tx: Db, playerId: string) {
  const save_version = (await tx.all(removeVersions, [environmentId, playerId])).length
  const save_slot = (await tx.all(removeSlots, [environmentId, playerId])).length
  return { save_version, save_slot }
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
