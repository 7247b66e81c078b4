import type { PlayerData } from '../../gateway/player-data.js'
import { eraseRatings, nextChanges, ratingsOfPlayer, reportsOfPlayer } from './data-store.js'

/** Nothing is carried over when accounts are merged: what two accounts have shown is not the skill of either. */
export const playerData: PlayerData = {
  name: 'ratings',
  tables: ['player_rating', 'rating_change', 'rating_report'],
  async *exportFor({ db }, environmentId, playerId) {
    const ratings = await ratingsOfPlayer(environmentId, db, playerId)
    if (ratings.length > 0) yield { name: 'ratings.json', content: ratings }
    const reports = await reportsOfPlayer(environmentId, db, playerId)
    if (reports.length > 0) yield { name: 'reports.json', content: reports }
    for (let last = { rating: '', number: 0 }, page = 1; ; page++) {
      const rows = await nextChanges(environmentId, db, playerId, last)
      const end = rows.at(-1)
      if (end === undefined) return
      yield { name: `matches/${page}.json`, content: rows }
      last = end
    }
  },
  eraseFor: ({ db }, environmentId, playerId) =>
    db.transaction(tx => eraseRatings(environmentId, tx, playerId)),
}
