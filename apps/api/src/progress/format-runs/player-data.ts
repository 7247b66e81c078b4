import type { PlayerData } from '../../gateway/player-data.js'
import { findingsOf, removeFindings } from './data-store.js'

/** What runs over stored saves show of a player's: failures that quote them, and differences. */
export const playerData: PlayerData = {
  name: 'save-format-findings',
  tables: ['save_format_finding'],
  async *exportFor({ db }, environmentId, playerId) {
    yield { name: 'findings.json', content: await findingsOf(environmentId, db, playerId) }
  },
  eraseFor: async ({ db }, environmentId, playerId) => ({
    save_format_finding: (await removeFindings(environmentId, db, playerId)).length,
  }),
}
