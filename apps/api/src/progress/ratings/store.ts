import { type Db, statement } from '@aethex/shared/db'
import type { Estimate } from './estimate.js'
import type { RatingRules } from './settings.js'

type System = RatingRules['system']

export interface RatingRow extends Estimate {
  player_id: string
  system: System
  standing: number
  matches: number
  last_match_at: Date | null
}

const columns = 'player_id, system, mean, uncertainty, volatility, standing, matches, last_match_at'

const holdPlayers = statement<{ id: string }>(
  'ratings.hold_players',
  'SELECT id FROM player WHERE environment_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR KEY SHARE',
)
// Players are held until the match is counted, so that nobody is erased in between. Rows are made, and locked, in the
// order of ids: two matches with the same players never wait for each other in a ring.
const makeRows = statement<{ id: string }>(
  'ratings.make_rows',
  `WITH present AS (
     SELECT id FROM player WHERE environment_id = $1 AND id = ANY($3::uuid[]) ORDER BY id FOR KEY SHARE
   ), made AS (
     INSERT INTO player_rating (environment_id, rating, player_id, system, mean, uncertainty, volatility, standing)
     SELECT $1, $2, id, $4::rating_system, $5, $6, $7, $8 FROM present ORDER BY id
     ON CONFLICT DO NOTHING
   )
   SELECT id FROM present`,
)
const lockRows = statement<RatingRow>(
  'ratings.lock_rows',
  `SELECT ${columns} FROM player_rating
   WHERE environment_id = $1 AND rating = $2 AND player_id = ANY($3::uuid[]) ORDER BY player_id FOR UPDATE`,
)
const findRows = statement<RatingRow>(
  'ratings.find_rows',
  `SELECT ${columns} FROM player_rating
   WHERE environment_id = $1 AND rating = $2 AND system = $3::rating_system AND player_id = ANY($4::uuid[])`,
)
const findPresent = statement<{ is_open: boolean }>(
  'ratings.find_player',
  'SELECT closed_reason IS NULL AS is_open FROM player WHERE environment_id = $1 AND id = $2',
)
const ranked = statement<RatingRow & { username: string }>(
  'ratings.list',
  `SELECT r.player_id, r.system, r.mean, r.uncertainty, r.volatility, r.standing, r.matches, r.last_match_at, p.username
   FROM player_rating r JOIN player p ON p.environment_id = r.environment_id AND p.id = r.player_id
   WHERE r.environment_id = $1 AND r.rating = $2 AND r.system = $3::rating_system AND p.closed_reason IS NULL
     AND r.standing <= $4::float8 AND (r.standing < $4::float8 OR r.player_id > $5::uuid)
   ORDER BY r.standing DESC, r.player_id LIMIT $6`,
)

/** The ids of those that are there, closed accounts included: who plays until the end of the match counts. */
export const holdPresent = async (environmentId: string, tx: Db, ids: readonly string[]) =>
  (await tx.all(holdPlayers, [environmentId, ids])).map(row => row.id)

/** As `holdPresent`; those without a rating get it as `fresh` says. */
export async function makeRatings(
  environmentId: string,
  tx: Db,
  rating: string,
  playerIds: readonly string[],
  fresh: Pick<RatingRow, 'system' | 'mean' | 'uncertainty' | 'volatility' | 'standing'>,
): Promise<string[]> {
  const { system, mean, uncertainty, volatility, standing } = fresh
  const made = [environmentId, rating, playerIds, system, mean, uncertainty, volatility, standing]
  return (await tx.all(makeRows, made)).map(row => row.id)
}

/** The players' rows, locked until the transaction ends. */
export const lockRatings = (
  environmentId: string,
  tx: Db,
  rating: string,
  playerIds: readonly string[],
) => tx.all(lockRows, [environmentId, rating, playerIds])

/** Of those players that have been rated under this system. */
export const findRatings = (
  environmentId: string,
  db: Db,
  rating: string,
  system: System,
  playerIds: readonly string[],
) => db.all(findRows, [environmentId, rating, system, playerIds])

/** Whether the account is open; undefined when there is no such player. */
export const findStanding = async (environmentId: string, db: Db, playerId: string) =>
  (await db.one(findPresent, [environmentId, playerId]))?.is_open

/** Players behind a place, best first. */
export const listRatings = (
  environmentId: string,
  db: Db,
  rating: string,
  system: System,
  after: { standing: number; playerId: string },
  limit: number,
) => db.all(ranked, [environmentId, rating, system, after.standing, after.playerId, limit])
