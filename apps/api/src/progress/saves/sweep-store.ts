import type { Blobs, DatedKey } from '@aethex/shared/blobs'
import { type Db, statement } from '@aethex/shared/db'

export interface DeletedSlot {
  environment_id: string
  player_id: string
  save_id: string
  deleted_at: Date
}

// Jobs of the house go over all tenants.
const deletedBefore = statement<DeletedSlot>(
  'saves.deleted_before',
  `SELECT environment_id, player_id, save_id, deleted_at FROM deleted_save
   WHERE deleted_at < $1 AND (deleted_at, save_id) > ($2, $3) ORDER BY deleted_at, save_id LIMIT $4`,
)
const done = statement<{ save_id: string }>(
  'saves.forget_deleted',
  `DELETE FROM deleted_save WHERE environment_id = $1 AND player_id = $2 AND save_id = $3 AND deleted_at <= $4
   RETURNING save_id`,
)
const oldOperations = statement<{ operation: string }>(
  'saves.forget_operations',
  `DELETE FROM save_operation WHERE (environment_id, player_id, operation) IN (
     SELECT environment_id, player_id, operation FROM save_operation WHERE created_at < $1 LIMIT $2)
   RETURNING operation`,
)
const known = statement<{ pack_id: string }>(
  'saves.known_packs',
  `SELECT pack_id FROM save_pack WHERE environment_id = $1 AND player_id = $2 AND pack_id = ANY($3::uuid[])
   UNION ALL
   SELECT pack_id FROM save_upload_pack
   WHERE environment_id = $1 AND player_id = $2 AND pack_id = ANY($3::uuid[])`,
)

/** Deleted slots by the time of their end, after one of them. */
export const listDeletedBefore = (
  before: Date,
  db: Db,
  after: { deletedAt: Date; saveId: string },
  limit: number,
) => db.all(deletedBefore, [before, after.deletedAt, after.saveId, limit])

/** Undefined when the slot was deleted anew meanwhile. */
export const forgetDeleted = (
  environmentId: string,
  tx: Db,
  { player_id, save_id, deleted_at }: DeletedSlot,
) => tx.one(done, [environmentId, player_id, save_id, deleted_at])

/** Forgets the keys of writes before that time, so many at once; answers how many there were. */
export const forgetOperations = async (before: Date, db: Db, limit: number) =>
  (await db.all(oldOperations, [before, limit])).length

/** Which of these packs of a player have a row, of a version or of an upload that goes on. */
export const knownPacks = async (
  environmentId: string,
  db: Db,
  playerId: string,
  packIds: readonly string[],
) =>
  new Set((await db.all(known, [environmentId, playerId, packIds])).map(({ pack_id }) => pack_id))

const folder = 'saves/'

/** The keys of all packs in the object store, in pages. */
export const listPackKeys = (blobs: Blobs, prefix = ''): AsyncIterable<DatedKey[]> =>
  blobs.listDated(folder + prefix)

export const removeKeys = (blobs: Blobs, keys: readonly string[]): Promise<void> =>
  blobs.remove(keys)

const packKey = /^saves\/([0-9a-f-]{36})\/([0-9a-f-]{36})\/([0-9a-f-]{36})$/

/** Whose pack lies under a key; undefined for a key of another kind. */
export function partsOfKey(key: string) {
  const [, environmentId, playerId, packId] = packKey.exec(key) ?? []
  if (environmentId === undefined || playerId === undefined || packId === undefined)
    return undefined
  return { environmentId, playerId, packId }
}
