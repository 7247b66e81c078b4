import { z } from 'zod'
import type { PlayerData } from '../../gateway/player-data.js'
import {
  type BanRow,
  findResetDemand,
  listBans,
  moveBans,
  removeBans,
  removeResetDemand,
} from './store.js'

// More bans than anybody has.
const all = 10_000

// Who in the studio did it is about them, not about the player (GDPR article 15(4)).
const shown = ({ reason, public_reason, created_at, ends_at, lifted_at, lift_reason }: BanRow) => ({
  reason,
  public_reason,
  created_at,
  ends_at,
  lifted_at,
  lift_reason,
})

const Moved = z.array(z.string())

export const playerData: PlayerData = {
  name: 'standing',
  tables: ['player_ban', 'password_reset_demand'],
  async *exportFor({ db }, environmentId, playerId) {
    const bans = await listBans(environmentId, db, playerId, undefined, all)
    if (bans.length > 0) yield { name: 'bans.json', content: bans.map(shown) }
    const demand = await findResetDemand(environmentId, db, playerId)
    if (demand !== undefined) yield { name: 'password-reset-demand.json', content: demand }
  },
  eraseFor: async ({ db }, environmentId, playerId) => ({
    player_ban: await removeBans(environmentId, db, playerId),
    password_reset_demand: await removeResetDemand(environmentId, db, playerId),
  }),
  // What was done about an account is known of the one that goes on. It is nothing to choose by.
  mergeable: {
    describe: async () => undefined,
    merge: (_parts, tx, fusion) => moveBans(fusion.environmentId, tx, fusion),
    undo: async (_parts, tx, { environmentId, from, to }, memory) => {
      await moveBans(environmentId, tx, { from: to, to: from }, Moved.parse(memory))
    },
  },
}
