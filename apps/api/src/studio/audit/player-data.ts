import type { PlayerData } from '../../gateway/player-data.js'
import { type EntryAbout, listAbout } from './player-store.js'

// Who in the studio did it is about them, not about the player (GDPR article 15(4)).
const shown = ({ by_player, actor_kind, ...entry }: EntryAbout) => ({
  ...entry,
  by: by_player ? 'you' : actor_kind,
})

/** What the audit log says of a player. It is nobody's to erase: what stays, and why, is in every receipt. */
export const playerData: PlayerData = {
  name: 'audit',
  tables: [],
  async *exportFor({ db }, environmentId, playerId) {
    const entries = await listAbout(environmentId, db, playerId)
    if (entries.length > 0) yield { name: 'entries.json', content: entries.map(shown) }
  },
  eraseFor: async () => ({}),
}
