import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { afterTimeAway, predictGlicko2, rateGlicko2 } from './glicko2.js'

const options = { tau: 0.5, periods: 1, mostDeviation: 350 }
const somebody = { rating: 1_500, deviation: 200, volatility: 0.06 }

describe('Glicko-2', () => {
  test('agrees with the worked example of the paper', () => {
    const after = rateGlicko2(
      somebody,
      [
        { rating: 1_400, deviation: 30, score: 1 },
        { rating: 1_550, deviation: 100, score: 0 },
        { rating: 1_700, deviation: 300, score: 0 },
      ],
      options,
    )
    // The paper: 1464.06, 151.52, 0.05999.
    expect(after.rating).toBeCloseTo(1_464.06, 1)
    expect(after.deviation).toBeCloseTo(151.52, 2)
    expect(after.volatility).toBeCloseTo(0.059_99, 4)
  })

  test('grows the deviation of who stays away by the volatility, period for period, up to a limit', () => {
    const { deviation } = afterTimeAway(somebody, { periods: 1, mostDeviation: 350 })
    expect(deviation).toBeCloseTo(Math.hypot(200, 0.06 * 173.7178), 9)
    const twice = afterTimeAway(afterTimeAway(somebody, { periods: 1, mostDeviation: 350 }), {
      periods: 1,
      mostDeviation: 350,
    })
    const atOnce = afterTimeAway(somebody, { periods: 2, mostDeviation: 350 })
    expect(atOnce.deviation).toBeCloseTo(twice.deviation, 9)
    expect(afterTimeAway(somebody, { periods: 1e9, mostDeviation: 350 }).deviation).toBe(350)
    const idle = rateGlicko2(somebody, [], { ...options, periods: 2 })
    expect(idle.deviation).toBeCloseTo(atOnce.deviation, 9)
    expect(idle.rating).toBe(1_500)
  })

  test('never lessens a deviation that is above the limit already', () => {
    const { deviation } = afterTimeAway(somebody, { periods: 1, mostDeviation: 100 })
    expect(deviation).toBe(200)
  })

  test('learns more from a game after a long time away than after a short one', () => {
    const game = [{ rating: 1_500, deviation: 50, score: 1 }]
    const known = { rating: 1_500, deviation: 50, volatility: 0.06 }
    const soon = rateGlicko2(known, game, { ...options, periods: 0.1 })
    const late = rateGlicko2(known, game, { ...options, periods: 100 })
    expect(late.rating).toBeGreaterThan(soon.rating)
    expect(late.deviation).toBeGreaterThan(soon.deviation)
  })

  test('raises the volatility of who surprises, and lowers that of who does not', () => {
    const known = { rating: 1_500, deviation: 40, volatility: 0.06 }
    const lost = Array.from({ length: 20 }, () => ({ rating: 900, deviation: 30, score: 0 }))
    expect(rateGlicko2(known, lost, options).volatility).toBeGreaterThan(0.06)
    const even = Array.from({ length: 20 }, (_, index) => ({
      rating: 1_500,
      deviation: 30,
      score: index % 2,
    }))
    expect(rateGlicko2(known, even, options).volatility).toBeLessThan(0.06)
  })

  test('predicts by the difference, less sharply the less is known', () => {
    const at = (rating: number, deviation: number) => ({ rating, deviation })
    expect(predictGlicko2(at(1_500, 350), at(1_500, 30))).toBe(0.5)
    const sure = predictGlicko2(at(1_700, 30), at(1_500, 30))
    const unsure = predictGlicko2(at(1_700, 350), at(1_500, 350))
    expect(sure).toBeGreaterThan(unsure)
    expect(unsure).toBeGreaterThan(0.5)
    expect(sure + predictGlicko2(at(1_500, 30), at(1_700, 30))).toBeCloseTo(1, 12)
  })

  test('ends in finite numbers, and moves towards what was shown, whatever it is given', () => {
    const rating = fc.double({ min: -10_000, max: 10_000, noNaN: true })
    const deviation = fc.double({ min: 1, max: 1_000, noNaN: true })
    const game = fc.record({ rating, deviation, score: fc.constantFrom(0, 0.5, 1) })
    const player = fc.record({
      rating,
      deviation,
      volatility: fc.double({ min: 0.001, max: 1, noNaN: true }),
    })
    const periods = fc.double({ min: 0, max: 1_000, noNaN: true })
    const tau = fc.double({ min: 0.05, max: 5, noNaN: true })
    fc.assert(
      fc.property(player, fc.array(game, { maxLength: 20 }), periods, tau, (known, games, t, u) => {
        const after = rateGlicko2(known, games, { tau: u, periods: t, mostDeviation: 1_000 })
        expect(Object.values(after).every(Number.isFinite)).toBe(true)
        expect(after.deviation).toBeGreaterThan(0)
        expect(after.volatility).toBeGreaterThan(0)
        if (games.length === 0) return
        if (games.every(({ score }) => score === 1)) {
          expect(after.rating).toBeGreaterThanOrEqual(known.rating)
        }
        if (games.every(({ score }) => score === 0)) {
          expect(after.rating).toBeLessThanOrEqual(known.rating)
        }
      }),
      { numRuns: 2_000, seed: 7 },
    )
  })
})
