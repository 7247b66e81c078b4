import { audit } from '@aethex/shared/audit'
import type { Db } from '@aethex/shared/db'
import { notFound } from '@aethex/shared/errors'
import { auditActorOf, type Ctx, environmentOf } from '../../gateway/context.js'
import { canonicalResult } from './canonical-result.js'
import { countMatch } from './counting.js'
import {
  type Change,
  type ChangeRow,
  changesOfMatch,
  findResult,
  type ResultRow,
} from './result-store.js'
import { getRules } from './rules.js'
import type { NewResult } from './schema.js'

/** What a player went into a match with, and came out with. */
export const bothEnds = (row: ChangeRow) => ({
  before: {
    mean: row.mean_before,
    uncertainty: row.uncertainty_before,
    volatility: row.volatility_before,
  },
  after: { mean: row.mean, uncertainty: row.uncertainty, volatility: row.volatility },
})

function toResult(
  rating: string,
  result: Pick<ResultRow, 'match_id' | 'reported_by' | 'rated_at'>,
  changes: readonly Omit<Change, 'number'>[],
) {
  const { match_id, reported_by, rated_at } = result
  const players = changes.map(({ playerId, team, rank, before, after }) => ({
    user_id: playerId,
    team,
    rank,
    before,
    after,
  }))
  return { result: { rating, match_id, reported_by, rated_at: rated_at.toISOString(), players } }
}

async function shownResult(environmentId: string, db: Db, rating: string, matchId: string) {
  const result = await findResult(environmentId, db, rating, matchId)
  if (result === undefined) throw notFound()
  const rows = await changesOfMatch(environmentId, db, rating, matchId)
  const changes = rows.map(row => ({
    playerId: row.player_id,
    team: row.team,
    rank: row.rank,
    ...bothEnds(row),
  }))
  return toResult(rating, result, changes)
}

/**
 * The server's word about a match. Said again it changes nothing and is answered alike; another outcome of a match
 * that was counted is `result_differs`.
 */
export async function reportResult(ctx: Ctx, rating: string, body: NewResult) {
  const environmentId = environmentOf(ctx)
  const result = canonicalResult(body)
  const rules = await getRules(environmentId, ctx.db, rating)
  return ctx.db.transaction(async tx => {
    const now = ctx.now()
    const reportedBy = 'server'
    const counting = { environmentId, rating, rules, reportedBy, now } as const
    const changes = await countMatch(counting, tx, result)
    if (changes === undefined) return shownResult(environmentId, tx, rating, result.matchId)
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: 'ratings.report',
      target: `${rating}/${result.matchId}`,
      details: { teams: result.teams.length },
      requestId: ctx.requestId,
    })
    const counted = { match_id: result.matchId, reported_by: reportedBy, rated_at: now } as const
    return toResult(rating, counted, changes)
  })
}

/** A match that has been counted; 404 for one that has not. */
export async function readResult(ctx: Ctx, rating: string, matchId: string) {
  const environmentId = environmentOf(ctx)
  await getRules(environmentId, ctx.db, rating)
  return shownResult(environmentId, ctx.db, rating, matchId)
}
