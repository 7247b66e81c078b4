import { type MonthlyUsage, tiers } from '@aethex/shared/tiers'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isTripped, tripDay } from './forecast.js'
import { daysOf, monthBefore, monthNamed, monthOf } from './months.js'
import { type Agreed, basePrice, highestCap, spansOf } from './spans.js'

const limits = { ...tiers.pro.limits, analytics_events: 1_000_000, cdn_bytes: 10 ** 9 }

const day: fc.Arbitrary<MonthlyUsage> = fc.record({
  monthly_active_players: fc.nat({ max: 20_000 }),
  cdn_bytes: fc.nat({ max: 10 ** 11 }),
  analytics_events: fc.nat({ max: 10 ** 7 }),
})
const daysInMonth = 30
const month = fc
  .tuple(fc.array(day, { maxLength: daysInMonth - 1 }), day)
  .map(([whole, today]) => ({ whole, used: add([...whole, today]) }))
const cap = fc.nat({ max: 1_000_000 })

function add(days: readonly MonthlyUsage[]): MonthlyUsage {
  const sum = (meter: keyof MonthlyUsage) => days.reduce((total, one) => total + one[meter], 0)
  return {
    monthly_active_players: sum('monthly_active_players'),
    cdn_bytes: sum('cdn_bytes'),
    analytics_events: sum('analytics_events'),
  }
}

const trip = ({ whole, used }: { whole: MonthlyUsage[]; used: MonthlyUsage }, capMinor: number) =>
  tripDay(used, whole, limits, capMinor, daysInMonth)

describe('the day on which a spend cap trips', () => {
  test('lies between today and the end of the month, or is none', () => {
    fc.assert(
      fc.property(month, cap, (given, capMinor) => {
        const found = trip(given, capMinor)
        if (found === null) return
        expect(found).toBeGreaterThanOrEqual(given.whole.length)
        expect(found).toBeLessThan(daysInMonth)
      }),
    )
  })

  test('is today exactly when the cap has tripped', () => {
    fc.assert(
      fc.property(month, cap, (given, capMinor) => {
        const isToday = trip(given, capMinor) === given.whole.length
        expect(isToday).toBe(isTripped(given.used, limits, capMinor))
      }),
    )
  })

  test('is never earlier with a higher cap', () => {
    fc.assert(
      fc.property(month, cap, cap, (given, one, more) => {
        const early = trip(given, one)
        const late = trip(given, one + more)
        if (early === null) expect(late).toBeNull()
        else expect(late ?? daysInMonth).toBeGreaterThanOrEqual(early)
      }),
    )
  })

  test('is never later with more used', () => {
    fc.assert(
      fc.property(month, day, cap, (given, extra, capMinor) => {
        const more = { ...given, used: add([given.used, extra]) }
        expect(trip(more, capMinor) ?? daysInMonth).toBeLessThanOrEqual(
          trip(given, capMinor) ?? daysInMonth,
        )
      }),
    )
  })

  test('is none when nothing was used on the last seven days and the cap still holds', () => {
    const idle = Array.from({ length: 7 }, () => add([]))
    fc.assert(
      fc.property(fc.array(day, { maxLength: 20 }), cap, (whole, capMinor) => {
        const used = add(whole)
        fc.pre(!isTripped(used, limits, capMinor))
        expect(tripDay(used, [...whole, ...idle], limits, capMinor, daysInMonth)).toBeNull()
      }),
    )
  })

  test('is found by hand for a steady month of a million events a day', () => {
    const steady = { ...add([]), analytics_events: 1_000_000 }
    const whole = Array.from({ length: 10 }, () => steady)
    // Ten million by now; 60 cents for each million beyond the first. 12 dollars are 20 million beyond it: in 11 days.
    expect(tripDay(add(whole), whole, limits, 1_200, daysInMonth)).toBe(21)
  })

  test('only the last seven whole days count', () => {
    const busy = { ...add([]), analytics_events: 50_000 }
    const idle = Array.from({ length: 7 }, () => add([]))
    expect(tripDay(add([busy]), [busy, ...idle], limits, 1, daysInMonth)).toBeNull()
  })

  test('on the first day of a month there is nothing to go by', () => {
    const used = { ...add([]), analytics_events: 999_999 }
    expect(tripDay(used, [], limits, 1, daysInMonth)).toBeNull()
  })
})

