import type { PlayerData } from '../../gateway/player-data.js'
import { forgetInvitations, tracesOf } from './data-store.js'
import { leaveAny } from './ending.js'
import { mirror, noEffects } from './telling.js'

export const playerData: PlayerData = {
  name: 'parties',
  // The account that closes leaves its party: who goes on may be in one already, and is asked anew.
  mergeable: {
    describe: async () => undefined,
    async merge(parts, tx, { environmentId, from }) {
      await leaveAny(parts, environmentId, tx, from, noEffects())
      return null
    },
    undo: async () => undefined,
    async settle(parts, { environmentId, from }) {
      const seat = { player_id: from, joined_us: parts.now().getTime() * 1_000 }
      const left = [{ seat, party_id: '', reason: 'left' as const }]
      await mirror(parts, environmentId, { ...noEffects(), left })
    },
  },
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
