import { toPasskey } from '@aethex/shared/second-factor'
import type { PlayerData } from '../../gateway/player-data.js'
import { passkeys } from './store.js'

export const playerData: PlayerData = {
  name: 'passkeys',
  tables: ['player_passkey'],
  async *exportFor({ db }, environmentId, playerId) {
    const rows = await passkeys.list([environmentId, playerId], db)
    if (rows.length > 0) yield { name: 'passkeys.json', content: rows.map(toPasskey) }
  },
  async eraseFor({ db }, environmentId, playerId) {
    return { player_passkey: await passkeys.drop([environmentId, playerId], db) }
  },
}