describe('months', () => {
  test('begin and end by UTC, whatever their length', () => {
    expect(monthOf(new Date('2026-11-30T23:59:59.999Z')).key).toBe('2026-11')
    expect(monthOf(new Date('2026-12-01T00:00:00Z')).key).toBe('2026-12')
    expect(monthNamed('2028-02').until).toEqual(new Date('2028-03-01T00:00:00Z'))
    expect(monthBefore(monthNamed('2027-01')).key).toBe('2026-12')
    expect(daysOf(monthNamed('2028-02'), new Date('2030-01-01'))).toHaveLength(29)
    expect(daysOf(monthNamed('2026-11'), new Date('2026-11-02T08:00:00Z'))).toEqual([
      '2026-11-01',
      '2026-11-02',
    ])
  })
})

const november = monthNamed('2026-11')
const moment = fc
  .integer({ min: Date.UTC(2026, 8, 1), max: Date.UTC(2027, 0, 31) })
  .map(at => new Date(at))
const agreed = fc
  .array(fc.record({ at: moment, priceMinor: fc.option(fc.nat({ max: 1_000_000 })) }), {
    maxLength: 12,
  })
  .map(list =>
    list
      .toSorted((one, other) => one.at.getTime() - other.at.getTime())
      .map((one): Agreed => ({ ...one, tier: 'pro', isOurs: true })),
  )

describe('what a month of tiers costs', () => {
  test('the spans follow each other without a gap from the first agreement to the end of the month', () => {
    fc.assert(
      fc.property(agreed, list => {
        const spans = spansOf(list, november)
        for (const [index, span] of spans.entries()) {
          expect(span.from < span.until).toBe(true)
          expect(span.until).toEqual(spans[index + 1]?.from ?? november.until)
        }
        const first = list[0]
        if (first !== undefined && first.at < november.until) {
          const start = Math.max(first.at.getTime(), november.from.getTime())
          expect(spans[0]?.from.getTime()).toBe(start)
        }
      }),
    )
  })

  test('never more than the dearest of its tiers for the whole month', () => {
    fc.assert(
      fc.property(agreed, list => {
        const dearest = Math.max(0, ...list.map(one => one.priceMinor ?? 0))
        expect(basePrice(spansOf(list, november), november)).toBeLessThanOrEqual(dearest)
      }),
    )
  })

  test('a whole month is the price, half a month is half of it, and what a provider bills is not ours', () => {
    const pro = { tier: 'pro', priceMinor: 9_900, isOurs: true } as const
    const priceFrom = (at: string, isOurs = true) =>
      basePrice(spansOf([{ ...pro, at: new Date(at), isOurs }], november), november)
    expect(priceFrom('2026-05-01')).toBe(9_900)
    expect(priceFrom('2026-11-16')).toBe(4_950)
    expect(priceFrom('2026-11-16', false)).toBe(0)
    expect(priceFrom('2026-12-01')).toBe(0)
  })

  test('the highest cap of a month is the one it began with, or one that was set in it', () => {
    const at = (text: string, capMinor: number | null) => ({ at: new Date(text), capMinor })
    expect(highestCap([], november)).toBeNull()
    expect(highestCap([at('2026-10-02', 700)], november)).toBe(700)
    expect(highestCap([at('2026-10-02', 700), at('2026-10-09', null)], november)).toBeNull()
    expect(highestCap([at('2026-10-02', 700), at('2026-11-09', null)], november)).toBe(700)
    expect(highestCap([at('2026-11-02', 50), at('2026-11-09', 80)], november)).toBe(80)
    expect(highestCap([at('2026-12-02', 50)], november)).toBeNull()
  })
})
