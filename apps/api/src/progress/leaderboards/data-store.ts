import { type Db, statement } from '@aethex/shared/db'

interface KeptScore {
  board_id: string
  score: number
  achieved_at: Date
}

const list = statement<KeptScore>(
  'boards.scores_of',
  `SELECT board_id, score, achieved_at FROM leaderboard_entry
   WHERE environment_id = $1 AND player_id = $2 ORDER BY board_id`,
)
const remove = statement<{ board_id: string }>(
  'boards.remove_scores',
  'DELETE FROM leaderboard_entry WHERE environment_id = $1 AND player_id = $2 RETURNING board_id',
)
const boards = statement<{ board_id: string }>(
  'boards.ids',
  'SELECT board_id FROM leaderboard WHERE environment_id = $1',
)

export const scoresOf = (environmentId: string, db: Db, playerId: string) =>
  db.all(list, [environmentId, playerId])

export const removeScores = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(remove, [environmentId, playerId])).length

export const boardIds = async (environmentId: string, db: Db) =>
  (await db.all(boards, [environmentId])).map(row => row.board_id)
