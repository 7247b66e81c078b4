import type { PlayerData } from '../../gateway/player-data.js'
import { forgetAcceptances, listAcceptanceProofs } from './store.js'

export const playerData: PlayerData = {
  name: 'policies',
  tables: ['policy_acceptance'],
  async *exportFor({ db }, environmentId, playerId) {
    const rows = await listAcceptanceProofs(environmentId, db, playerId)
    const content = rows.map(({ content_hash, ...row }) => ({
      ...row,
      hash: content_hash.toString('hex'),
    }))
    yield { name: 'accepted.json', content }
  },
  eraseFor: async ({ db }, environmentId, playerId) => ({
    policy_acceptance: await forgetAcceptances(environmentId, db, playerId),
  }),
}
