import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import {
  type Degraded,
  degradation,
  degradedAt,
  isSpent,
  type MonthlyMeter,
  overage,
  type Standing,
} from '@aethex/shared/tiers'
import { entitlementsOf } from './entitlements.js'
import { monthOf } from './months.js'
import { findCap } from './spend-store.js'
import { findUsed, listNotices } from './usage-store.js'

export async function loadStanding(organizationId: string, db: Db, now: Date): Promise<Standing> {
  const month = monthOf(now)
  const agreement = await entitlementsOf(organizationId, db, now)
  const used = await findUsed(organizationId, db, month)
  const cap = (await findCap(organizationId, db))?.cap_minor ?? null
  const rows = await listNotices(organizationId, db, month)
  const capMinor = agreement.features.paid_overage ? cap : null
  const spentMinor = capMinor === null ? 0 : overage(used, agreement.limits)
  return {
    agreement,
    month,
    used,
    capMinor,
    spentMinor,
    degraded: capMinor === null ? [] : degradedAt(spentMinor, capMinor, used, agreement.limits),
    told: new Map(rows.map(row => [`${row.meter} ${row.percent}`, row.told_at])),
  }
}

/** When the 100 percent of a meter were reached in this month. */
export const reachedAt = (standing: Standing, meter: MonthlyMeter) =>
  standing.told.get(`${meter} 100`)

const names: Readonly<Record<MonthlyMeter, string>> = {
  monthly_active_players: 'monthly active players',
  cdn_bytes: 'bytes delivered by the content network',
  analytics_events: 'analytics events',
}

/** Why a feature is refused now: the limit behind it is used up, or the spend cap has taken it away. */
export function refusalOf(
  standing: Standing,
  feature: Degraded,
  facts: { now: Date; upgradeUrl: string },
): Problem | undefined {
  const meter = degradation.find(step => step.feature === feature)?.meter
  if (meter === undefined) return undefined
  const { agreement, used, month } = standing
  const extensions = {
    limit: meter,
    used: used[meter],
    allowed: agreement.limits[meter],
    tier: agreement.tier,
    resets_at: month.until.toISOString(),
    upgrade_url: facts.upgradeUrl,
  }
  if (standing.capMinor !== null) {
    if (!standing.degraded.includes(feature)) return undefined
    const detail = `The spend cap of the month has switched off ${feature.replace('_', ' ')}.`
    return new Problem('spend_cap_reached', { detail, extensions: { ...extensions, feature } })
  }
  // Sampling is a matter of caps; a limit lets all through or nothing.
  if (feature === 'advanced_analytics') return undefined
  if (!isSpent(used[meter], extensions.allowed, reachedAt(standing, meter), facts.now)) {
    return undefined
  }
  const detail = `The month's ${names[meter]} are used up: ${used[meter]} of ${extensions.allowed}.`
  return new Problem('usage_limit_reached', { detail, extensions })
}
