import type { PlayerData } from '../../gateway/player-data.js'
import { listMerges, removeMerges } from './store.js'

export const playerData: PlayerData = {
  name: 'merges',
  tables: ['player_merge'],
  async *exportFor({ db }, environmentId, playerId) {
    const rows = await listMerges(environmentId, db, playerId)
    if (rows.length > 0) yield { name: 'merges.json', content: rows }
  },
  eraseFor: async ({ db }, environmentId, playerId) => ({
    player_merge: await removeMerges(environmentId, db, playerId),
  }),
}
