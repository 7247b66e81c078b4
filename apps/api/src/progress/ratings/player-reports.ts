import { Problem } from '@aethex/shared/errors'
import { readRoster } from '@aethex/shared/matchmaking'
import { type Ctx, type Parts, playerOf } from '../../gateway/context.js'
import { canonicalResult } from './canonical-result.js'
import { assertCountable, countMatch } from './counting.js'
import { assertPlayed } from './line-up.js'
import { addReport, forgetReports, holdReports, listReports } from './report-store.js'
import { findResult } from './result-store.js'
import { getRules } from './rules.js'
import type { NewResult } from './schema.js'

type State = 'waiting' | 'rated' | 'disputed'

/**
 * A player's word about a match they were in. It counts once every side of the match has said the same; a side that
 * says otherwise keeps it from counting, until the server decides. Nobody takes their word back: `result_differs`. Of
 * matches that matchmaking made here only those can count in which exactly its players stand.
 */
export async function reportAsPlayer(ctx: Ctx, rating: string, body: NewResult) {
  const { environmentId, playerId } = playerOf(ctx)
  const result = canonicalResult(body)
  const rules = await getRules(environmentId, ctx.db, rating)
  if (rules.reported_by === 'server') {
    throw new Problem('forbidden', { detail: 'Only the studio’s server reports results here.' })
  }
  const team = result.teams.findIndex(({ players }) => players.includes(playerId))
  if (team === -1) throw new Problem('forbidden', { detail: 'You were not in this match.' })
  const { matchId } = result
  const isFree = rules.reported_by === 'anyone'
  const roster = isFree ? undefined : await readRoster(ctx.redis, environmentId, matchId)
  const state = await ctx.db.transaction(async (tx): Promise<State> => {
    await holdReports(environmentId, tx, rating, matchId)
    const counted = await findResult(environmentId, tx, rating, matchId)
    if (counted !== undefined) {
      if (!counted.digest.equals(result.digest)) throw new Problem('result_differs')
      return 'rated'
    }
    if (!isFree) assertPlayed(roster, result, playerId)
    await assertCountable(environmentId, tx, rules, result)
    const now = ctx.now()
    const said = await addReport(environmentId, tx, rating, playerId, result, team, now)
    if (said?.digest.equals(result.digest) !== true) throw new Problem('result_differs')
    const words = await listReports(environmentId, tx, rating, result)
    if (!words.every(word => word.digest.equals(result.digest))) return 'disputed'
    if (new Set(words.map(word => word.team)).size < result.teams.length) return 'waiting'
    const counting = { environmentId, rating, rules, reportedBy: 'players' as const, now }
    await countMatch(counting, tx, result)
    return 'rated'
  })
  return { report: { match_id: matchId, state } }
}

const keptDays = 30
const batch = 1_000

/** Forgets words of players that are too old to meet an answer. */
export async function forgetOldReports({ db, now }: Pick<Parts, 'db' | 'now'>): Promise<void> {
  const before = new Date(now().getTime() - keptDays * 86_400_000)
  while ((await forgetReports(before, db, batch)) === batch);
}
