import { type Db, statement } from '@aethex/shared/db'

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

// One statement decides: the slot moves on only from the base that was named, and the version is its new head.
const append = statement<VersionRow>(
  'saves.append',
  `WITH slot AS (
     INSERT INTO save_slot AS s (environment_id, player_id, save_id, head_version, deleted)
     SELECT $1, $2, $3, 1, $5 WHERE coalesce($4::int, 0) = 0
     ON CONFLICT (environment_id, player_id, save_id) DO UPDATE
       SET head_version = s.head_version + 1, deleted = $5, updated_at = now()
       WHERE $4::int IS NULL
     RETURNING s.head_version
   ), moved AS (
     UPDATE save_slot SET head_version = head_version + 1, deleted = $5, updated_at = now()
     WHERE environment_id = $1 AND player_id = $2 AND save_id = $3 AND head_version = $4::int AND $4::int > 0
     RETURNING head_version
   )
   INSERT INTO save_version AS v (environment_id, player_id, save_id, version, base_version, deleted,
     hash, size, stored_size, encoding, metadata)
   SELECT $1, $2, $3, head_version, $4, $5, $6, $7, $8, $9, $10
   FROM (SELECT * FROM slot UNION ALL SELECT * FROM moved) AS head
   RETURNING ${columns}`,
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

/** Adds a version on top of its base; undefined when the slot has moved on. */
export const appendVersion = (environmentId: string, db: Db, playerId: string, save: NewVersion) =>
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
