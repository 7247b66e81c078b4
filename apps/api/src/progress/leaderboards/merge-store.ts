import { type Db, statement } from '@aethex/shared/db'

export interface KeptEntry {
  board_id: string
  score: number
  /** Exact, as PostgreSQL writes it. */
  achieved_at: string
  revision: number
}

const list = statement<KeptEntry & { order: 'asc' | 'desc'; keep: 'best' | 'last' | 'sum' }>(
  'boards.kept_entries',
  `SELECT e.board_id, e.score, e.achieved_at::text AS achieved_at, e.revision, b."order", b.keep
   FROM leaderboard_entry e JOIN leaderboard b USING (environment_id, board_id)
   WHERE e.environment_id = $1 AND e.player_id = $2 ORDER BY e.board_id FOR UPDATE OF e`,
)
// The revision only ever grows, also over an undo: the ranks in Redis take no older one.
const put = statement<{ revision: number }>(
  'boards.put_entry',
  `INSERT INTO leaderboard_entry AS e (environment_id, board_id, player_id, score, achieved_at, updated_at)
   VALUES ($1, $2, $3, $4, $5::timestamptz, clock_timestamp())
   ON CONFLICT (environment_id, board_id, player_id) DO UPDATE SET score = excluded.score,
     achieved_at = excluded.achieved_at, revision = e.revision + 1, updated_at = clock_timestamp()
   RETURNING revision`,
)
const removeOne = statement<never>(
  'boards.remove_entry',
  'DELETE FROM leaderboard_entry WHERE environment_id = $1 AND board_id = $2 AND player_id = $3',
)

/** The entries of a player with the rules of their boards; they are held until the transaction ends. */
export const holdEntries = (environmentId: string, tx: Db, playerId: string) =>
  tx.all(list, [environmentId, playerId])

/** Answers the revision of the row. */
export const putEntry = async (
  environmentId: string,
  tx: Db,
  playerId: string,
  entry: Pick<KeptEntry, 'board_id' | 'score' | 'achieved_at'>,
) => {
  const values = [environmentId, entry.board_id, playerId, entry.score, entry.achieved_at]
  return (await tx.one(put, values))?.revision ?? 0
}

export const removeEntry = (environmentId: string, tx: Db, playerId: string, boardId: string) =>
  tx.one(removeOne, [environmentId, boardId, playerId])
