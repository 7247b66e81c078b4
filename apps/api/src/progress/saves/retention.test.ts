import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type DatedVersion, retentionRules, versionsToForget } from './retention.js'

const now = new Date('2026-06-15T12:00:00Z')
const hourMs = 3_600_000
const rule = { all: 0, last: 3, hours: 5, days: 3, weeks: 3, undeleteDays: 7, pins: 3 }

/** Versions made so many hours ago, oldest first; answered newest first. */
const madeHoursAgo = (...hours: number[]): DatedVersion[] =>
  hours
    .map((hour, at) => ({
      version: at + 1,
      created_at: new Date(now.getTime() - hour * hourMs),
      pinned: false,
    }))
    .toReversed()

const keptOf = (versions: DatedVersion[], by = rule) => {
  const forgotten = new Set(versionsToForget(versions, by, now))
  return versions.map(({ version }) => version).filter(version => !forgotten.has(version))
}

describe('what is kept of a history', () => {
  test('the last versions stay, however fast they came', () => {
    const burst = madeHoursAgo(0.05, 0.04, 0.03, 0.02, 0.01)
    expect(keptOf(burst)).toEqual([5, 4, 3])
  })

  test('for a while everything stays', () => {
    const busy = madeHoursAgo(2.5, 2.4, 1.9, 1.8, 0.5, 0.4, 0.3, 0.2)
    expect(keptOf(busy, { ...rule, all: 2, hours: 0, days: 0, weeks: 0 })).toEqual([
      8, 7, 6, 5, 4, 3,
    ])
  })

  test('before them stays the newest of each hour, each day and each week of a while', () => {
    const weeks = [24 * 21, 24 * 14, 24 * 8, 24 * 8 - 1]
    const days = [50, 49, 26]
    const hours = [3.5, 3.2, 2.5, 1.5]
    const versions = madeHoursAgo(...weeks, ...days, ...hours, 0.3, 0.2, 0.1)
    // 1 is older than three weeks; 3 is of the week of 4, 5 of the day of 6, 8 of the hour of 9.
    expect(keptOf(versions)).toEqual([14, 13, 12, 11, 10, 9, 7, 6, 4, 2])
  })

  test('what is pinned stays for good', () => {
    const versions = madeHoursAgo(24 * 365, 24 * 364, 3, 2, 1).map(one => ({
      ...one,
      pinned: one.version === 1,
    }))
    expect(keptOf(versions)).toEqual([5, 4, 3, 1])
  })

  test('the head stays under any rule and at any age', () => {
    const nothing = { ...rule, last: 0, hours: 0, days: 0, weeks: 0 }
    expect(keptOf(madeHoursAgo(9_000, 8_999), nothing)).toEqual([2])
  })

  test('however many versions there are, what is kept has a bound, and forgetting twice forgets no more', () => {
    const ages = fc.array(fc.double({ min: 0, max: 24 * 400, noNaN: true }), { maxLength: 300 })
    fc.assert(
      fc.property(ages, fc.constantFrom(...Object.values(retentionRules)), (hours, by) => {
        const versions = madeHoursAgo(...hours.toSorted((a, b) => b - a))
        const kept = new Set(keptOf(versions, by))
        const young = hours.filter(hour => hour < by.all).length
        const most = young + by.last + by.hours + by.days + by.weeks
        expect(kept.size).toBeLessThanOrEqual(most)
        const again = versions.filter(({ version }) => kept.has(version))
        expect(versionsToForget(again, by, now)).toEqual([])
      }),
    )
  })
})
