import { describeFactors } from '@aethex/shared/second-factor'
import type { PlayerData } from '../../gateway/player-data.js'
import { factors } from './store.js'

export const playerData: PlayerData = {
  name: 'second-factor',
  tables: ['player_totp', 'player_recovery_code'],
  async *exportFor({ db }, environmentId, playerId) {
    const content = await describeFactors(factors, [environmentId, playerId], db)
    if (content.totp.enabled) yield { name: 'second-factor.json', content }
  },
  eraseFor({ db }, environmentId, playerId) {
    return db.transaction(tx => factors.drop([environmentId, playerId], tx))
  },
}
