import type { PlayerData } from '../../gateway/player-data.js'
import { listExports, removeExports } from './store.js'

export const playerData: PlayerData = {
  name: 'exports',
  tables: ['player_export'],
  async *exportFor({ db }, environmentId, playerId) {
    const rows = await listExports(environmentId, db, playerId)
    const content = rows.map(({ id, state, requested_by, created_at }) => ({
      id,
      state,
      requested_by,
      created_at,
    }))
    yield { name: 'exports.json', content }
  },
  eraseFor: (parts, environmentId, playerId) => removeExports(environmentId, parts, playerId),
}
