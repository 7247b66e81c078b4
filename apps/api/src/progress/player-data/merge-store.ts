import { type Db, statement } from '@aethex/shared/db'
import type { DocumentRow, Place } from './store.js'

export type Head = Omit<DocumentRow, 'value'>

/** A document that comes to another account under a key that is free there. */
export interface Copy extends Place {
  as: string
  version: number
}

const heads = statement<Head>(
  'documents.heads',
  `SELECT player_id, collection, key, access, size, version, created_at, updated_at
   FROM player_document WHERE environment_id = $1 AND player_id = $2 ORDER BY collection, key`,
)
const copies =
  'unnest($4::text[], $5::text[], $6::text[], $7::int[]) AS w(collection, key, free, version)'
const copyDocuments = statement<never>(
  'documents.copy',
  `INSERT INTO player_document (environment_id, player_id, collection, key, access, value, size,
     version, created_at, updated_at)
   SELECT d.environment_id, $3, d.collection, w.free, d.access, d.value, d.size, w.version,
     d.created_at, d.updated_at
   FROM player_document d JOIN ${copies} ON d.collection = w.collection AND d.key = w.key
   WHERE d.environment_id = $1 AND d.player_id = $2`,
)
const copyEntries = statement<never>(
  'documents.copy_entries',
  `INSERT INTO document_entry (environment_id, player_id, collection, key, index_id, is_public, value)
   SELECT e.environment_id, $3, e.collection, w.free, e.index_id, e.is_public, e.value
   FROM document_entry e JOIN ${copies} ON e.collection = w.collection AND e.key = w.key
   WHERE e.environment_id = $1 AND e.player_id = $2 AND w.version > 0`,
)
const dropUntouched = statement<never>(
  'documents.drop_copies',
  `DELETE FROM player_document d
   USING unnest($3::text[], $4::text[], $5::int[]) AS w(collection, free, version)
   WHERE d.environment_id = $1 AND d.player_id = $2 AND d.collection = w.collection
     AND d.key = w.free AND d.version = w.version`,
)
const recount = statement<never>(
  'documents.recount',
  `UPDATE player_document_usage u SET
     (own_documents, own_bytes, given_documents, given_bytes) = (
       SELECT count(*) FILTER (WHERE access IN ('private', 'public')),
         coalesce(sum(size) FILTER (WHERE access IN ('private', 'public')), 0),
         count(*) FILTER (WHERE access IN ('owner', 'server')),
         coalesce(sum(size) FILTER (WHERE access IN ('owner', 'server')), 0)
       FROM player_document WHERE environment_id = $1 AND player_id = $2),
     highest_ended = greatest(highest_ended, $3)
   WHERE environment_id = $1 AND player_id = $2`,
)

/** What a player has, without the values. */
export const listHeads = (environmentId: string, db: Db, playerId: string) =>
  db.all(heads, [environmentId, playerId])

/** Copies documents with what the indexes keep of them. */
export async function copyAll(
  environmentId: string,
  tx: Db,
  { from, to }: { from: string; to: string },
  all: readonly Copy[],
): Promise<void> {
  const values = [
    environmentId,
    from,
    to,
    all.map(({ collection }) => collection),
    all.map(({ key }) => key),
    all.map(({ as }) => as),
    all.map(({ version }) => version),
  ]
  await tx.one(copyDocuments, values)
  await tx.one(copyEntries, values)
}

/** Takes copies away, but for those that were written since. */
export const dropCopies = (
  environmentId: string,
  tx: Db,
  playerId: string,
  all: readonly Omit<Copy, 'key'>[],
) =>
  tx.one(dropUntouched, [
    environmentId,
    playerId,
    all.map(({ collection }) => collection),
    all.map(({ as }) => as),
    all.map(({ version }) => version),
  ])

/** Counts a player's documents anew; their versions go on above `ended`. */
export const recountDocuments = (environmentId: string, tx: Db, playerId: string, ended: number) =>
  tx.one(recount, [environmentId, playerId, ended])
