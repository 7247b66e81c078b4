import { type Db, statement } from '@aethex/shared/db'
import type { DatedVersion } from './retention.js'
import { type VersionRow, versionColumns } from './store.js'

const slotKey = 'environment_id = $1 AND player_id = $2 AND save_id = $3'

const lockSlot = statement<{ head_version: number; deleted: boolean; updated_at: Date }>(
  'saves.lock_slot',
  `SELECT head_version, deleted, updated_at FROM save_slot WHERE ${slotKey} FOR UPDATE`,
)
const dated = statement<DatedVersion & { deleted: boolean }>(
  'saves.dated',
  `SELECT version, created_at, pinned, deleted FROM save_version WHERE ${slotKey} ORDER BY version DESC`,
)
const forget = statement<{ version: number }>(
  'saves.forget',
  `DELETE FROM save_version WHERE ${slotKey} AND version = ANY($4::int[]) RETURNING version`,
)
// Each version's packs are looked through once. A pack that a write is about to build on is locked by it: it is left for
// another time.
const dropPacks = statement<{ pack_id: string; stored_size: number }>(
  'saves.drop_packs',
  `WITH unused AS (
     SELECT pack_id FROM save_pack WHERE ${slotKey} AND pack_id NOT IN (
       SELECT unnest(v.packs) FROM save_version v
       WHERE v.environment_id = $1 AND v.player_id = $2 AND v.save_id = $3) FOR UPDATE SKIP LOCKED)
   DELETE FROM save_pack WHERE environment_id = $1 AND player_id = $2 AND pack_id IN (SELECT pack_id FROM unused)
   RETURNING pack_id, stored_size`,
)
const lessKept = statement<never>(
  'saves.less_kept',
  'UPDATE save_usage SET kept_bytes = greatest(kept_bytes - $3, 0) WHERE environment_id = $1 AND player_id = $2',
)
// Of those that are pinned already one more counts nothing.
const pin = statement<VersionRow>(
  'saves.pin',
  `UPDATE save_version v SET pinned = true WHERE ${slotKey} AND version = $4 AND NOT deleted
     AND (pinned OR (SELECT count(*) FROM save_version WHERE ${slotKey} AND pinned) < $5)
   RETURNING ${versionColumns}`,
)
const unpin = statement<VersionRow>(
  'saves.unpin',
  `UPDATE save_version v SET pinned = false WHERE ${slotKey} AND version = $4 AND NOT deleted
   RETURNING ${versionColumns}`,
)
const lastLiving = statement<{ version: number }>(
  'saves.last_living',
  `SELECT version FROM save_version WHERE ${slotKey} AND NOT deleted ORDER BY version DESC LIMIT 1`,
)

/** Keeps the slot as it is until the transaction ends. */
export const holdSlot = (environmentId: string, tx: Db, playerId: string, saveId: string) =>
  tx.one(lockSlot, [environmentId, playerId, saveId])

export const datedVersions = (environmentId: string, db: Db, playerId: string, saveId: string) =>
  db.all(dated, [environmentId, playerId, saveId])

/**
 * Removes versions of a slot that is held, and the packs that no other version is made of. Answers those packs: their
 * objects may be removed once the transaction has committed.
 */
export async function forgetVersions(
  environmentId: string,
  tx: Db,
  playerId: string,
  { saveId, versions }: { saveId: string; versions: readonly number[] },
): Promise<string[]> {
  await tx.all(forget, [environmentId, playerId, saveId, versions])
  const dropped = await tx.all(dropPacks, [environmentId, playerId, saveId])
  const bytes = dropped.reduce((sum, { stored_size }) => sum + stored_size, 0)
  if (bytes > 0) await tx.one(lessKept, [environmentId, playerId, bytes])
  return dropped.map(({ pack_id }) => pack_id)
}

interface OneVersion {
  saveId: string
  version: number
}

/** Pins a version of a slot that is held; undefined when there is none, or `most` are pinned already. */
export const pinVersion = (
  environmentId: string,
  tx: Db,
  playerId: string,
  { saveId, version, most }: OneVersion & { most: number },
) => tx.one(pin, [environmentId, playerId, saveId, version, most])

export const unpinVersion = (
  environmentId: string,
  tx: Db,
  playerId: string,
  { saveId, version }: OneVersion,
) => tx.one(unpin, [environmentId, playerId, saveId, version])

/** The newest version of a slot that is no tombstone. */
export const lastLivingVersion = async (
  environmentId: string,
  db: Db,
  playerId: string,
  saveId: string,
) => (await db.one(lastLiving, [environmentId, playerId, saveId]))?.version
