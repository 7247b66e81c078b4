import type { Entitlements } from './entitlements.js'
import type { Degraded, MonthlyUsage } from './overage.js'
import { grace, type TierName } from './tiers.js'

/** A calendar month in UTC: what is counted by the month is counted in these. */
export interface Month {
  /** `2026-11` */
  key: string
  from: Date
  /** The first moment of the next month. */
  until: Date
}

/** What an organisation has: its tier, and that tier's entitlements with those of its contract on top. */
export interface Agreement extends Entitlements {
  organizationId: string
  tier: TierName
  /** For a month, in cents; null when nothing is agreed. */
  priceMinor: number | null
  contract: { validFrom: Date; validUntil: Date | null } | undefined
}

/** Where an organisation stands in the current month. */
export interface Standing {
  agreement: Agreement
  month: Month
  used: MonthlyUsage
  /** What overage may cost; null when none is charged, and the limits themselves hold. */
  capMinor: number | null
  spentMinor: number
  /** What the spend cap has taken away. */
  degraded: readonly Degraded[]
  /** When the organisation was told of `<meter> <percent>`. */
  told: ReadonlyMap<string, Date>
}

/** The most that a limit lets through within its grace: a tenth more. Bytes stay whole numbers. */
export const withGrace = (allowed: number) =>
  allowed + Math.floor((allowed * grace.over_percent) / 100)

export const graceMs = grace.days * 86_400_000

/** Whether a limit has nothing left: it is passed by a tenth, or was reached longer ago than the grace lasts. */
export function isSpent(
  used: number,
  allowed: number | null,
  reachedAt: Date | undefined,
  now: Date,
): boolean {
  if (allowed === null || used < allowed) return false
  const isGraceOver = reachedAt !== undefined && reachedAt.getTime() + graceMs <= now.getTime()
  return isGraceOver || used >= withGrace(allowed)
}
