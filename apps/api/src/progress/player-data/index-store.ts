import { type Db, statement } from '@aethex/shared/db'
import type { FieldType } from './field.js'
import type { Access } from './schema.js'
import type { Place } from './store.js'

export interface IndexRow {
  id: string
  collection: string
  path: string
  type: FieldType
  state: 'building' | 'ready' | 'dropping'
  total: number | null
  done: number
  position: { player: string; key: string } | null
}

export interface Entry extends Place {
  indexId: string
  isPublic: boolean
  value: Buffer
}

const columns = 'id, collection, path, type, state, total, done, position'

const list = statement<IndexRow>(
  'documents.indexes',
  `SELECT ${columns} FROM document_index WHERE environment_id = $1 ORDER BY collection, path, id`,
)
const ofCollections = statement<IndexRow>(
  'documents.indexes_of',
  `SELECT ${columns} FROM document_index
   WHERE environment_id = $1 AND collection = ANY($2) AND state <> 'dropping'`,
)
const insertIndex = statement<never>(
  'documents.add_index',
  `INSERT INTO document_index (environment_id, id, collection, path, type) VALUES ($1, $2, $3, $4, $5)`,
)
const drop = statement<never>(
  'documents.drop_index',
  "UPDATE document_index SET state = 'dropping' WHERE environment_id = $1 AND id = $2",
)
// The setting's own table is looked at for its version only: which environments have work waiting.
const outdated = statement<{ environment_id: string; version: number }>(
  'documents.outdated',
  `SELECT s.environment_id, s.version FROM environment_setting s
   LEFT JOIN document_indexing i USING (environment_id)
   WHERE s.name = $1 AND s.version IS DISTINCT FROM i.setting_version LIMIT 100`,
)
const followed = statement<never>(
  'documents.followed',
  `INSERT INTO document_indexing (environment_id, setting_version) VALUES ($1, $2)
   ON CONFLICT (environment_id) DO UPDATE SET setting_version = excluded.setting_version`,
)
const unfinished = statement<IndexRow & { environment_id: string }>(
  'documents.unfinished_indexes',
  `SELECT environment_id, ${columns} FROM document_index WHERE state <> 'ready' ORDER BY id LIMIT 200`,
)
const count = statement<{ total: number }>(
  'documents.count',
  'SELECT count(*)::int AS total FROM player_document WHERE environment_id = $1 AND collection = $2',
)
const setTotal = statement<never>(
  'documents.index_total',
  'UPDATE document_index SET total = $3 WHERE environment_id = $1 AND id = $2',
)
const readFields = statement<Place & { player_id: string; access: Access; field: unknown }>(
  'documents.fields',
  `SELECT d.player_id, d.collection, d.key, d.access,
     CASE WHEN json_typeof(d.value #> $5) = $6 THEN d.value #> $5 END AS field
   FROM player_document d
   WHERE d.environment_id = $1 AND d.collection = $2 AND (d.player_id, d.key) > ($3, $4)
   ORDER BY d.player_id, d.key LIMIT $7 FOR SHARE OF d`,
)
const progress = statement<never>(
  'documents.index_progress',
  `UPDATE document_index SET done = done + $3, position = coalesce($4, position),
     state = CASE WHEN $5 AND state = 'building' THEN 'ready'::document_index_state ELSE state END
   WHERE environment_id = $1 AND id = $2`,
)
const insertEntries = statement<never>(
  'documents.add_entries',
  `INSERT INTO document_entry (environment_id, player_id, collection, key, index_id, is_public, value)
   SELECT $1, w.* FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::bool[], $7::bytea[]) AS w
   ON CONFLICT DO NOTHING`,
)
const removeOf = statement<never>(
  'documents.remove_entries',
  `DELETE FROM document_entry e USING unnest($3::text[], $4::text[]) AS w(collection, key)
   WHERE e.environment_id = $1 AND e.player_id = $2 AND e.collection = w.collection AND e.key = w.key`,
)
const removeSome = statement<{ key: string }>(
  'documents.remove_some_entries',
  `DELETE FROM document_entry WHERE ctid IN (SELECT ctid FROM document_entry
     WHERE environment_id = $1 AND index_id = $2 LIMIT $3) RETURNING key`,
)
const removeIndexRow = statement<never>(
  'documents.remove_index',
  "DELETE FROM document_index WHERE environment_id = $1 AND id = $2 AND state = 'dropping'",
)

export const listIndexes = (environmentId: string, db: Db) => db.all(list, [environmentId])

/** The indexes of collections that writers keep true, ready or not. */
export const listIndexesOf = (environmentId: string, db: Db, collections: readonly string[]) =>
  db.all(ofCollections, [environmentId, collections])

export const addIndex = (
  environmentId: string,
  tx: Db,
  index: { id: string; collection: string; path: string; type: FieldType },
) => tx.one(insertIndex, [environmentId, index.id, index.collection, index.path, index.type])

export const markDropping = (environmentId: string, tx: Db, indexId: string) =>
  tx.one(drop, [environmentId, indexId])

/** Environments whose indexes were made after another version of the setting, of all tenants. */
export const listOutdated = (settingName: string, db: Db) => db.all(outdated, [settingName])

export const noteFollowed = (environmentId: string, tx: Db, settingVersion: number) =>
  tx.one(followed, [environmentId, settingVersion])

/** Indexes that are being built or removed, of all tenants. */
export const listUnfinished = (db: Db) => db.all(unfinished, [])

export const countDocuments = async (environmentId: string, db: Db, collection: string) =>
  (await db.one(count, [environmentId, collection]))?.total ?? 0

export const writeTotal = (environmentId: string, db: Db, indexId: string, total: number) =>
  db.one(setTotal, [environmentId, indexId, total])

/** One field of the documents behind a position, which nobody changes until the transaction ends. */
export const holdFields = (
  environmentId: string,
  tx: Db,
  page: {
    collection: string
    after: { player: string; key: string }
    steps: readonly string[]
    type: FieldType
    limit: number
  },
) =>
  tx.all(readFields, [
    environmentId,
    page.collection,
    page.after.player,
    page.after.key,
    page.steps,
    page.type,
    page.limit,
  ])

export const noteProgress = (
  environmentId: string,
  tx: Db,
  indexId: string,
  step: { done: number; position: IndexRow['position']; isLast: boolean },
) =>
  tx.one(progress, [
    environmentId,
    indexId,
    step.done,
    step.position === null ? null : JSON.stringify(step.position),
    step.isLast,
  ])

/** An entry that is there already is newer than this one, and stays. */
export const addEntries = (
  environmentId: string,
  tx: Db,
  entries: readonly (Entry & { playerId: string })[],
) =>
  tx.one(insertEntries, [
    environmentId,
    entries.map(({ playerId }) => playerId),
    entries.map(({ collection }) => collection),
    entries.map(({ key }) => key),
    entries.map(({ indexId }) => indexId),
    entries.map(({ isPublic }) => isPublic),
    entries.map(({ value }) => value),
  ])

export const removeEntriesOf = (
  environmentId: string,
  tx: Db,
  playerId: string,
  of: readonly Place[],
) =>
  tx.one(removeOf, [
    environmentId,
    playerId,
    of.map(({ collection }) => collection),
    of.map(({ key }) => key),
  ])

/** Answers how many were removed. */
export const removeSomeEntries = async (
  environmentId: string,
  db: Db,
  indexId: string,
  limit: number,
) => (await db.all(removeSome, [environmentId, indexId, limit])).length

export const removeIndex = (environmentId: string, db: Db, indexId: string) =>
  db.one(removeIndexRow, [environmentId, indexId])
