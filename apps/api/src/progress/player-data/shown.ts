import type { DocumentRow } from './store.js'

/** What a write leaves of a document in its receipt, which outlives the player: nothing says whose it is. */
export const toWritten = (row: Omit<DocumentRow, 'value' | 'player_id'>) => ({
  collection: row.collection,
  key: row.key,
  access: row.access,
  version: row.version,
  size: row.size,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
})

/** A document without its value, as it is on the wire. */
export const toFacts = (row: Omit<DocumentRow, 'value'>) => ({
  user_id: row.player_id,
  ...toWritten(row),
})

export const toDocument = (row: DocumentRow) => ({ ...toFacts(row), value: row.value })
