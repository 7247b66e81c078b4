import { type Limits, type MonthlyUsage, monthlyMeters, overage } from '@aethex/shared/tiers'

/** How the day is found, for people. */
export const forecastMethod =
  'Linear: what each meter grew by a day, on average over the last seven whole days of this month, goes on to its end.'

const consideredDays = 7

/** Whether overage costs as much as the cap, and there is a limit that has nothing left. */
export function isTripped(used: MonthlyUsage, limits: Limits, capMinor: number): boolean {
  const isAnyFull = monthlyMeters.some(meter => {
    const allowed = limits[meter]
    return allowed !== null && used[meter] >= allowed
  })
  return isAnyFull && overage(used, limits) >= capMinor
}

/**
 * The day on which a spend cap trips, as an index into the month's days; null when it does not within this month.
 * On the first day of a month there is no whole day to go by: then only a cap that has tripped already is seen.
 * @param used what was used until now
 * @param wholeDays what each day of this month that is over has added, in their order: today is their number
 */
export function tripDay(
  used: MonthlyUsage,
  wholeDays: readonly MonthlyUsage[],
  limits: Limits,
  capMinor: number,
  daysInMonth: number,
): number | null {
  const today = wholeDays.length
  const recent = wholeDays.slice(-consideredDays)
  const grown = (meter: keyof MonthlyUsage, daysAhead: number) => {
    if (recent.length === 0) return used[meter]
    const sum = recent.reduce((total, day) => total + day[meter], 0)
    return used[meter] + Math.floor((sum * daysAhead) / recent.length)
  }
  for (let ahead = 0; today + ahead < daysInMonth; ahead++) {
    const then = {
      monthly_active_players: grown('monthly_active_players', ahead),
      cdn_bytes: grown('cdn_bytes', ahead),
      analytics_events: grown('analytics_events', ahead),
    }
    if (isTripped(then, limits, capMinor)) return today + ahead
  }
  return null
}
