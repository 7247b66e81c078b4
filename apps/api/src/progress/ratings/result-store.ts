import { type Db, statement } from '@aethex/shared/db'
import type { Estimate } from './estimate.js'
import type { RatingRules } from './settings.js'

type System = RatingRules['system']

export interface ResultRow {
  match_id: string
  digest: Buffer
  reported_by: 'server' | 'players'
  rated_at: Date
}

export interface ChangeRow {
  match_id: string
  player_id: string
  number: number
  team: number
  rank: number
  mean_before: number
  uncertainty_before: number
  volatility_before: number | null
  mean: number
  uncertainty: number
  volatility: number | null
  rated_at: Date
}

/** One player's way through a match. */
export interface Change {
  playerId: string
  number: number
  team: number
  rank: number
  before: Estimate
  after: Estimate
}

const changeColumns = `match_id, player_id, number, team, rank, mean_before, uncertainty_before, volatility_before,
  mean, uncertainty, volatility, rated_at`

const claim = statement<{ match_id: string }>(
  'ratings.claim_match',
  `INSERT INTO rating_result (environment_id, rating, match_id, system, digest, reported_by, rated_at)
   VALUES ($1, $2, $3, $4::rating_system, $5, $6::rating_reporter, $7) ON CONFLICT DO NOTHING RETURNING match_id`,
)
const findOne = statement<ResultRow>(
  'ratings.find_result',
  `SELECT match_id, digest, reported_by, rated_at FROM rating_result
   WHERE environment_id = $1 AND rating = $2 AND match_id = $3`,
)
// One step of the way to PostgreSQL for all that a match changes.
const keep = statement<never>(
  'ratings.keep_result',
  `WITH changed AS (
     SELECT * FROM unnest($5::uuid[], $6::int[], $7::int[], $8::int[], $9::float8[], $10::float8[], $11::float8[],
       $12::float8[], $13::float8[], $14::float8[], $15::float8[])
       AS c (player_id, number, team, rank, mean_before, uncertainty_before, volatility_before, mean, uncertainty,
         volatility, standing)
   ), rated AS (
     UPDATE player_rating AS r SET system = $16::rating_system, mean = c.mean, uncertainty = c.uncertainty,
       volatility = c.volatility, standing = c.standing, matches = c.number, last_match_at = $4
     FROM changed c WHERE r.environment_id = $1 AND r.rating = $2 AND r.player_id = c.player_id
   ), told AS (
     INSERT INTO rating_change (environment_id, rating, match_id, rated_at, player_id, number, team, rank, mean_before,
       uncertainty_before, volatility_before, mean, uncertainty, volatility)
     SELECT $1, $2, $3, $4, player_id, number, team, rank, mean_before, uncertainty_before, volatility_before, mean,
       uncertainty, volatility FROM changed
   )
   UPDATE rating_result SET predicted = $17::float8[], observed = $18::float8[]
   WHERE environment_id = $1 AND rating = $2 AND match_id = $3`,
)
const ofMatch = statement<ChangeRow>(
  'ratings.changes_of_match',
  `SELECT ${changeColumns} FROM rating_change
   WHERE environment_id = $1 AND rating = $2 AND match_id = $3 ORDER BY team, player_id`,
)
const ofPlayer = statement<ChangeRow & { system: System }>(
  'ratings.changes_of_player',
  `SELECT ${changeColumns
    .split(',')
    .map(column => `c.${column.trim()}`)
    .join(', ')}, r.system
   FROM rating_change c JOIN rating_result r USING (environment_id, rating, match_id)
   WHERE c.environment_id = $1 AND c.rating = $2 AND c.player_id = $3 AND r.system = $4::rating_system
     AND c.number < $5 ORDER BY c.number DESC LIMIT $6`,
)
const buckets = statement<{
  bucket: number
  predictions: number
  predicted: number
  observed: number
  squares: number
  logs: number
}>(
  'ratings.calibration',
  `SELECT least($6::int, 1 + floor((p.predicted - 0.5) * 2 * $6::int))::int AS bucket, count(*) AS predictions,
     sum(p.predicted) AS predicted, sum(p.observed) AS observed,
     sum((p.predicted - p.observed) ^ 2) AS squares,
     -sum(p.observed * ln(p.predicted) + (1 - p.observed) * ln(greatest(1 - p.predicted, 1e-9))) AS logs
   FROM rating_result r, unnest(r.predicted, r.observed) AS p (predicted, observed)
   WHERE r.environment_id = $1 AND r.rating = $2 AND r.system = $3::rating_system
     AND r.rated_at >= $4 AND r.rated_at < $5
   GROUP BY bucket ORDER BY bucket`,
)
const count = statement<{ matches: number }>(
  'ratings.count_results',
  `SELECT count(*) AS matches FROM rating_result
   WHERE environment_id = $1 AND rating = $2 AND system = $3::rating_system AND rated_at >= $4 AND rated_at < $5`,
)

/** Whether this is the first word about the match; a twin under way is waited for. */
export const claimMatch = async (
  environmentId: string,
  tx: Db,
  rating: string,
  system: System,
  result: ResultRow,
) => {
  const { match_id, digest, reported_by, rated_at } = result
  const values = [environmentId, rating, match_id, system, digest, reported_by, rated_at]
  return (await tx.one(claim, values)) !== undefined
}

export const findResult = (environmentId: string, db: Db, rating: string, matchId: string) =>
  db.one(findOne, [environmentId, rating, matchId])

/** Completes a match that was claimed in this transaction; the players' ratings are locked. */
export const keepResult = (
  environmentId: string,
  tx: Db,
  rating: string,
  system: System,
  { match_id, rated_at }: Pick<ResultRow, 'match_id' | 'rated_at'>,
  { predicted, observed }: { predicted: number[]; observed: number[] },
  changes: readonly (Change & { standing: number })[],
) =>
  tx.one(keep, [
    environmentId,
    rating,
    match_id,
    rated_at,
    changes.map(({ playerId }) => playerId),
    changes.map(({ number }) => number),
    changes.map(({ team }) => team),
    changes.map(({ rank }) => rank),
    changes.map(({ before }) => before.mean),
    changes.map(({ before }) => before.uncertainty),
    changes.map(({ before }) => before.volatility),
    changes.map(({ after }) => after.mean),
    changes.map(({ after }) => after.uncertainty),
    changes.map(({ after }) => after.volatility),
    changes.map(({ standing }) => standing),
    system,
    predicted,
    observed,
  ])

export const changesOfMatch = (environmentId: string, db: Db, rating: string, matchId: string) =>
  db.all(ofMatch, [environmentId, rating, matchId])

/** What the player's matches before the one with this number changed, newest first. */
export const changesOfPlayer = (
  environmentId: string,
  db: Db,
  rating: string,
  system: System,
  playerId: string,
  before: number,
  limit: number,
) => db.all(ofPlayer, [environmentId, rating, playerId, system, before, limit])

/** Sums by bucket of the favourite's chance, from 0.5 to 1 in `bucketCount` steps; empty ones have no row. */
export const sumPredictions = (
  environmentId: string,
  db: Db,
  rating: string,
  system: System,
  period: { from: Date; to: Date },
  bucketCount: number,
) => db.all(buckets, [environmentId, rating, system, period.from, period.to, bucketCount])

export const countResults = async (
  environmentId: string,
  db: Db,
  rating: string,
  system: System,
  period: { from: Date; to: Date },
) => (await db.one(count, [environmentId, rating, system, period.from, period.to]))?.matches ?? 0
