import { type Db, sqlState, statement } from '@aethex/shared/db'

export interface VersionRow {
  save_id: string
  version: number
  deleted: boolean
  hash: Buffer | null
  size: number
  encoding: string
  metadata: Record<string, string | number | boolean | null>
  created_at: Date
}

/** What was added, and what the player's living saves take by it. */
export interface AppendedRow extends VersionRow {
  used_bytes: number
  /** Since when that is beyond the limit. */
  over_since: Date | null
}

/** What a player's living saves may take: `bytes`, and for a while a little more. */
export interface SaveLimit {
  /** Null without a limit. */
  bytes: number | null
  withGrace: number | null
  now: Date
  /** Who has been beyond the limit since then has no grace left. */
  graceOverSince: Date
}

export interface NewVersion {
  saveId: string
  /** The head it must replace; undefined for whatever is there. */
  baseVersion: number | undefined
  deleted: boolean
  hash: Buffer | null
  size: number
  storedSize: number
  encoding: string
  metadata: VersionRow['metadata']
}

const columns =
  'v.save_id, v.version, v.deleted, v.hash, v.size, v.encoding, v.metadata, v.created_at'
const headOf = `save_slot s JOIN save_version v
  ON v.environment_id = s.environment_id AND v.player_id = s.player_id
  AND v.save_id = s.save_id AND v.version = s.head_version`

// What a living head weighs, and what the one before it did: their difference is what the player's saves grow by.
const replaceSize = 'replaced_size = s.stored_size, stored_size = $8'
const noLimit = '9007199254740991'

// One statement decides: the slot moves on only from the base that was named, the version is its new head, and the
// player's bytes are what they were and what was added. Past the ceiling a CHECK refuses the whole of it; the ceiling
// is never below what is there already, so that replacing and shrinking always work.
const append = statement<AppendedRow>(
  'saves.append',
  `WITH slot AS (
     INSERT INTO save_slot AS s (environment_id, player_id, save_id, head_version, deleted, stored_size)
     SELECT $1, $2, $3, 1, $5, $8 WHERE coalesce($4::int, 0) = 0
     ON CONFLICT (environment_id, player_id, save_id) DO UPDATE
       SET head_version = s.head_version + 1, deleted = $5, updated_at = now(), ${replaceSize}
       WHERE $4::int IS NULL
     RETURNING s.head_version, s.stored_size - s.replaced_size AS growth
   ), moved AS (
     UPDATE save_slot s SET head_version = s.head_version + 1, deleted = $5, updated_at = now(), ${replaceSize}
     WHERE environment_id = $1 AND player_id = $2 AND save_id = $3 AND head_version = $4::int AND $4::int > 0
     RETURNING s.head_version, s.stored_size - s.replaced_size AS growth
   ), head AS (
     SELECT * FROM slot UNION ALL SELECT * FROM moved
   ), usage AS (
     INSERT INTO save_usage AS u (environment_id, player_id, bytes, kept_bytes, ceiling, over_since)
     SELECT $1, $2, greatest(growth, 0), $8, coalesce($12::bigint, ${noLimit}),
       CASE WHEN growth > $11::bigint THEN $13::timestamptz END FROM head
     ON CONFLICT (environment_id, player_id) DO UPDATE
       SET bytes = u.bytes + (SELECT growth FROM head), kept_bytes = u.kept_bytes + excluded.kept_bytes,
         ceiling = greatest(u.bytes, CASE WHEN $11::bigint IS NOT NULL AND u.over_since <= $14
           THEN $11::bigint ELSE excluded.ceiling END),
         over_since = CASE WHEN u.bytes + (SELECT growth FROM head) > $11::bigint
           THEN coalesce(u.over_since, $13) END
     RETURNING bytes, over_since
   )
   INSERT INTO save_version AS v (environment_id, player_id, save_id, version, base_version, deleted,
     hash, size, stored_size, encoding, metadata)
   SELECT $1, $2, $3, head_version, $4, $5, $6, $7, $8, $9, $10
   FROM head
   RETURNING ${columns}, (SELECT bytes FROM usage) AS used_bytes, (SELECT over_since FROM usage) AS over_since`,
)
const head = statement<VersionRow>(
  'saves.head',
  `SELECT ${columns} FROM ${headOf} WHERE s.environment_id = $1 AND s.player_id = $2 AND s.save_id = $3`,
)
const oneVersion = statement<VersionRow>(
  'saves.version',
  `SELECT ${columns} FROM save_version v
   WHERE v.environment_id = $1 AND v.player_id = $2 AND v.save_id = $3 AND v.version = $4`,
)
const listHeads = statement<VersionRow>(
  'saves.list',
  `SELECT ${columns} FROM ${headOf}
   WHERE s.environment_id = $1 AND s.player_id = $2 AND NOT s.deleted AND s.save_id > $3
   ORDER BY s.save_id LIMIT $4`,
)
const history = statement<VersionRow>(
  'saves.history',
  `SELECT ${columns} FROM save_version v
   WHERE v.environment_id = $1 AND v.player_id = $2 AND v.save_id = $3 AND v.version < $4
   ORDER BY v.version DESC LIMIT $5`,
)

