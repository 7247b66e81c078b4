import { notFound } from '@aethex/shared/errors'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { type MonthlyUsage, monthlyMeters, tiers } from '@aethex/shared/tiers'
import { z } from 'zod'
import type { Ctx } from '../../gateway/context.js'
import { entitlementsOf } from './entitlements.js'
import { type EntryRow, listEntries } from './ledger-store.js'
import { daysOf, monthNamed, monthOf } from './months.js'
import {
  findUsageOfEnvironment,
  listEnvironmentCountsByDay,
  listEnvironmentHours,
  listEnvironmentPlayersByDay,
  listUsageOfEnvironments,
} from './report-store.js'
import { usageByDay } from './spend-cap.js'
import { loadStanding } from './standing.js'
import { findUsed } from './usage-store.js'

const percentOf = (used: number, allowed: number | null) =>
  allowed === null ? null : allowed === 0 ? 100 : Math.floor((used / allowed) * 100)

/** What an organisation used in a month, beside the limits that it has now. */
export async function organizationUsage(ctx: Ctx, organizationId: string, key: string | undefined) {
  const { db, now } = ctx
  const month = key === undefined ? monthOf(now()) : monthNamed(key)
  const agreement = await entitlementsOf(organizationId, db, now())
  const used = await findUsed(organizationId, db, month)
  const { spentMinor, capMinor } = await loadStanding(organizationId, db, now())
  const isCurrent = month.key === monthOf(now()).key
  return {
    usage: {
      month: month.key,
      resets_at: month.until.toISOString(),
      tier: agreement.tier,
      meters: monthlyMeters.map(meter => ({
        meter,
        used: used[meter],
        allowed: agreement.limits[meter],
        percent: percentOf(used[meter], agreement.limits[meter]),
      })),
      save_bytes_per_player: { allowed: agreement.limits.save_bytes_per_player },
      overage: isCurrent
        ? { spent_minor: spentMinor, cap_minor: capMinor, currency: tiers[agreement.tier].currency }
        : null,
      days: await usageByDay(ctx, organizationId, month),
      environments: await listUsageOfEnvironments(organizationId, db, month),
    },
  }
}

/** What one environment used in a month, by the day, and the last two days by the hour. */
export async function environmentUsage(ctx: Ctx, environmentId: string, key: string | undefined) {
  const { db, now } = ctx
  const month = key === undefined ? monthOf(now()) : monthNamed(key)
  const row = await findUsageOfEnvironment(environmentId, db, month)
  if (row === undefined) throw notFound()
  const days = new Map<string, MonthlyUsage & { day: string }>(
    daysOf(month, now()).map(day => [
      day,
      { day, monthly_active_players: 0, cdn_bytes: 0, analytics_events: 0 },
    ]),
  )
  const add = (day: string, meter: keyof MonthlyUsage, amount: number) => {
    const known = days.get(day)
    if (known !== undefined) days.set(day, { ...known, [meter]: known[meter] + amount })
  }
  for (const { day, amount } of await listEnvironmentPlayersByDay(environmentId, db, month)) {
    add(day, 'monthly_active_players', amount)
  }
  for (const { kind, day, amount } of await listEnvironmentCountsByDay(environmentId, db, month)) {
    if (kind === 'erased_players') add(day, 'monthly_active_players', amount)
    if (kind === 'cdn_bytes' || kind === 'analytics_events') add(day, kind, amount)
  }
  const twoDaysAgo = new Date(now().getTime() - 48 * 3_600_000)
  const hours = await listEnvironmentHours(environmentId, db, twoDaysAgo)
  return {
    usage: {
      month: month.key,
      ...row,
      days: [...days.values()],
      hours: hours.map(({ kind, hour, amount }) => ({ kind, hour: hour.toISOString(), amount })),
    },
  }
}

const toEntry = ({ created_at, ...row }: EntryRow) => ({
  ...row,
  created_at: created_at.toISOString(),
})

/** What happened about an organisation's money, newest first. */
export async function listLedger(
  { db }: Ctx,
  organizationId: string,
  page: { limit: number; cursor?: string | undefined },
) {
  const before = page.cursor === undefined ? undefined : decodeCursor(z.uuid(), page.cursor)
  const rows = await listEntries(organizationId, db, before, page.limit + 1)
  return pageOf(rows, page.limit, toEntry, row => row.id)
}

/** What is sold. */
export const listTiers = () => ({ items: Object.values(tiers), next_cursor: null })
