import { type Db, statement } from '@aethex/shared/db'

export interface WorldRow {
  world_id: string
  last_sequence: number
  trimmed_sequence: number
  snapshot_version: number
  snapshot_sequence: number
  created_at: Date
  updated_at: Date
}

export interface EventRow {
  sequence: number
  event_id: string
  type: string
  data: unknown
  occurred_at: Date | null
  created_at: Date
}

export interface EventToAppend {
  eventId: string
  type: string
  /** JSON. */
  data: string
  hash: Buffer
  occurredAt: Date | null
}

export interface SnapshotRow {
  world_id: string
  version: number
  sequence: number
  size: number
  hash: Buffer
  created_at: Date
}

const columns = `world_id, last_sequence, trimmed_sequence, snapshot_version, snapshot_sequence,
  created_at, updated_at`
const snapshotColumns = 'world_id, version, sequence, size, hash, created_at'
const living = 'environment_id = $1 AND world_id = $2 AND deleted_at IS NULL'

const find = statement<WorldRow>('worlds.find', `SELECT ${columns} FROM world WHERE ${living}`)
const hold = statement<WorldRow>(
  'worlds.hold',
  `SELECT ${columns} FROM world WHERE ${living} FOR UPDATE`,
)
// Worlds are begun one by one, so that their number is exact.
const turn = statement<never>(
  'worlds.turn',
  "SELECT pg_advisory_xact_lock(hashtextextended('worlds ' || $1, 0))",
)
const begin = statement<{ world_id: string }>(
  'worlds.begin',
  `INSERT INTO world (environment_id, world_id)
   SELECT $1::uuid, $2 WHERE (SELECT count(*) FROM world WHERE environment_id = $1) < $3
   ON CONFLICT DO NOTHING RETURNING world_id`,
)
const exists = statement<{ is_deleted: boolean }>(
  'worlds.exists',
  'SELECT deleted_at IS NOT NULL AS is_deleted FROM world WHERE environment_id = $1 AND world_id = $2',
)
const list = statement<WorldRow>(
  'worlds.list',
  `SELECT ${columns} FROM world WHERE environment_id = $1 AND world_id > $2 AND deleted_at IS NULL
   ORDER BY world_id LIMIT $3`,
)
const known = statement<{ event_id: string; sequence: number; hash: Buffer }>(
  'worlds.known_events',
  `SELECT event_id, sequence, hash FROM world_event
   WHERE environment_id = $1 AND world_id = $2 AND event_id = ANY($3)`,
)
// The row of the world is held: its number and the rows of the journal move together or not at all.
const append = statement<{ last_sequence: number }>(
  'worlds.append',
  `WITH added AS (
     INSERT INTO world_event
       (environment_id, world_id, written_by, sequence, event_id, type, data, hash, occurred_at)
     SELECT $1, $2, $3, w.last_sequence + e.at, e.event_id, e.type, e.data, e.hash, e.occurred_at
     FROM world w, unnest($4::text[], $5::text[], $6::json[], $7::bytea[], $8::timestamptz[])
       WITH ORDINALITY AS e(event_id, type, data, hash, occurred_at, at)
     WHERE w.environment_id = $1 AND w.world_id = $2
     RETURNING sequence
   )
   UPDATE world SET last_sequence = last_sequence + (SELECT count(*) FROM added), updated_at = now()
   WHERE environment_id = $1 AND world_id = $2 RETURNING last_sequence`,
)
const events = statement<EventRow>(
  'worlds.events',
  `SELECT sequence, event_id, type, data, occurred_at, created_at FROM (
     SELECT e.*, sum(octet_length(data::text)) OVER (ORDER BY sequence) - octet_length(data::text) AS before
     FROM (SELECT sequence, event_id, type, data, occurred_at, created_at FROM world_event
       WHERE environment_id = $1 AND world_id = $2 AND sequence > $3 ORDER BY sequence LIMIT $4) e
   ) page WHERE before < $5 ORDER BY sequence`,
)
const insertSnapshot = statement<SnapshotRow>(
  'worlds.add_snapshot',
  `WITH moved AS (
     UPDATE world SET snapshot_version = snapshot_version + 1, snapshot_sequence = $3, updated_at = now()
     WHERE environment_id = $1 AND world_id = $2 RETURNING snapshot_version)
   INSERT INTO world_snapshot
     (environment_id, world_id, version, sequence, state, size, hash, written_by)
   SELECT $1, $2, snapshot_version, $3, $4, $5, $6, $7 FROM moved RETURNING ${snapshotColumns}`,
)
const dropOldSnapshots = statement<never>(
  'worlds.drop_snapshots',
  `DELETE FROM world_snapshot WHERE environment_id = $1 AND world_id = $2 AND version <= $3`,
)
const findSnapshot = statement<SnapshotRow & { state: Buffer }>(
  'worlds.find_snapshot',
  `SELECT ${snapshotColumns}, state FROM world_snapshot
   WHERE environment_id = $1 AND world_id = $2 AND ($3::bigint IS NULL OR sequence <= $3)
     AND EXISTS (SELECT FROM world WHERE ${living})
   ORDER BY version DESC LIMIT 1`,
)
const markDeleted = statement<{ world_id: string }>(
  'worlds.mark_deleted',
  `UPDATE world SET deleted_at = now() WHERE ${living} RETURNING world_id`,
)

