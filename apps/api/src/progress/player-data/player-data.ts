import type { PlayerData } from '../../gateway/player-data.js'
import { mayRead } from './access.js'
import { eraseDocuments, nextDocuments } from './data-store.js'
import { mergeable } from './merging.js'
import { toDocument, toFacts } from './shown.js'

/** Documents of every class; of what only the studio's server may see, that it is there. */
export const playerData: PlayerData = {
  mergeable,
  name: 'documents',
  tables: ['player_document', 'player_document_usage', 'document_entry'],
  async *exportFor({ db }, environmentId, playerId) {
    for (let last = { collection: '', key: '' }; ; ) {
      const rows = await nextDocuments(environmentId, db, playerId, last)
      for (const row of rows) {
        const content = mayRead('owner', row.access) ? toDocument(row) : toFacts(row)
        yield { name: `${row.collection}/${row.key}.json`, content }
      }
      const end = rows.at(-1)
      if (end === undefined) return
      last = end
    }
  },
  eraseFor: ({ db }, environmentId, playerId) =>
    db.transaction(tx => eraseDocuments(environmentId, tx, playerId)),
}
