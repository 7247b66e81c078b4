import { type Db, statement } from '@aethex/shared/db'

export interface WorldName {
  environment_id: string
  world_id: string
}

const ended = statement<WorldName>(
  'worlds.ended',
  `SELECT w.environment_id, w.world_id FROM world w JOIN environment e ON e.id = w.environment_id
   WHERE w.deleted_at IS NOT NULL OR e.deleted_at IS NOT NULL LIMIT 100`,
)
const removeEvents = statement<{ sequence: number }>(
  'worlds.remove_events',
  `DELETE FROM world_event WHERE environment_id = $1 AND world_id = $2 AND sequence IN (
     SELECT sequence FROM world_event WHERE environment_id = $1 AND world_id = $2
     ORDER BY sequence LIMIT $3) RETURNING sequence`,
)
const removeSnapshots = statement<never>(
  'worlds.remove_snapshots',
  'DELETE FROM world_snapshot WHERE environment_id = $1 AND world_id = $2',
)
const removeWorldRow = statement<never>(
  'worlds.remove',
  'DELETE FROM world WHERE environment_id = $1 AND world_id = $2',
)
const trimmable = statement<WorldName & { oldest_snapshot: number }>(
  'worlds.trimmable',
  `SELECT w.environment_id, w.world_id, s.sequence AS oldest_snapshot
   FROM world w CROSS JOIN LATERAL (
     SELECT sequence FROM world_snapshot s
     WHERE s.environment_id = w.environment_id AND s.world_id = w.world_id ORDER BY version LIMIT 1) s
   WHERE s.sequence > w.trimmed_sequence AND w.deleted_at IS NULL
     AND (w.environment_id, w.world_id) > ($1, $2)
   ORDER BY w.environment_id, w.world_id LIMIT 500`,
)
// The number in the world says how far the journal goes back, and moves with the rows.
const trim = statement<{ removed: number }>(
  'worlds.trim',
  `WITH held AS (
     SELECT world_id FROM world WHERE environment_id = $1 AND world_id = $2 FOR UPDATE
   ), old AS (
     SELECT sequence FROM world_event
     WHERE environment_id = $1 AND world_id = $2 AND sequence <= $3 AND created_at < $4
     ORDER BY sequence LIMIT $5
   ), gone AS (
     DELETE FROM world_event WHERE environment_id = $1 AND world_id IN (SELECT world_id FROM held)
       AND sequence IN (SELECT sequence FROM old) RETURNING sequence)
   UPDATE world SET trimmed_sequence = greatest(trimmed_sequence, (SELECT max(sequence) FROM gone))
   WHERE environment_id = $1 AND world_id = $2 RETURNING (SELECT count(*)::int FROM gone) AS removed`,
)

/** Worlds that were deleted, or whose environment was, of all tenants. */
export const listEndedWorlds = (db: Db) => db.all(ended, [])

/** Answers how many there were, at most `limit`. */
export const removeSomeEvents = async (
  environmentId: string,
  db: Db,
  worldId: string,
  limit: number,
) => (await db.all(removeEvents, [environmentId, worldId, limit])).length

/** Removes what is left of a world without events. */
export const removeWorld = (environmentId: string, db: Db, worldId: string) =>
  db.transaction(async tx => {
    await tx.one(removeSnapshots, [environmentId, worldId])
    await tx.one(removeWorldRow, [environmentId, worldId])
  })

/** Worlds whose journal reaches further back than their oldest snapshot, of all tenants. */
export const listTrimmable = (after: WorldName, db: Db) =>
  db.all(trimmable, [after.environment_id, after.world_id])

/** Removes old events up to a snapshot, at most `limit`; answers how many there were. */
export const trimEvents = async (
  environmentId: string,
  db: Db,
  worldId: string,
  to: { sequence: number; before: Date; limit: number },
) => {
  const values = [environmentId, worldId, to.sequence, to.before, to.limit]
  return (await db.one(trim, values))?.removed ?? 0
}
