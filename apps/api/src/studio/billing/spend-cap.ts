import { audit } from '@aethex/shared/audit'
import { Problem } from '@aethex/shared/errors'
import {
  degradation,
  type MonthlyUsage,
  overagePrices,
  type Standing,
  tierNames,
  tiers,
} from '@aethex/shared/tiers'
import { auditActorOf, type Ctx } from '../../gateway/context.js'
import { entitlementsOf } from './entitlements.js'
import { forecastMethod, tripDay } from './forecast.js'
import { addEntry } from './ledger-store.js'
import { dayOf, daysOf } from './months.js'
import { findCap, listCountedByDay, listNewPlayersByDay, writeCap } from './spend-store.js'
import { loadStanding } from './standing.js'

export type UsageOfDay = MonthlyUsage & { day: string }

/** What each day of the current month that has begun has added to the meters. */
export async function usageByDay(
  { db, now }: Pick<Ctx, 'db' | 'now'>,
  organizationId: string,
  month: Standing['month'],
): Promise<UsageOfDay[]> {
  const players = new Map(
    (await listNewPlayersByDay(organizationId, db, month)).map(row => [row.day, row.amount]),
  )
  const counted = new Map(
    (await listCountedByDay(organizationId, db, month)).map(row => [
      `${row.kind} ${row.day}`,
      row.amount,
    ]),
  )
  return daysOf(month, now()).map(day => ({
    day,
    monthly_active_players: (players.get(day) ?? 0) + (counted.get(`erased_players ${day}`) ?? 0),
    cdn_bytes: counted.get(`cdn_bytes ${day}`) ?? 0,
    analytics_events: counted.get(`analytics_events ${day}`) ?? 0,
  }))
}

async function forecastOf(ctx: Ctx, { agreement, month, used, capMinor }: Standing) {
  if (capMinor === null) return null
  const days = await usageByDay(ctx, agreement.organizationId, month)
  const daysInMonth = Math.round((month.until.getTime() - month.from.getTime()) / 86_400_000)
  const index = tripDay(used, days.slice(0, -1), agreement.limits, capMinor, daysInMonth)
  return index === null ? null : dayOf(new Date(month.from.getTime() + index * 86_400_000))
}

/** The cap, what it has cost so far, what it has switched off, and when it will trip. Its version is the ETag. */
export async function readCap(ctx: Ctx, organizationId: string) {
  const row = await findCap(organizationId, ctx.db)
  const standing = await loadStanding(organizationId, ctx.db, ctx.now())
  return {
    version: row?.version ?? 0,
    spend_cap: {
      cap_minor: row?.cap_minor ?? null,
      currency: tiers[standing.agreement.tier].currency,
      is_in_force: standing.capMinor !== null,
      spent_minor: standing.spentMinor,
      switched_off: [...standing.degraded],
      degradation: degradation.map(({ feature, at_percent }) => ({ feature, at_percent })),
      prices: overagePrices,
      forecast: { trips_on: await forecastOf(ctx, standing), method: forecastMethod },
    },
  }
}

/**
 * Sets what overage may cost in a month; null allows none. Throws `tier_required` where a tier has no paid overage,
 * and `version_mismatch`.
 */
export async function writeCapOf(
  ctx: Ctx,
  organizationId: string,
  capMinor: number | null,
  version: number | undefined,
) {
  const at = ctx.now()
  await ctx.db.transaction(async tx => {
    const { features } = await entitlementsOf(organizationId, tx, at)
    if (capMinor !== null && !features.paid_overage) {
      const including = tierNames.filter(name => tiers[name].features.paid_overage)
      throw new Problem('tier_required', { extensions: { tiers: including } })
    }
    const row = await writeCap(organizationId, tx, capMinor, version, at)
    if (row === undefined) throw new Problem('version_mismatch')
    await addEntry(organizationId, tx, {
      kind: 'spend_cap_changed',
      amountMinor: 0,
      currency: 'USD',
      details: { cap_minor: capMinor },
      at,
    })
    await audit(tx, {
      organizationId,
      actor: auditActorOf(ctx),
      action: 'billing.write_spend_cap',
      target: organizationId,
      details: { cap_minor: capMinor },
      requestId: ctx.requestId,
    })
  })
  ctx.usage.forget()
  return readCap(ctx, organizationId)
}
