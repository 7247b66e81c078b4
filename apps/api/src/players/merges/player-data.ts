import type { PlayerData } from '../../gateway/player-data.js'
import { listMerges, removeMerges } from './store.js'

export const playerData: PlayerData = {
  name: 'merges',
  tables: ['player_merge'],
  async *exportFor({ db }, environmentId, playerId) {
    const rows = await listMerges(environmentId, db, playerId)
    // What the undo needs is about the other account, too.
    const content = rows.map(({ memory: _, ...row }) => row)
    if (rows.length > 0) yield { name: 'merges.json', content }
  },
  eraseFor: async ({ db }, environmentId, playerId) => ({
    player_merge: await removeMerges(environmentId, db, playerId),
  }),
}
