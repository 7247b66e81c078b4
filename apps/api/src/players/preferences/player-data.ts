import type { PlayerData } from '../../gateway/player-data.js'
import { findPreferences, removePreferences } from './store.js'

export const playerData: PlayerData = {
  name: 'preferences',
  tables: ['player_preference'],
  async *exportFor({ db }, environmentId, playerId) {
    const row = await findPreferences(environmentId, db, playerId)
    if (row !== undefined) yield { name: 'preferences.json', content: row.value }
  },
  eraseFor: async ({ db }, environmentId, playerId) => ({
    player_preference: await removePreferences(environmentId, db, playerId),
  }),
}
