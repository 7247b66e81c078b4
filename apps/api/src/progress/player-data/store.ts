import { type Db, statement } from '@aethex/shared/db'
import type { Access } from './schema.js'

export interface DocumentRow {
  player_id: string
  collection: string
  key: string
  access: Access
  value: unknown
  size: number
  version: number
  created_at: Date
  updated_at: Date
}

/** Of a list, how many documents were found, although those beyond its weight are left out. */
export interface ListedRow extends DocumentRow {
  found: number
}

export interface Place {
  collection: string
  key: string
}

export interface Usage {
  own_documents: number
  own_bytes: number
  given_documents: number
  given_bytes: number
  highest_ended: number
}

export interface NewDocument extends Place {
  access: Access
  /** JSON. */
  text: string
  size: number
  version: number
}

/** What the values of one page weigh at most, the first of them left aside. */
export const pageBytes = 4 * 1_048_576

export const documentColumns = `d.player_id, d.collection, d.key, d.access, d.value, d.size, d.version,
  d.created_at, d.updated_at`
const ofPlayer = 'd.environment_id = $1 AND d.player_id = $2'
const places = 'unnest($3::text[], $4::text[]) AS w(collection, key)'
const samePlace = 'd.collection = w.collection AND d.key = w.key'

const find = statement<DocumentRow>(
  'documents.find',
  `SELECT ${documentColumns} FROM player_document d
   WHERE ${ofPlayer} AND d.collection = $3 AND d.key = $4 AND d.access = ANY($5::document_access[])`,
)
const findMany = statement<DocumentRow>(
  'documents.find_many',
  `SELECT ${documentColumns} FROM ${places} JOIN player_document d ON ${samePlace}
   WHERE ${ofPlayer} AND d.access = ANY($5::document_access[])`,
)
const list = statement<ListedRow>(
  'documents.list',
  `SELECT * FROM (
     SELECT f.*, count(*) OVER ()::int AS found,
       sum(size) OVER (ORDER BY collection, key) - size AS before
     FROM (
       SELECT ${documentColumns} FROM player_document d
       WHERE ${ofPlayer} AND ($3::text IS NULL OR d.collection = $3)
         AND (d.collection, d.key) > ($4, $5) AND d.access = ANY($6::document_access[])
       ORDER BY d.collection, d.key LIMIT $7
     ) f
   ) page WHERE before < $8 ORDER BY collection, key`,
)
const isOpen = statement<{ is_open: boolean }>(
  'documents.is_open',
  `SELECT closed_reason IS NULL AS is_open FROM player WHERE environment_id = $1 AND id = $2`,
)
// Shared by writers; whoever declares an index waits until those who did not know of it are through.
const turn = statement<never>(
  'documents.turn',
  "SELECT pg_advisory_xact_lock_shared(hashtextextended('documents ' || $1, 0))",
)
const wholeTurn = statement<never>(
  'documents.whole_turn',
  "SELECT pg_advisory_xact_lock(hashtextextended('documents ' || $1, 0))",
)
const hold = statement<Usage>(
  'documents.hold',
  `SELECT own_documents, own_bytes, given_documents, given_bytes, highest_ended
   FROM player_document_usage WHERE environment_id = $1 AND player_id = $2 FOR UPDATE`,
)
const begin = statement<never>(
  'documents.begin',
  `INSERT INTO player_document_usage (environment_id, player_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
)
const holdMany = statement<DocumentRow>(
  'documents.hold_many',
  `SELECT ${documentColumns} FROM player_document d JOIN ${places} ON ${samePlace}
   WHERE ${ofPlayer} ORDER BY d.collection, d.key FOR UPDATE OF d`,
)
const put = statement<Omit<DocumentRow, 'value'>>(
  'documents.put',
  `INSERT INTO player_document AS d
     (environment_id, player_id, collection, key, access, value, size, version)
   SELECT $1, $2, w.* FROM unnest($3::text[], $4::text[], $5::document_access[], $6::json[],
     $7::int[], $8::int[]) AS w
   ON CONFLICT (environment_id, player_id, collection, key) DO UPDATE SET access = excluded.access,
     value = excluded.value, size = excluded.size, version = excluded.version, updated_at = now()
   RETURNING d.player_id, d.collection, d.key, d.access, d.size, d.version, d.created_at, d.updated_at`,
)
const remove = statement<never>(
  'documents.remove',
  `DELETE FROM player_document d USING ${places} WHERE ${ofPlayer} AND ${samePlace}`,
)
const setUsage = statement<never>(
  'documents.set_usage',
  `UPDATE player_document_usage SET own_documents = $3, own_bytes = $4, given_documents = $5,
     given_bytes = $6, highest_ended = $7
   WHERE environment_id = $1 AND player_id = $2`,
)

const columnsOf = (of: readonly Place[]) => [
  of.map(({ collection }) => collection),
  of.map(({ key }) => key),
]

/** A document, if it is of one of these classes. */
export const findDocument = (
  environmentId: string,
  db: Db,
  playerId: string,
  { collection, key }: Place,
  access: readonly Access[],
) => db.one(find, [environmentId, playerId, collection, key, access])

export const findDocuments = (
  environmentId: string,
  db: Db,
  playerId: string,
  of: readonly Place[],
  access: readonly Access[],
) => db.all(findMany, [environmentId, playerId, ...columnsOf(of), access])

/** Documents of a player by collection and key, behind `after`; fewer when their values weigh much. */
export const listDocuments = (
  environmentId: string,
  db: Db,
  playerId: string,
  page: {
    collection: string | undefined
    after: readonly [collection: string, key: string]
    access: readonly Access[]
    limit: number
  },
) =>
  db.all(list, [
    environmentId,
    playerId,
    page.collection ?? null,
    ...page.after,
    page.access,
    page.limit,
    pageBytes,
  ])

/** Whether a player's account is open; undefined when there is none. */
export const findStanding = async (environmentId: string, db: Db, playerId: string) =>
  (await db.one(isOpen, [environmentId, playerId]))?.is_open

/** To be taken before the indexes of a collection are looked up for a write. */
export const takeTurn = (environmentId: string, tx: Db) => tx.one(turn, [environmentId])

/** Waits for every writer of the environment, and keeps others waiting. */
export const takeWholeTurn = (environmentId: string, tx: Db) => tx.one(wholeTurn, [environmentId])

/** Holds what a player's documents take until the transaction ends: their writers go one by one. */
export async function holdUsage(environmentId: string, tx: Db, playerId: string): Promise<Usage> {
  const values = [environmentId, playerId]
  const known = await tx.one(hold, values)
  if (known !== undefined) return known
  await tx.one(begin, values)
  const begun = await tx.one(hold, values)
  if (begun === undefined) throw new Error('the sums of a player were not begun')
  return begun
}

/** Documents with their values, held until the transaction ends. */
export const holdDocuments = (
  environmentId: string,
  tx: Db,
  playerId: string,
  of: readonly Place[],
) => tx.all(holdMany, [environmentId, playerId, ...columnsOf(of)])

export const putDocuments = (
  environmentId: string,
  tx: Db,
  playerId: string,
  documents: readonly NewDocument[],
) =>
  tx.all(put, [
    environmentId,
    playerId,
    ...columnsOf(documents),
    documents.map(({ access }) => access),
    documents.map(({ text }) => text),
    documents.map(({ size }) => size),
    documents.map(({ version }) => version),
  ])

export const removeDocuments = (
  environmentId: string,
  tx: Db,
  playerId: string,
  of: readonly Place[],
) => tx.one(remove, [environmentId, playerId, ...columnsOf(of)])

export const writeUsage = (environmentId: string, tx: Db, playerId: string, usage: Usage) =>
  tx.one(setUsage, [
    environmentId,
    playerId,
    usage.own_documents,
    usage.own_bytes,
    usage.given_documents,
    usage.given_bytes,
    usage.highest_ended,
  ])
