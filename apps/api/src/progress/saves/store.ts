import { type Db, sqlState, statement } from '@aethex/shared/db'
import type { PackRow } from './packs/content.js'
import type { Resolution } from './schema.js'

/** {pack, type, size} of a version's picture. */
export interface ThumbnailColumn {
  pack: string
  type: string
  size: number
}

/** A version as it is told of: without what its bytes are made of. */
export interface VersionRow {
  save_id: string
  version: number
  base_version: number | null
  merged_version: number | null
  restored_from: number | null
  migrated_from: number | null
  deleted: boolean
  hash: Buffer | null
  size: number
  stored_size: number
  content_type: string | null
  thumbnail: ThumbnailColumn | null
  name: string | null
  device: string | null
  platform: string | null
  client_time: Date | null
  play_time_seconds: number | null
  schema_version: number
  metadata: Record<string, string | number | boolean | null>
  pinned: boolean
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

/** What a version is made of; a tombstone of nothing. */
export interface VersionContent {
  hash: Buffer | null
  size: number
  storedSize: number
  contentType: string | null
  recipe: Buffer | null
  packIds: readonly string[]
  /** Packs that were there before: they must still be there when the version is added. */
  reusedPacks: readonly string[]
  newPacks: readonly PackRow[]
}

/** What is told of a version. */
export interface VersionFacts {
  name: string | null
  device: string | null
  platform: string | null
  clientTime: string | null
  playTimeSeconds: number | null
  schemaVersion: number
  metadata: VersionRow['metadata']
}

/** Where a version came from, beside the head it replaces. */
export interface VersionOrigin {
  mergedVersion?: number | undefined
  restoredFrom?: number | undefined
  migratedFrom?: number | undefined
  branchOf?: { saveId: string; version: number } | undefined
}

export interface NewVersion {
  saveId: string
  /** The head it must replace; undefined for whatever is there, unless that is a tombstone. */
  baseVersion: number | undefined
  deleted: boolean
  content: VersionContent
  facts: VersionFacts
  origin: VersionOrigin
  /** What a member's or a server's write is called in the audit log; by its own kind unless said. */
  action?: string | undefined
  /** Runs last in the transaction that adds the version; what it throws ends it. */
  alongside?: ((tx: Db) => Promise<void>) | undefined
}

/** The Idempotency-Key of the write: who sent it by which route, and what was asked. */
export interface Operation {
  name: string
  requestHash: Uint8Array
  /** What the write is answered where it met a newer version. */
  resolution: Resolution | null
}

export const versionColumns = `v.save_id, v.version, v.base_version, v.merged_version, v.restored_from, v.migrated_from,
  v.deleted, v.hash, v.size, v.stored_size, v.content_type, v.thumbnail, v.name, v.device, v.platform,
  v.client_time, v.play_time_seconds, v.schema_version, v.metadata, v.pinned, v.created_at`

// What a living head weighs, and what the one before it did: their difference is what the player's saves grow by.
const replaceSize = 'replaced_size = s.billed_size, billed_size = $7'
const noLimit = '9007199254740991'
// A pack that a sweep has taken away in the meantime can be built upon no more; one that is locked here stays.
const packsAreThere = '(SELECT count(*) FROM reused) = cardinality($25::uuid[])'

// One statement decides: the slot moves on only from the base that was named, the version is its new head, and the
// player's bytes are what they were and what was added. Past the ceiling a CHECK refuses the whole of it; the ceiling
// is never below what is there already, so that replacing and shrinking always work. A key that was carried out
// before fails on its primary key, and takes the rest of the statement back with it; so does the check of the sizes for
// an account that went into another one.
const append = statement<AppendedRow>(
  'saves.append',
  `WITH reused AS (
     SELECT 1 FROM save_pack WHERE environment_id = $1 AND player_id = $2 AND pack_id = ANY($25::uuid[]) FOR KEY SHARE
   ), slot AS (
     INSERT INTO save_slot AS s (environment_id, player_id, save_id, head_version, deleted, billed_size, branch_of, branch_version)
     SELECT $1, $2, $3, 1, $5, $7, $32, $33 WHERE coalesce($4::int, 0) = 0 AND ${packsAreThere}
     ON CONFLICT (environment_id, player_id, save_id) DO UPDATE
       SET head_version = s.head_version + 1, deleted = $5, updated_at = now(), ${replaceSize}
       WHERE $4::int IS NULL AND NOT s.deleted
     RETURNING s.head_version, s.billed_size - s.replaced_size AS growth
   ), moved AS (
     UPDATE save_slot s SET head_version = s.head_version + 1, deleted = $5, updated_at = now(), ${replaceSize}
     WHERE environment_id = $1 AND player_id = $2 AND save_id = $3 AND head_version = $4::int AND $4::int > 0
       AND ${packsAreThere}
     RETURNING s.head_version, s.billed_size - s.replaced_size AS growth
   ), head AS (
     SELECT * FROM slot UNION ALL SELECT * FROM moved
   ), usage AS (
     INSERT INTO save_usage AS u (environment_id, player_id, bytes, kept_bytes, ceiling, over_since)
     SELECT $1, $2, greatest(growth, 0), $8, coalesce($12::bigint, ${noLimit}),
       CASE WHEN growth > $11::bigint THEN $13::timestamptz END FROM head
     ON CONFLICT (environment_id, player_id) DO UPDATE
       SET bytes = CASE WHEN u.closed THEN -1 ELSE u.bytes + (SELECT growth FROM head) END, kept_bytes = u.kept_bytes + excluded.kept_bytes,
         ceiling = greatest(u.bytes, CASE WHEN $11::bigint IS NOT NULL AND u.over_since <= $14
           THEN $11::bigint ELSE excluded.ceiling END),
         over_since = CASE WHEN u.bytes + (SELECT growth FROM head) > $11::bigint
           THEN coalesce(u.over_since, $13) END
     RETURNING bytes, over_since
   ), packed AS (
     INSERT INTO save_pack (environment_id, player_id, pack_id, save_id, born_in, data_key, blocks, chunks,
       plain_size, stored_size)
     SELECT $1, $2, p.pack_id, $3, p.born_in, p.data_key, p.blocks, p.chunks, p.plain_size, p.stored_size
     FROM head, unnest($26::uuid[], $27::int[], $28::bytea[], $29::bytea[], $30::bigint[], $31::bigint[], $38::text[])
       AS p (pack_id, data_key, blocks, chunks, plain_size, stored_size, born_in)
   ), buried AS (
     INSERT INTO deleted_save (environment_id, player_id, save_id, deleted_at)
     SELECT $1, $2, $3, $13 FROM head WHERE $5
     ON CONFLICT (environment_id, player_id, save_id) DO UPDATE SET deleted_at = excluded.deleted_at
   ), carried_out AS (
     INSERT INTO save_operation (environment_id, player_id, operation, request_hash, resolution, save_id, version)
     SELECT $1, $2, $34, $35, $37, $3, head_version FROM head WHERE $34::text IS NOT NULL
   )
   INSERT INTO save_version AS v (environment_id, player_id, save_id, version, base_version, deleted,
     hash, size, stored_size, content_type, metadata, recipe, packs, name, device, platform, client_time,
     play_time_seconds, schema_version, merged_version, restored_from, migrated_from)
   SELECT $1, $2, $3, head_version, $4, $5, $6, $7, $8, $9, $10, $15, $16, $17, $18, $19, $20, $21, $22, $23,
     $24, $36
   FROM head
   RETURNING ${versionColumns}, (SELECT bytes FROM usage) AS used_bytes, (SELECT over_since FROM usage) AS over_since`,
)

/**
 * Adds a version to a slot. Undefined when its head is not the base, or one of the reused packs is gone.
 * A quota refuses it with `isTooMuch`, a key that was carried out before with `isCarriedOut`, a merged account with
 * `isOfClosed`.
 */
export const appendVersion = (
  environmentId: string,
  db: Db,
  playerId: string,
  { saveId, baseVersion, deleted, content, facts, origin }: NewVersion,
  limit: SaveLimit,
  operation: Operation | undefined,
) =>
  db.one(append, [
    environmentId,
    playerId,
    saveId,
    baseVersion ?? null,
    deleted,
    content.hash,
    content.size,
    content.storedSize,
    content.contentType,
    JSON.stringify(facts.metadata),
    limit.bytes,
    limit.withGrace,
    limit.now,
    limit.graceOverSince,
    content.recipe,
    content.packIds,
    facts.name,
    facts.device,
    facts.platform,
    facts.clientTime,
    facts.playTimeSeconds,
    facts.schemaVersion,
    origin.mergedVersion ?? null,
    origin.restoredFrom ?? null,
    content.reusedPacks,
    content.newPacks.map(pack => pack.pack_id),
    content.newPacks.map(pack => pack.data_key),
    content.newPacks.map(pack => pack.blocks),
    content.newPacks.map(pack => pack.chunks),
    content.newPacks.map(pack => pack.plain_size),
    content.newPacks.map(pack => pack.stored_size),
    origin.branchOf?.saveId ?? null,
    origin.branchOf?.version ?? null,
    operation?.name ?? null,
    operation?.requestHash ?? null,
    origin.migratedFrom ?? null,
    operation?.resolution ? JSON.stringify(operation.resolution) : null,
    content.newPacks.map(pack => pack.born_in),
  ])

const failsOn = (error: unknown, state: string, constraint: string): boolean =>
  sqlState(error) === state &&
  error instanceof Error &&
  'constraint' in error &&
  error.constraint === constraint

/** Whether an error is the refusal of a version that would make the player's saves too large. */
export const isTooMuch = (error: unknown) => failsOn(error, '23514', 'save_usage_within_ceiling')

/** Whether an error is the refusal of a write to an account that went into another one. */
export const isOfClosed = (error: unknown) => failsOn(error, '23514', 'save_usage_sizes_check')

/** Whether an error says that the operation was carried out before. */
export const isCarriedOut = (error: unknown) => failsOn(error, '23505', 'save_operation_pkey')

interface OperationRow {
  request_hash: Buffer
  save_id: string
  version: number
  resolution: Resolution | null
}

const operationOf = statement<OperationRow>(
  'saves.operation',
  `SELECT request_hash, save_id, version, resolution FROM save_operation
   WHERE environment_id = $1 AND player_id = $2 AND operation = $3`,
)
interface UsedRow {
  bytes: number
  over_since: Date | null
  head_bytes: number
  /** What the slot's living head is made of; null without one. */
  head_hash: Buffer | null
  head_packs: string[] | null
}

const usedBy = statement<UsedRow>(
  'saves.used',
  `SELECT u.bytes, u.over_since, coalesce(s.billed_size, 0) AS head_bytes, v.hash AS head_hash, v.packs AS head_packs
   FROM save_usage u
   LEFT JOIN save_slot s ON s.environment_id = u.environment_id AND s.player_id = u.player_id AND s.save_id = $3
   LEFT JOIN save_version v ON v.environment_id = s.environment_id AND v.player_id = s.player_id
     AND v.save_id = s.save_id AND v.version = s.head_version
   WHERE u.environment_id = $1 AND u.player_id = $2`,
)
const usageOf = statement<{ bytes: number; kept_bytes: number }>(
  'saves.usage',
  'SELECT bytes, kept_bytes FROM save_usage WHERE environment_id = $1 AND player_id = $2',
)
const recount = statement<never>(
  'saves.recount',
  `INSERT INTO save_usage AS u (environment_id, player_id, bytes, kept_bytes, ceiling)
   SELECT $1, $2, s.bytes, v.bytes, s.bytes FROM
     (SELECT coalesce(sum(billed_size), 0) AS bytes FROM save_slot WHERE environment_id = $1 AND player_id = $2) s,
     (SELECT coalesce(sum(stored_size), 0) AS bytes FROM save_pack WHERE environment_id = $1 AND player_id = $2) v
   ON CONFLICT (environment_id, player_id) DO UPDATE
     SET bytes = excluded.bytes, kept_bytes = excluded.kept_bytes, ceiling = greatest(u.ceiling, excluded.bytes)`,
)

/** What a key has done, if it has. */
export const findOperation = (environmentId: string, db: Db, playerId: string, name: string) =>
  db.one(operationOf, [environmentId, playerId, name])

/** What a player's living saves take, and one slot's head among them; undefined before the first save. */
export const findUsed = (environmentId: string, db: Db, playerId: string, saveId: string) =>
  db.one(usedBy, [environmentId, playerId, saveId])

/** What a player's saves take: the living ones as they are seen, and all that is kept as it is stored. */
export const findUsage = (environmentId: string, db: Db, playerId: string) =>
  db.one(usageOf, [environmentId, playerId])

/** Counts a player's bytes anew, after rows were moved or removed by another way than a new version. */
export const recountBytes = (environmentId: string, tx: Db, playerId: string) =>
  tx.one(recount, [environmentId, playerId])
