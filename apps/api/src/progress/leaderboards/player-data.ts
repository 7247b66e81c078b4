import type { PlayerData } from '../../gateway/player-data.js'
import { boardIds, removeScores, scoresOf } from './data-store.js'
import { mergeable } from './merging.js'
import { removeFromRanks } from './rank-index.js'

export const playerData: PlayerData = {
  mergeable,
  name: 'leaderboards',
  tables: ['leaderboard_entry'],
  async *exportFor({ db }, environmentId, playerId) {
    const scores = await scoresOf(environmentId, db, playerId)
    if (scores.length > 0) yield { name: 'scores.json', content: scores }
  },
  // All boards are looked at, not those with a row: the second look finds what a slow writer put back into the ranks.
  async eraseFor({ db, redis }, environmentId, playerId) {
    const leaderboard_entry = await removeScores(environmentId, db, playerId)
    let ranks = 0
    for (const boardId of await boardIds(environmentId, db)) {
      ranks += await removeFromRanks(redis, environmentId, boardId, playerId)
    }
    return { leaderboard_entry, 'redis:ranks': ranks }
  },
}
