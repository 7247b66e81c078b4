import type { PlayerData } from '../../gateway/player-data.js'
import { eraseUsageOf, findSaveUsage, listActiveMonths } from './player-store.js'

/** Only the months of a player: how much their saves take follows from the saves themselves. */
export const playerData: PlayerData = {
  name: 'usage',
  tables: ['active_player', 'save_usage'],
  async *exportFor({ db }, environmentId, playerId) {
    const months = await listActiveMonths(environmentId, db, playerId)
    const saves = await findSaveUsage(environmentId, db, playerId)
    yield {
      name: 'usage.json',
      content: {
        active_months: months.map(({ month, first_seen_at }) => ({
          month,
          first_seen_at: first_seen_at.toISOString(),
        })),
        save_bytes: saves?.bytes ?? 0,
        kept_save_bytes: saves?.kept_bytes ?? 0,
      },
    }
  },
  eraseFor: ({ db }, environmentId, playerId) => eraseUsageOf(environmentId, db, playerId),
}
