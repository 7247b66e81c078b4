import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import type { CanonicalResult } from './canonical-result.js'
import { initialEstimate, standingOf } from './estimate.js'
import { type Contestant, rateMatch } from './rate-match.js'
import { type Change, claimMatch, findResult, keepResult, type ResultRow } from './result-store.js'
import type { RatingRules } from './settings.js'
import { holdPresent, lockRatings, makeRatings, type RatingRow } from './store.js'

interface Counting {
  environmentId: string
  rating: string
  rules: RatingRules
  reportedBy: ResultRow['reported_by']
  now: Date
}

/** Throws when the match can never count: teams where single players are rated, or players who are not here. */
export async function assertCountable(
  environmentId: string,
  tx: Db,
  rules: RatingRules,
  result: CanonicalResult,
): Promise<void> {
  assertRateable(rules, result)
  const playerIds = playersOf(result)
  assertPresent(playerIds, await holdPresent(environmentId, tx, playerIds))
}

const playersOf = ({ teams }: CanonicalResult) => teams.flatMap(({ players }) => players).sort()

function assertRateable(rules: RatingRules, { teams }: CanonicalResult): void {
  if (rules.system === 'glicko2' && teams.some(({ players }) => players.length > 1)) {
    const reason = 'has teams, and Glicko-2 rates single players; weng_lin rates teams'
    throw new Problem('invalid_request', {
      detail: `/teams: ${reason}`,
      errors: [{ pointer: '/teams', reason }],
    })
  }
}

function assertPresent(playerIds: readonly string[], present: readonly string[]): void {
  const there = new Set(present)
  const missing = playerIds.filter(id => !there.has(id))
  if (missing.length === 0) return
  throw new Problem('not_found', {
    detail: 'Some of the players are not here; `players` names them.',
    extensions: { players: missing },
  })
}

/** A row that another system has written says nothing under this one: the player begins anew. */
function contestantOf(rules: RatingRules, row: RatingRow | undefined): Contestant {
  if (row?.system !== rules.system) return { ...initialEstimate(rules), lastMatchAt: null }
  const { mean, uncertainty, volatility, last_match_at: lastMatchAt } = row
  return { mean, uncertainty, volatility, lastMatchAt }
}

/** The players' rows as teams of contestants, and the match computed. */
function computed(rules: RatingRules, result: CanonicalResult, rows: RatingRow[], now: Date) {
  const byId = new Map(rows.map(row => [row.player_id, row]))
  const teams = result.teams.map(({ rank, players }) => ({
    rank,
    players: players.map(id => contestantOf(rules, byId.get(id))),
  }))
  const { before, after, predictions } = rateMatch(rules, teams, now)
  const changes = result.teams.flatMap(({ rank, players }, team) =>
    players.map((playerId, at): Change => {
      const [known, learnt] = [before[team]?.[at], after[team]?.[at]]
      if (known === undefined || learnt === undefined) throw new Error('a player was left out')
      const number = (byId.get(playerId)?.matches ?? 0) + 1
      return { playerId, number, team, rank, before: known, after: learnt }
    }),
  )
  return { changes, predictions }
}

/** Rules that were changed under the players can put them so far apart that no number is left. */
function assertFinite(changes: readonly Change[]): void {
  const isWhole = changes.every(
    ({ after }) =>
      Number.isFinite(after.mean) &&
      Number.isFinite(after.uncertainty) &&
      Number.isFinite(after.volatility ?? 0),
  )
  if (isWhole) return
  throw new Problem('invalid_request', {
    detail: 'The ratings of these players lie too far apart to be compared.',
  })
}

/**
 * Counts a match, in the transaction given, unless it has been counted: exactly once whoever reports it how often.
 * Answers what it changed, and undefined when that was done before. Throws `result_differs` when it was counted with
 * another outcome, `not_found` when somebody in it is not a player here, and `invalid_request` for teams where single
 * players are rated.
 */
export async function countMatch(
  { environmentId, rating, rules, reportedBy, now }: Counting,
  tx: Db,
  result: CanonicalResult,
): Promise<readonly Change[] | undefined> {
  assertRateable(rules, result)
  const { system } = rules
  const row = {
    match_id: result.matchId,
    digest: result.digest,
    reported_by: reportedBy,
    rated_at: now,
  }
  if (!(await claimMatch(environmentId, tx, rating, system, row))) {
    const known = await findResult(environmentId, tx, rating, result.matchId)
    if (known?.digest.equals(result.digest) !== true) throw new Problem('result_differs')
    return undefined
  }
  const playerIds = playersOf(result)
  const fresh = initialEstimate(rules)
  const made = { ...fresh, system, standing: standingOf(rules, fresh) }
  assertPresent(playerIds, await makeRatings(environmentId, tx, rating, playerIds, made))
  const rows = await lockRatings(environmentId, tx, rating, playerIds)
  const { changes, predictions } = computed(rules, result, rows, now)
  assertFinite(changes)
  const written = changes.map(change => ({ ...change, standing: standingOf(rules, change.after) }))
  await keepResult(environmentId, tx, rating, system, row, predictions, written)
  return changes
}