export const findWorld = (environmentId: string, db: Db, worldId: string) =>
  db.one(find, [environmentId, worldId])

/** The world, held until the transaction ends: its writers go one by one. Undefined when it is not there. */
export const holdWorld = (environmentId: string, tx: Db, worldId: string) =>
  tx.one(hold, [environmentId, worldId])

/** `begun` also when another was faster; `full` beyond `most` worlds; `deleted` while an old one is cleared away. */
export async function beginWorld(environmentId: string, tx: Db, worldId: string, most: number) {
  await tx.one(turn, [environmentId])
  if ((await tx.one(begin, [environmentId, worldId, most])) !== undefined) return 'begun'
  const present = await tx.one(exists, [environmentId, worldId])
  if (present === undefined) return 'full'
  return present.is_deleted ? 'deleted' : 'begun'
}

export const listWorlds = (environmentId: string, db: Db, after: string, limit: number) =>
  db.all(list, [environmentId, after, limit])

/** Those of the events that are in the journal. */
export const findKnownEvents = (
  environmentId: string,
  tx: Db,
  worldId: string,
  eventIds: readonly string[],
) => tx.all(known, [environmentId, worldId, eventIds])

/** Appends events to a world that is held; answers the number of the last one. */
export async function appendEvents(
  environmentId: string,
  tx: Db,
  worldId: string,
  keyId: string,
  toAppend: readonly EventToAppend[],
): Promise<number> {
  const row = await tx.one(append, [
    environmentId,
    worldId,
    keyId,
    toAppend.map(({ eventId }) => eventId),
    toAppend.map(({ type }) => type),
    toAppend.map(({ data }) => data),
    toAppend.map(({ hash }) => hash),
    toAppend.map(({ occurredAt }) => occurredAt),
  ])
  if (row === undefined) throw new Error('the world that was held is gone')
  return row.last_sequence
}

/** Events behind `after`, in order; fewer when they weigh more than `bytes`. */
export const listEvents = (
  environmentId: string,
  db: Db,
  worldId: string,
  page: { after: number; limit: number; bytes: number },
) => db.all(events, [environmentId, worldId, page.after, page.limit, page.bytes])

/** Adds a snapshot to a world that is held, and removes those beyond the `keep` newest. */
export async function addSnapshot(
  environmentId: string,
  tx: Db,
  worldId: string,
  snapshot: { sequence: number; state: Buffer; size: number; hash: Buffer; keyId: string },
  keep: number,
): Promise<SnapshotRow> {
  const { sequence, state, size, hash, keyId } = snapshot
  const values = [environmentId, worldId, sequence, state, size, hash, keyId]
  const row = await tx.one(insertSnapshot, values)
  if (row === undefined) throw new Error('the world that was held is gone')
  await tx.one(dropOldSnapshots, [environmentId, worldId, row.version - keep])
  return row
}

/** The newest snapshot, or the newest of those at or before an event. */
export const findSnapshotAt = (
  environmentId: string,
  db: Db,
  worldId: string,
  atSequence: number | undefined,
) => db.one(findSnapshot, [environmentId, worldId, atSequence ?? null])

/** False when there is no such world. */
export const markWorldDeleted = async (environmentId: string, tx: Db, worldId: string) =>
  (await tx.one(markDeleted, [environmentId, worldId])) !== undefined
