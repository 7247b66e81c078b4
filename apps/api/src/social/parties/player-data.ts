import type { PlayerData } from '../../gateway/player-data.js'
import { forgetInvitations, tracesOf } from './data-store.js'
import { leaveAny } from './ending.js'
import { mirror, noEffects } from './telling.js'

export const playerData: PlayerData = {
  name: 'parties',
  tables: ['party_member', 'party_invitation'],
  async *exportFor({ db }, environmentId, playerId) {
    const { party, invitations } = await tracesOf(environmentId, db, playerId)
    if (party !== undefined) yield { name: 'party.json', content: party }
    if (invitations.length > 0) yield { name: 'invitations.json', content: invitations }
  },
  // A party goes on without its leader: whoever comes next leads it.
  async eraseFor(parts, environmentId, playerId) {
    const { wasIn, effects } = await parts.db.transaction(async tx => {
      const told = noEffects()
      const found = await leaveAny(parts, environmentId, tx, playerId, told)
      return { wasIn: found, effects: told }
    })
    await mirror(parts, environmentId, effects)
    return {
      party_member: wasIn ? 1 : 0,
      party_invitation: await forgetInvitations(environmentId, parts.db, playerId),
    }
  },
}
