import { type Db, statement } from '@aethex/shared/db'
import type { CanonicalResult } from './canonical-result.js'

// Two sides that report at once would each see only their own word: whoever reports a match does so alone.
const hold = statement<never>(
  'ratings.hold_reports',
  'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
)
const add = statement<{ digest: Buffer; line_up: Buffer }>(
  'ratings.add_report',
  `INSERT INTO rating_report AS r (environment_id, rating, match_id, player_id, line_up, digest, team, rank, created_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
   ON CONFLICT (environment_id, rating, match_id, player_id) DO UPDATE SET digest = r.digest
   RETURNING digest, line_up`,
)
const same = statement<{ digest: Buffer; team: number }>(
  'ratings.list_reports',
  `SELECT digest, team FROM rating_report
   WHERE environment_id = $1 AND rating = $2 AND match_id = $3 AND line_up = $4`,
)
const forget = statement<{ gone: number }>(
  'ratings.forget_reports',
  `WITH gone AS (
     DELETE FROM rating_report WHERE (environment_id, rating, match_id, player_id) IN (
       SELECT environment_id, rating, match_id, player_id FROM rating_report
       WHERE created_at < $1 ORDER BY created_at LIMIT $2)
     RETURNING 1)
   SELECT count(*) AS gone FROM gone`,
)

/** Waits for whoever reports the same match; held until the transaction ends. */
export const holdReports = (environmentId: string, tx: Db, rating: string, matchId: string) =>
  tx.one(hold, [`rating_report ${environmentId} ${rating} ${matchId}`])

/** Answers what the player said first: a later word does not replace it. */
export const addReport = (
  environmentId: string,
  tx: Db,
  rating: string,
  playerId: string,
  result: CanonicalResult,
  team: number,
  at: Date,
) => {
  const { matchId, lineUp, digest, teams } = result
  const rank = teams[team]?.rank
  return tx.one(add, [environmentId, rating, matchId, playerId, lineUp, digest, team, rank, at])
}

/** What has been said about the same players in the same teams. */
export const listReports = (
  environmentId: string,
  tx: Db,
  rating: string,
  { matchId, lineUp }: CanonicalResult,
) => tx.all(same, [environmentId, rating, matchId, lineUp])

/** Forgets words of all tenants that were said before a moment; answers how many went. */
export const forgetReports = async (before: Date, db: Db, limit: number) =>
  (await db.one(forget, [before, limit]))?.gone ?? 0
