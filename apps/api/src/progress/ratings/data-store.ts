import { type Db, statement } from '@aethex/shared/db'

const ratings = statement<Record<string, unknown>>(
  'ratings.export_ratings',
  `SELECT rating, system, mean, uncertainty, volatility, matches, last_match_at FROM player_rating
   WHERE environment_id = $1 AND player_id = $2 ORDER BY rating`,
)
const changes = statement<Record<string, unknown> & { rating: string; number: number }>(
  'ratings.export_changes',
  `SELECT rating, match_id, number, team, rank, mean_before, uncertainty_before, volatility_before,
     mean, uncertainty, volatility, rated_at
   FROM rating_change WHERE environment_id = $1 AND player_id = $2 AND (rating, number) > ($3, $4)
   ORDER BY rating, number LIMIT 1000`,
)
const reports = statement<Record<string, unknown>>(
  'ratings.export_reports',
  `SELECT rating, match_id, team, rank, created_at FROM rating_report
   WHERE environment_id = $1 AND player_id = $2 ORDER BY created_at, rating, match_id`,
)
const remove = <Table extends string>(table: Table) =>
  statement<{ gone: number }>(
    `ratings.erase_${table}`,
    `WITH gone AS (DELETE FROM ${table} WHERE environment_id = $1 AND player_id = $2 RETURNING 1)
     SELECT count(*) AS gone FROM gone`,
  )
const removals = {
  player_rating: remove('player_rating'),
  rating_change: remove('rating_change'),
  rating_report: remove('rating_report'),
}

export const ratingsOfPlayer = (environmentId: string, db: Db, playerId: string) =>
  db.all(ratings, [environmentId, playerId])

/** Up to 1,000 matches behind one. */
export const nextChanges = (
  environmentId: string,
  db: Db,
  playerId: string,
  after: { rating: string; number: number },
) => db.all(changes, [environmentId, playerId, after.rating, after.number])

export const reportsOfPlayer = (environmentId: string, db: Db, playerId: string) =>
  db.all(reports, [environmentId, playerId])

export async function eraseRatings(environmentId: string, db: Db, playerId: string) {
  const counts: Record<string, number> = {}
  for (const [table, removal] of Object.entries(removals)) {
    counts[table] = (await db.one(removal, [environmentId, playerId]))?.gone ?? 0
  }
  return counts
}
