import { type Db, statement } from '@aethex/shared/db'
import { type DocumentRow, documentColumns, type Place } from './store.js'

const all = statement<DocumentRow>(
  'documents.all_of',
  `SELECT ${documentColumns} FROM player_document d
   WHERE d.environment_id = $1 AND d.player_id = $2 AND (d.collection, d.key) > ($3, $4)
   ORDER BY d.collection, d.key LIMIT 50`,
)
const removeEntries = statement<Place>(
  'documents.erase_entries',
  'DELETE FROM document_entry WHERE environment_id = $1 AND player_id = $2 RETURNING collection, key',
)
const removeAll = statement<Place>(
  'documents.erase',
  'DELETE FROM player_document WHERE environment_id = $1 AND player_id = $2 RETURNING collection, key',
)
const removeUsage = statement<{ player_id: string }>(
  'documents.erase_usage',
  'DELETE FROM player_document_usage WHERE environment_id = $1 AND player_id = $2 RETURNING player_id',
)

/** The next documents of a player, of every class. */
export const nextDocuments = (environmentId: string, db: Db, playerId: string, after: Place) =>
  db.all(all, [environmentId, playerId, after.collection, after.key])

/** Answers how many rows there were, by table. */
export async function eraseDocuments(environmentId: string, tx: Db, playerId: string) {
  const values = [environmentId, playerId]
  const document_entry = (await tx.all(removeEntries, values)).length
  const player_document = (await tx.all(removeAll, values)).length
  const player_document_usage = (await tx.all(removeUsage, values)).length
  return { document_entry, player_document, player_document_usage }
}
