import { type Db, statement } from '@aethex/shared/db'

interface LiveSlot {
  save_id: string
  version: number
  size: number
  hash: Buffer
  updated_at: Date
}

const liveSlots = statement<LiveSlot>(
  'saves.live_slots',
  `SELECT s.save_id, v.version, v.size, v.hash, s.updated_at FROM save_slot s
   JOIN save_version v ON v.environment_id = s.environment_id AND v.player_id = s.player_id
     AND v.save_id = s.save_id AND v.version = s.head_version
   WHERE s.environment_id = $1 AND s.player_id = $2 AND NOT s.deleted ORDER BY s.save_id`,
)
const takenSlots = statement<{ save_id: string }>(
  'saves.taken_slots',
  'SELECT save_id FROM save_slot WHERE environment_id = $1 AND player_id = $2',
)
const hashes = statement<{ hash: Buffer }>(
  'saves.hashes',
  `SELECT DISTINCT hash FROM save_version
   WHERE environment_id = $1 AND player_id = $2 AND hash IS NOT NULL`,
)
const copySlot = statement<never>(
  'saves.copy_slot',
  `INSERT INTO save_slot (environment_id, player_id, save_id, head_version, deleted, stored_size, updated_at)
   SELECT environment_id, $3, $5, head_version, deleted, stored_size, updated_at FROM save_slot
   WHERE environment_id = $1 AND player_id = $2 AND save_id = $4`,
)
const copyVersions = statement<never>(
  'saves.copy_versions',
  `INSERT INTO save_version (environment_id, player_id, save_id, version, base_version, deleted, hash,
     size, stored_size, encoding, metadata, created_at)
   SELECT environment_id, $3, $5, version, base_version, deleted, hash, size, stored_size, encoding,
     metadata, created_at FROM save_version
   WHERE environment_id = $1 AND player_id = $2 AND save_id = $4`,
)
const dropCopy = statement<{ save_id: string }>(
  'saves.drop_copy',
  `WITH slot AS (
     SELECT save_id FROM save_slot WHERE environment_id = $1 AND player_id = $2 AND save_id = $3
       AND head_version = $4 AND NOT deleted FOR UPDATE
   ), versions AS (
     DELETE FROM save_version WHERE environment_id = $1 AND player_id = $2
       AND save_id IN (SELECT save_id FROM slot) RETURNING save_id)
   DELETE FROM save_slot WHERE environment_id = $1 AND player_id = $2
     AND save_id IN (SELECT save_id FROM slot) RETURNING save_id`,
)

export const listLiveSlots = (environmentId: string, db: Db, playerId: string) =>
  db.all(liveSlots, [environmentId, playerId])

export const listTakenSlots = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(takenSlots, [environmentId, playerId])).map(row => row.save_id)

export const listHashes = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(hashes, [environmentId, playerId])).map(row => row.hash)

export interface SlotCopy {
  from: string
  to: string
  saveId: string
  as: string
}

/** A slot with all its versions, as it is, into another account. */
export async function copyWholeSlot(environmentId: string, tx: Db, copy: SlotCopy): Promise<void> {
  const values = [environmentId, copy.from, copy.to, copy.saveId, copy.as]
  await tx.one(copySlot, values)
  await tx.one(copyVersions, values)
}

/** Takes a copy away unless it was played on. */
export const dropUntouchedCopy = (
  environmentId: string,
  tx: Db,
  playerId: string,
  copy: { as: string; version: number },
) => tx.one(dropCopy, [environmentId, playerId, copy.as, copy.version])
