import type { Limits } from './entitlements.js'
import { gigabyte } from './tiers.js'

/** What is counted by the month, and can be charged beyond its limit. */
export const monthlyMeters = ['monthly_active_players', 'cdn_bytes', 'analytics_events'] as const
export type MonthlyMeter = (typeof monthlyMeters)[number]
export type MonthlyUsage = Readonly<Record<MonthlyMeter, number>>

/** `price_minor` US cents for every `unit` beyond the limit; a part of a unit costs its part, cents rounded down. */
export const overagePrices: Readonly<Record<MonthlyMeter, { unit: number; price_minor: number }>> =
  {
    monthly_active_players: { unit: 1_000, price_minor: 150 },
    cdn_bytes: { unit: 100 * gigabyte, price_minor: 300 },
    analytics_events: { unit: 1_000_000, price_minor: 60 },
  }

/** How much of a meter lies beyond its limit. */
export const beyond = (used: number, allowed: number | null) =>
  allowed === null ? 0 : Math.max(0, used - allowed)

/** What one meter's usage beyond its limit costs. Whole numbers throughout: bytes times cents leave the doubles. */
export function overageOf(meter: MonthlyMeter, used: number, allowed: number | null): number {
  const { unit, price_minor } = overagePrices[meter]
  return Number((BigInt(beyond(used, allowed)) * BigInt(price_minor)) / BigInt(unit))
}

/** What a month's usage costs beyond the limits, uncapped. */
export const overage = (used: MonthlyUsage, limits: Limits): number =>
  monthlyMeters.reduce((sum, meter) => sum + overageOf(meter, used[meter], limits[meter]), 0)

/** What can be taken away when a spend cap is near, and what is never on the list. */
export type Degraded = 'advanced_analytics' | 'analytics_ingest' | 'cdn' | 'new_players'

/**
 * The order in which features go when a spend cap is used up: each at its share of the cap, and only where its own
 * meter is beyond its limit, for what is within the limits costs nothing. Saves, and the sign-in of players who have
 * an account, are not on the list.
 */
export const degradation: readonly {
  feature: Degraded
  meter: MonthlyMeter
  at_percent: number
}[] = [
  // Events of nine players in ten are left out, those of the tenth stay whole.
  { feature: 'advanced_analytics', meter: 'analytics_events', at_percent: 80 },
  { feature: 'analytics_ingest', meter: 'analytics_events', at_percent: 90 },
  { feature: 'cdn', meter: 'cdn_bytes', at_percent: 95 },
  { feature: 'new_players', meter: 'monthly_active_players', at_percent: 100 },
]

/** Of this many players the events of one are still taken once advanced analytics is degraded. */
export const sampleOneIn = 10

/** The features that a cap takes away at this spending. */
export function degradedAt(
  spentMinor: number,
  capMinor: number,
  used: MonthlyUsage,
  limits: Limits,
): Degraded[] {
  return degradation
    .filter(({ meter, at_percent }) => {
      const allowed = limits[meter]
      if (allowed === null || used[meter] < allowed) return false
      return spentMinor * 100 >= capMinor * at_percent
    })
    .map(({ feature }) => feature)
}
