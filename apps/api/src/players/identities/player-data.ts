import type { PlayerData } from '../../gateway/player-data.js'
import { listIdentities, removeIdentities } from './store.js'

export const playerData: PlayerData = {
  name: 'identities',
  tables: ['player_identity'],
  async *exportFor({ db }, environmentId, playerId) {
    const identities = await listIdentities(environmentId, db, playerId)
    if (identities.length > 0) yield { name: 'identities.json', content: identities }
  },
  eraseFor: async ({ db }, environmentId, playerId) => ({
    player_identity: await removeIdentities(environmentId, db, playerId),
  }),
}
