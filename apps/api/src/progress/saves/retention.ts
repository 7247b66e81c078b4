import type { TierName } from '@aethex/shared/tiers'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const weekMs = 7 * dayMs

/** How much of a slot's history is kept: all for a while, the last versions, then one for each hour, day and week. */
export interface RetentionRule {
  /** Hours for which every version is kept: what devices that were away for a little have in common stays. */
  all: number
  last: number
  hours: number
  days: number
  weeks: number
  /** How long a deleted slot can be brought back, in days. */
  undeleteDays: number
  /** How many versions of a slot may be pinned: those stay whatever the rest says. */
  pins: number
}

/** By tier; A-PRC names no figures, these are ours. */
export const retentionRules: Readonly<Record<TierName, RetentionRule>> = {
  free: { all: 1, last: 10, hours: 24, days: 7, weeks: 4, undeleteDays: 7, pins: 3 },
  pro: { all: 6, last: 50, hours: 72, days: 30, weeks: 26, undeleteDays: 30, pins: 20 },
  enterprise: { all: 24, last: 200, hours: 168, days: 90, weeks: 104, undeleteDays: 90, pins: 100 },
}

export interface DatedVersion {
  version: number
  created_at: Date
  pinned: boolean
}

/** The newest version of each stretch of time that reaches into the window. */
function newestOfEach(
  newestFirst: readonly DatedVersion[],
  { stretchMs, count, now }: { stretchMs: number; count: number; now: Date },
): number[] {
  const stretchOf = (date: Date) => Math.floor(date.getTime() / stretchMs)
  const oldest = stretchOf(now) - count + 1
  const seen = new Set<number>()
  return newestFirst.flatMap(({ version, created_at }) => {
    const stretch = stretchOf(created_at)
    if (stretch < oldest || seen.has(stretch)) return []
    seen.add(stretch)
    return [version]
  })
}

/**
 * Which versions of a slot the rule lets go. The newest, the head, always stays, and so does what is pinned. Hours, days
 * and weeks are those of UTC; what is kept of a longer stretch is the newest of it.
 */
export function versionsToForget(
  newestFirst: readonly DatedVersion[],
  { all, last, hours, days, weeks }: RetentionRule,
  now: Date,
): number[] {
  const recent = now.getTime() - all * hourMs
  const kept = new Set([
    ...newestFirst.filter(one => one.created_at.getTime() > recent).map(({ version }) => version),
    ...newestFirst.slice(0, Math.max(last, 1)).map(({ version }) => version),
    ...newestFirst.filter(({ pinned }) => pinned).map(({ version }) => version),
    ...newestOfEach(newestFirst, { stretchMs: hourMs, count: hours, now }),
    ...newestOfEach(newestFirst, { stretchMs: dayMs, count: days, now }),
    ...newestOfEach(newestFirst, { stretchMs: weekMs, count: weeks, now }),
  ])
  return newestFirst.map(({ version }) => version).filter(version => !kept.has(version))
}