const usedBy = statement<{ bytes: number; over_since: Date | null; head_bytes: number }>(
  'saves.used',
  `SELECT u.bytes, u.over_since, coalesce(s.stored_size, 0) AS head_bytes FROM save_usage u
   LEFT JOIN save_slot s ON s.environment_id = u.environment_id AND s.player_id = u.player_id AND s.save_id = $3
   WHERE u.environment_id = $1 AND u.player_id = $2`,
)
const recount = statement<never>(
  'saves.recount',
  `INSERT INTO save_usage AS u (environment_id, player_id, bytes, kept_bytes, ceiling)
   SELECT $1, $2, s.bytes, v.bytes, s.bytes FROM
     (SELECT coalesce(sum(stored_size), 0) AS bytes FROM save_slot WHERE environment_id = $1 AND player_id = $2) s,
     (SELECT coalesce(sum(stored_size), 0) AS bytes FROM save_version WHERE environment_id = $1 AND player_id = $2) v
   ON CONFLICT (environment_id, player_id) DO UPDATE
     SET bytes = excluded.bytes, kept_bytes = excluded.kept_bytes, ceiling = greatest(u.ceiling, excluded.bytes)`,
)

/** Whether an error is the refusal of a version that would make the player's saves too large. */
export const isTooMuch = (error: unknown): boolean =>
  sqlState(error) === '23514' &&
  error instanceof Error &&
  'constraint' in error &&
  error.constraint === 'save_usage_within_ceiling'

/** What a player's living saves take, and the head of one slot among them; undefined before the first save. */
export const findUsed = (environmentId: string, db: Db, playerId: string, saveId: string) =>
  db.one(usedBy, [environmentId, playerId, saveId])

/** Counts a player's bytes anew, after rows were moved or removed by another way than a new version. */
export const recountBytes = (environmentId: string, tx: Db, playerId: string) =>
  tx.one(recount, [environmentId, playerId])

/** Adds a version on top of its base; undefined when the slot has moved on. Throws when it is too much. */
export const appendVersion = (
  environmentId: string,
  db: Db,
  playerId: string,
  save: NewVersion,
  limit: SaveLimit,
) =>
  db.one(append, [
    environmentId,
    playerId,
    save.saveId,
    save.baseVersion ?? null,
    save.deleted,
    save.hash,
    save.size,
    save.storedSize,
    save.encoding,
    JSON.stringify(save.metadata),
    limit.bytes,
    limit.withGrace,
    limit.now,
    limit.graceOverSince,
  ])

export const findHead = (environmentId: string, db: Db, playerId: string, saveId: string) =>
  db.one(head, [environmentId, playerId, saveId])

export const findVersion = (
  environmentId: string,
  db: Db,
  playerId: string,
  saveId: string,
  version: number,
) => db.one(oneVersion, [environmentId, playerId, saveId, version])

/** Living slots by name, after `after`. */
export const listSlots = (
  environmentId: string,
  db: Db,
  playerId: string,
  after: string,
  limit: number,
) => db.all(listHeads, [environmentId, playerId, after, limit])

/** Versions of a slot, newest first, below `before`. */
export const listVersions = (
  environmentId: string,
  db: Db,
  playerId: string,
  saveId: string,
  before: number,
  limit: number,
) => db.all(history, [environmentId, playerId, saveId, before, limit])
