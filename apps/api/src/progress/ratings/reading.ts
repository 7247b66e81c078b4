import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { z } from 'zod'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { initialEstimate, shownRating, standingOf } from './estimate.js'
import { currentEstimate } from './rate-match.js'
import { bothEnds } from './reporting.js'
import { changesOfPlayer } from './result-store.js'
import { findRules, getRules } from './rules.js'
import type { RatingRules } from './settings.js'
import { findRatings, findStanding, listRatings, type RatingRow } from './store.js'

interface Page {
  limit: number
  cursor?: string | undefined
}

const isStudio = ({ actor }: Ctx) => actor.kind === 'server'

/** Somebody who has played no match yet. */
const newcomer = (rules: RatingRules, playerId: string): RatingRow => {
  const fresh = initialEstimate(rules)
  return {
    player_id: playerId,
    system: rules.system,
    ...fresh,
    standing: standingOf(rules, fresh),
    matches: 0,
    last_match_at: null,
  }
}

const estimateNow = (rules: RatingRules, row: RatingRow, now: Date) =>
  currentEstimate(rules, { ...row, lastMatchAt: row.last_match_at }, now)

const toShown = (ctx: Ctx, rules: RatingRules, row: RatingRow) => ({
  user_id: row.player_id,
  shown_rating: shownRating(rules, row.standing),
  matches: row.matches,
  last_match_at: row.last_match_at?.toISOString() ?? null,
  ...(isStudio(ctx) && { estimate: estimateNow(rules, row, ctx.now()) }),
})

/**
 * Whose rating is meant, for a caller who may see it; 404 for everybody else. A closed account is there for its
 * studio only. `ownOnly` is for what players never show each other.
 */
async function subjectOf(ctx: Ctx, rules: RatingRules, userId: string, ownOnly = false) {
  if (ctx.actor.kind === 'player') {
    const { playerId } = ctx.actor
    const isOwn = userId === 'me' || userId === playerId
    const mayOthers = !ownOnly && rules.visible_to === 'everyone'
    if (isOwn ? rules.visible_to === 'servers' : !mayOthers) throw notFound()
    if (isOwn) return playerId
  } else if (userId === 'me') {
    throw new Problem('invalid_request', {
      detail: '`me` needs a signed-in player; name the player’s id.',
    })
  }
  const isOpen = await findStanding(environmentOf(ctx), ctx.db, userId)
  if (isOpen === undefined || (!isOpen && !isStudio(ctx))) throw notFound()
  return userId
}

/** What a player is worth; who has played no match is worth what newcomers are. */
export async function readRating(ctx: Ctx, rating: string, userId: string) {
  const environmentId = environmentOf(ctx)
  const rules = await getRules(environmentId, ctx.db, rating)
  const playerId = await subjectOf(ctx, rules, userId)
  const [row] = await findRatings(environmentId, ctx.db, rating, rules.system, [playerId])
  return { rating: { rating, ...toShown(ctx, rules, row ?? newcomer(rules, playerId)) } }
}

const Place = z.tuple([z.number(), z.uuid()])
const first = {
  standing: Number.POSITIVE_INFINITY,
  playerId: '00000000-0000-0000-0000-000000000000',
}

/** Players by what they are worth, the best first. */
export async function listRated(ctx: Ctx, rating: string, { limit, cursor }: Page) {
  const environmentId = environmentOf(ctx)
  const rules = await getRules(environmentId, ctx.db, rating)
  if (!isStudio(ctx) && rules.visible_to !== 'everyone') throw notFound()
  const place = cursor === undefined ? undefined : decodeCursor(Place, cursor)
  const after = place === undefined ? first : { standing: place[0], playerId: place[1] }
  const rows = await listRatings(environmentId, ctx.db, rating, rules.system, after, limit + 1)
  return pageOf(
    rows,
    limit,
    row => ({ username: row.username, ...toShown(ctx, rules, row) }),
    row => [row.standing, row.player_id],
  )
}

const mostMatches = 2_147_483_647

/** What each match changed, newest first; for the player and the studio. */
export async function readHistory(
  ctx: Ctx,
  rating: string,
  userId: string,
  { limit, cursor }: Page,
) {
  const environmentId = environmentOf(ctx)
  const rules = await getRules(environmentId, ctx.db, rating)
  const playerId = await subjectOf(ctx, rules, userId, true)
  const before =
    cursor === undefined ? mostMatches : decodeCursor(z.int().min(0).max(mostMatches), cursor)
  const { db } = ctx
  const page = [playerId, before, limit + 1] as const
  const rows = await changesOfPlayer(environmentId, db, rating, rules.system, ...page)
  const toMatch = (row: (typeof rows)[number]) => {
    const ends = bothEnds(row)
    return {
      match_id: row.match_id,
      number: row.number,
      rank: row.rank,
      rated_at: row.rated_at.toISOString(),
      shown_before: shownRating(rules, standingOf(rules, ends.before)),
      shown_after: shownRating(rules, standingOf(rules, ends.after)),
      ...(isStudio(ctx) && ends),
    }
  }
  return pageOf(rows, limit, toMatch, row => row.number)
}

/**
 * How good players are, for whoever puts matches together: `rating` is the likeliest value, not the cautious one that
 * is shown. Every id that is asked for has an answer; undefined when the studio has declared no such rating.
 */
export async function ratingsOf(
  environmentId: string,
  db: Db,
  rating: string,
  playerIds: readonly string[],
  now = new Date(),
): Promise<Map<string, { rating: number; uncertainty: number }> | undefined> {
  const rules = await findRules(environmentId, db, rating)
  if (rules === undefined) return undefined
  const rows = await findRatings(environmentId, db, rating, rules.system, playerIds)
  const known = new Map(rows.map(row => [row.player_id, row]))
  return new Map(
    playerIds.map(id => {
      const row = known.get(id) ?? newcomer(rules, id)
      const { mean, uncertainty } = estimateNow(rules, row, now)
      return [id, { rating: mean, uncertainty }]
    }),
  )
}
