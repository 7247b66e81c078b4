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
const packs = statement<PackToCopy>(
  'saves.packs_to_copy',
  `SELECT p.pack_id, p.born_in, p.data_key, p.blocks, p.plain_size, p.stored_size FROM save_pack p
   JOIN save_slot s ON s.environment_id = p.environment_id AND s.player_id = p.player_id AND s.save_id = p.save_id
   WHERE p.environment_id = $1 AND p.player_id = $2 AND NOT s.deleted`,
)
const copySlot = statement<never>(
  'saves.copy_slot',
  `INSERT INTO save_slot (environment_id, player_id, save_id, head_version, deleted, billed_size, branch_of,
     branch_version, updated_at)
   SELECT environment_id, $3, $5, head_version, deleted, billed_size, branch_of, branch_version, updated_at
   FROM save_slot WHERE environment_id = $1 AND player_id = $2 AND save_id = $4`,
)
// Which chunks a pack holds is sealed for its first owner; without that nothing builds on the copy, and it reads as well.
const copyPacks = statement<never>(
  'saves.copy_packs',
  `INSERT INTO save_pack (environment_id, player_id, pack_id, save_id, born_in, data_key, blocks, chunks, plain_size,
     stored_size, created_at)
   SELECT environment_id, $3, pack_id, $5, born_in, data_key, blocks, '', plain_size, stored_size, created_at
   FROM save_pack WHERE environment_id = $1 AND player_id = $2 AND save_id = $4`,
)
const copyVersions = statement<never>(
  'saves.copy_versions',
  `INSERT INTO save_version (environment_id, player_id, save_id, version, base_version, merged_version,
     restored_from, migrated_from, deleted, hash, size, stored_size, content_type, recipe, packs, thumbnail, name,
     device, platform, client_time, play_time_seconds, schema_version, metadata, pinned, created_at)
   SELECT environment_id, $3, $5, version, base_version, merged_version, restored_from, migrated_from, deleted,
     hash, size, stored_size, content_type, recipe, packs, thumbnail, name, device, platform, client_time,
     play_time_seconds, schema_version, metadata, pinned, created_at FROM save_version
   WHERE environment_id = $1 AND player_id = $2 AND save_id = $4`,
)
// Versions and packs go with their slot.
const dropCopy = statement<{ save_id: string }>(
  'saves.drop_copy',
  `DELETE FROM save_slot WHERE environment_id = $1 AND player_id = $2 AND save_id = $3
     AND head_version = $4 AND NOT deleted RETURNING save_id`,
)

const holdSlots = statement<{ save_id: string }>(
  'saves.hold_slots',
  'SELECT save_id FROM save_slot WHERE environment_id = $1 AND player_id = $2 ORDER BY save_id FOR UPDATE',
)
const setClosed = statement<never>(
  'saves.set_closed',
  `INSERT INTO save_usage AS u (environment_id, player_id, bytes, kept_bytes, ceiling, closed) VALUES ($1, $2, 0, 0, 0, $3)
   ON CONFLICT (environment_id, player_id) DO UPDATE SET closed = excluded.closed`,
)

export interface PackToCopy {
  pack_id: string
  born_in: string
  data_key: number
  blocks: Buffer
  plain_size: number
  stored_size: number
}

export const listLiveSlots = (environmentId: string, db: Db, playerId: string) =>
  db.all(liveSlots, [environmentId, playerId])

export const listTakenSlots = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(takenSlots, [environmentId, playerId])).map(row => row.save_id)

/** The packs of all living slots of a player. */
export const listPacksToCopy = (environmentId: string, db: Db, playerId: string) =>
  db.all(packs, [environmentId, playerId])

/**
 * Ends all writing to a player's saves: what was on its way is waited for, what comes later is refused. In the order in
 * which writes take their locks: slots, then what the player's saves take.
 */
export async function closeSaves(environmentId: string, tx: Db, playerId: string): Promise<void> {
  await tx.all(holdSlots, [environmentId, playerId])
  await tx.one(setClosed, [environmentId, playerId, true])
}

export const reopenSaves = (environmentId: string, tx: Db, playerId: string) =>
  tx.one(setClosed, [environmentId, playerId, false])

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
  await tx.one(copyPacks, values)
  await tx.one(copyVersions, values)
}

/** Takes a copy away unless it was played on. */
export const dropUntouchedCopy = (
  environmentId: string,
  tx: Db,
  playerId: string,
  copy: { as: string; version: number },
) => tx.one(dropCopy, [environmentId, playerId, copy.as, copy.version])
