import type { Db } from '@aethex/shared/db'
import type { Logger } from '@aethex/shared/log'
import type { MonthlyMeter, Standing } from '@aethex/shared/tiers'
import type { Parts } from '../../gateway/context.js'
import { monthOf } from './months.js'
import { loadStanding, refusalOf } from './standing.js'
import { takeTurn } from './subscription-store.js'
import { meetPlayerRow } from './usage-store.js'

type Counting = Pick<Parts, 'usage' | 'now'>

/** What deciding about a new account needs. */
export type Admitting = Counting & Pick<Parts, 'publicUrl'>

/**
 * Counts a player as active in this month; asked at every sign-in and refresh. What this process knows to be
 * counted costs nothing. A count that has just been made is not remembered yet: its transaction may not commit.
 */
export async function meetPlayer(
  { usage, now }: Counting,
  environmentId: string,
  db: Db,
  playerId: string,
): Promise<void> {
  const at = now()
  const month = monthOf(at)
  const key = `${month.key} ${environmentId} ${playerId}`
  if (usage.met.has(key)) return
  if (await meetPlayerRow(environmentId, db, month, playerId, at)) usage.watch(environmentId)
  else usage.met.set(key, true)
}

/** The same beside the request: what goes wrong is logged, and the next refresh counts. */
export function meetPlayerAside(
  ctx: Counting & Pick<Parts, 'db'> & { log: Logger },
  environmentId: string,
  playerId: string,
): void {
  meetPlayer(ctx, environmentId, ctx.db, playerId).catch(error =>
    ctx.log.warn({ err: error }, 'an active player was not counted'),
  )
}

/** Where the public price list is: what a refusal points to. */
export const upgradeUrl = ({ publicUrl }: Pick<Parts, 'publicUrl'>) =>
  `${publicUrl}/api/v1/billing/tiers`

// Far from a limit a count that is a second old will do; near it, those who arrive are counted one by one.
function isNear({ agreement, used }: Standing, meter: MonthlyMeter): boolean {
  const allowed = agreement.limits[meter]
  return allowed !== null && used[meter] + Math.max(500, allowed / 20) >= allowed
}

/**
 * Lets a new account in, or refuses it because the month's players are used up; asked by every way of making one, in
 * its transaction, once the player's row is there. Players who have an account are never asked.
 * Throws `usage_limit_reached` or `spend_cap_reached`.
 */
export async function admitNewPlayer(
  parts: Admitting,
  environmentId: string,
  tx: Db,
  playerId: string,
): Promise<void> {
  const known = await parts.usage.standing(environmentId, tx)
  if (isNear(known, 'monthly_active_players')) {
    const { organizationId } = known.agreement
    await takeTurn(organizationId, tx, 'players')
    const now = parts.now()
    const standing = await loadStanding(organizationId, tx, now)
    const refusal = refusalOf(standing, 'new_players', { now, upgradeUrl: upgradeUrl(parts) })
    if (refusal !== undefined) throw refusal
  }
  await meetPlayer(parts, environmentId, tx, playerId)
}
