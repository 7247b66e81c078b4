import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  degradation,
  degradedAt,
  graceMs,
  isSpent,
  type MonthlyUsage,
  monthlyMeters,
  Overrides,
  overage,
  overageOf,
  overagePrices,
  tiers,
  withGrace,
  withOverrides,
} from './index.js'

const gib = 1_073_741_824

describe('what is sold', () => {
  test('A-PRC-01 to A-PRC-05: the free tier costs nothing and is as large as promised', () => {
    const { price_minor, limits, features } = tiers.free
    expect(price_minor).toBe(0)
    expect(limits.monthly_active_players).toBe(5_000)
    expect(limits.save_bytes_per_player).toBe(gib)
    expect(limits.cdn_bytes).toBe(100 * gib)
    expect([features.analytics, features.support, features.branding]).toEqual([
      'basic',
      'community',
      'none',
    ])
  })

  test('A-PRC-06 to A-PRC-12: the pro tier costs 99 dollars a month and is as large as promised', () => {
    const { price_minor, currency, limits, features } = tiers.pro
    expect([price_minor, currency]).toEqual([9_900, 'USD'])
    expect(limits.monthly_active_players).toBe(50_000)
    expect(limits.save_bytes_per_player).toBe(5 * gib)
    expect(limits.cdn_bytes).toBe(1_024 * gib)
    expect([features.analytics, features.support, features.branding]).toEqual([
      'advanced',
      'priority',
      'custom',
    ])
  })

  test('A-PRC-13 to A-PRC-19: the enterprise tier has no limit of players, and its price is agreed', () => {
    const { price_minor, limits, features } = tiers.enterprise
    expect(price_minor).toBeNull()
    expect(limits.monthly_active_players).toBeNull()
    expect(features).toMatchObject({
      support: '24x7',
      branding: 'white_label',
      sla_uptime_percent: 99.9,
      custom_storage: true,
    })
  })

  test('a contract says any limit and any feature otherwise, and nothing else', () => {
    const agreed = withOverrides(tiers.enterprise, {
      limits: { cdn_bytes: 7, monthly_active_players: 9 },
      features: { dedicated_servers: 'pool-night-owl', sla_uptime_percent: 99.95 },
    })
    expect(agreed.limits).toEqual({
      ...tiers.enterprise.limits,
      cdn_bytes: 7,
      monthly_active_players: 9,
    })
    expect(agreed.features).toMatchObject({
      dedicated_servers: 'pool-night-owl',
      sla_uptime_percent: 99.95,
      support: '24x7',
    })
    expect(Overrides.safeParse({ limits: { gold: 1 } }).success).toBe(false)
    expect(Overrides.safeParse({ limits: { cdn_bytes: -1 } }).success).toBe(false)
  })

  test('a contract may take a limit away', () => {
    const { limits } = withOverrides(tiers.free, { limits: { cdn_bytes: null } })
    expect(limits).toEqual({ ...tiers.free.limits, cdn_bytes: null })
  })
})

const amount = fc.nat({ max: 10 ** 13 })
const used: fc.Arbitrary<MonthlyUsage> = fc.record({
  monthly_active_players: fc.nat({ max: 10 ** 8 }),
  cdn_bytes: amount,
  analytics_events: amount,
})

describe('overage', () => {
  test('costs nothing up to the limit, and its unit price for a unit beyond it', () => {
    for (const meter of monthlyMeters) {
      const { unit, price_minor } = overagePrices[meter]
      expect(overageOf(meter, 500, 500)).toBe(0)
      expect(overageOf(meter, 500 + unit, 500)).toBe(price_minor)
      expect(overageOf(meter, 500 + 10 * unit, 500)).toBe(10 * price_minor)
      expect(overageOf(meter, 10 ** 15, null)).toBe(0)
    }
  })

  test('never grows smaller with more usage, and parts never cost more than the whole', () => {
    fc.assert(
      fc.property(fc.constantFrom(...monthlyMeters), amount, amount, (meter, one, more) => {
        const whole = overageOf(meter, one + more, 0)
        expect(whole).toBeGreaterThanOrEqual(overageOf(meter, one, 0))
        expect(overageOf(meter, one, 0) + overageOf(meter, more, 0)).toBeLessThanOrEqual(whole)
      }),
    )
  })

  test('stays exact where bytes times cents are beyond what a double holds', () => {
    const { unit, price_minor } = overagePrices.cdn_bytes
    expect(overageOf('cdn_bytes', Number.MAX_SAFE_INTEGER, 0)).toBe(
      Number((BigInt(Number.MAX_SAFE_INTEGER) * BigInt(price_minor)) / BigInt(unit)),
    )
  })
})

describe('the order in which a spend cap takes features away', () => {
  test('holds neither saves nor the sign-in of players who have an account', () => {
    expect(degradation.map(step => step.feature)).toEqual([
      'advanced_analytics',
      'analytics_ingest',
      'cdn',
      'new_players',
    ])
  })

  test('takes nothing whose own meter is within its limit, for that costs nothing', () => {
    fc.assert(
      fc.property(used, fc.nat({ max: 100_000 }), fc.nat({ max: 100_000 }), (usage, spent, cap) => {
        const limits = tiers.pro.limits
        for (const feature of degradedAt(spent, cap, usage, limits)) {
          const meter = degradation.find(step => step.feature === feature)?.meter ?? 'cdn_bytes'
          expect(usage[meter]).toBeGreaterThanOrEqual(limits[meter] ?? 0)
        }
      }),
    )
  })

  test('takes a feature only after all that stand before it, and gives none back as spending grows', () => {
    const full = {
      monthly_active_players: 10 ** 9,
      cdn_bytes: 10 ** 14,
      analytics_events: 10 ** 12,
    }
    let before = 0
    for (let spent = 0; spent <= 1_000; spent += 10) {
      const gone = degradedAt(spent, 1_000, full, tiers.pro.limits)
      expect(gone).toEqual(degradation.slice(0, gone.length).map(step => step.feature))
      expect(gone.length).toBeGreaterThanOrEqual(before)
      before = gone.length
    }
    expect(before).toBe(degradation.length)
  })

  test('an organisation without limits never spends, so nothing is taken from it', () => {
    fc.assert(
      fc.property(used, usage => {
        const spent = overage(usage, tiers.enterprise.limits)
        expect(spent).toBe(0)
        expect(degradedAt(spent, 0, usage, tiers.enterprise.limits)).toEqual([])
      }),
    )
  })
})

describe('the grace of a limit', () => {
  const now = new Date('2026-11-21T12:00:00Z')

  test('lets a tenth more through, and no more than that', () => {
    expect(isSpent(99, 100, undefined, now)).toBe(false)
    expect(isSpent(109, 100, now, now)).toBe(false)
    expect(isSpent(110, 100, now, now)).toBe(true)
    expect(withGrace(5)).toBe(5)
  })

  test('is over after fourteen days, and never within the limit', () => {
    const before = new Date(now.getTime() - graceMs)
    expect(isSpent(100, 100, new Date(before.getTime() + 1), now)).toBe(false)
    expect(isSpent(100, 100, before, now)).toBe(true)
    expect(isSpent(99, 100, before, now)).toBe(false)
  })

  test('is not needed without a limit', () => {
    expect(isSpent(10 ** 15, null, undefined, now)).toBe(false)
  })
})
