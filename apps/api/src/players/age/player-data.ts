import type { PlayerData } from '../../gateway/player-data.js'
import { mergeable } from './merging.js'
import { findAge, forgetAge } from './store.js'

export const playerData: PlayerData = {
  name: 'age',
  tables: ['player_age'],
  mergeable,
  async *exportFor({ db }, environmentId, playerId) {
    const age = await findAge(environmentId, db, playerId)
    if (age !== undefined) yield { name: 'age.json', content: age }
  },
  // What a device answered within the last day names nobody, and goes by itself.
  eraseFor: async ({ db }, environmentId, playerId) => ({
    player_age: (await forgetAge(environmentId, db, playerId)) ? 1 : 0,
  }),
}
