import { describe, expect, test } from 'vitest'
import type { Estimate } from './estimate.js'
import { initialEstimate } from './estimate.js'
import { type Contestant, rateMatch } from './rate-match.js'
import { type RatingRules, ratingSystems } from './settings.js'

const rulesOf = (given: object): RatingRules => {
  const rules = ratingSystems.shape.parse({ ratings: { one: given } }).ratings.one
  if (rules === undefined) throw new Error('the rules were lost')
  return rules
}
const now = new Date('2026-01-01T00:00:00Z')
const fresh = (rules: RatingRules): Contestant => ({ ...initialEstimate(rules), lastMatchAt: null })
const at = (mean: number, uncertainty: number): Contestant => ({
  mean,
  uncertainty,
  volatility: null,
  lastMatchAt: null,
})
const meansOf = (teams: readonly (readonly Estimate[])[]) =>
  teams.map(team => team.map(({ mean }) => mean))

const models = ['plackett_luce', 'bradley_terry', 'thurstone_mosteller']
const systems: [string, object][] = [
  ...models.map((model): [string, object] => [model, { system: 'weng_lin', model }]),
  ['glicko2', { system: 'glicko2' }],
]

/** Numbers from 0 to 1, the same in every run (Park and Miller's generator). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

describe('a match', () => {
  test('of teams moves winners up and losers down, each by how little was known of them', () => {
    const rules = rulesOf({ system: 'weng_lin' })
    const [known, unknown] = [at(25, 2), at(25, 8)]
    const { after } = rateMatch(
      rules,
      [
        { rank: 2, players: [known, unknown] },
        { rank: 1, players: [at(25, 8), at(25, 8), at(25, 8)] },
      ],
      now,
    )
    const [[first = 0, second = 0] = [], winners = []] = meansOf(after)
    expect(first).toBeLessThan(25)
    expect(second).toBeLessThan(first)
    expect(winners.every(mean => mean > 25)).toBe(true)
  })

  test('agrees with the numbers that the package’s own papers and readme print', () => {
    const rules = rulesOf({ system: 'weng_lin', tau: 0 })
    const [a, b, c, d] = [at(25, 25 / 3), at(32.444, 5.123), at(43.381, 2.421), at(25.188, 6.211)]
    const { after } = rateMatch(
      rules,
      [
        { rank: 1, players: [a, b] },
        { rank: 2, players: [c, d] },
      ],
      now,
    )
    const expected = [28.67, 33.83, 43.07, 23.15]
    for (const [index, mean] of meansOf(after).flat().entries()) {
      expect(Math.abs(mean - (expected[index] ?? 0))).toBeLessThan(0.02)
    }
  })

  test.each(systems)(
    'of eight under %s orders them as they came, and ties lie between',
    (_name, given) => {
      const rules = rulesOf(given)
      const ranks = [3, 1, 3, 8, 7, 2, 6, 5]
      const teams = ranks.map(rank => ({ rank, players: [fresh(rules)] }))
      const { after, predictions } = rateMatch(rules, teams, now)
      const means = after.map(([player]) => player?.mean ?? 0)
      expect(means[0]).toBeCloseTo(means[2] ?? 0, 1)
      expect(means[1]).toBe(Math.max(...means))
      expect(means[3]).toBe(Math.min(...means))
      expect(predictions.predicted).toEqual(Array(8).fill(0.5))
    },
  )

  test.each(systems)('under %s does not depend on the order of its teams', (_name, given) => {
    const rules = rulesOf(given)
    const players = [0.8, 1, 1.1].map(factor => {
      const { mean, uncertainty, volatility } = initialEstimate(rules)
      return { mean: mean * factor, uncertainty: uncertainty / 2, volatility, lastMatchAt: null }
    })
    const teams = players.map((player, index) => ({ rank: 3 - index, players: [player] }))
    const forward = rateMatch(rules, teams, now).after
    const backward = rateMatch(rules, [...teams].reverse(), now).after
    for (const [index, mean] of meansOf(forward).flat().entries()) {
      expect(mean).toBeCloseTo(meansOf([...backward].reverse()).flat()[index] ?? 0, 6)
    }
  })

  test('of a hundred against a hundred far from zero stays in finite numbers', () => {
    const rules = rulesOf({ system: 'weng_lin', mean: 10_000, uncertainty: 5, beta: 1 })
    const players = Array.from({ length: 50 }, () => fresh(rules))
    const teams = [1, 2].map(rank => ({ rank, players }))
    const { after } = rateMatch(rules, teams, now)
    expect(meansOf(after).flat().every(Number.isFinite)).toBe(true)
  })
})

describe('a league', () => {
  const matches = 30_000

  /**
   * Players of hidden skill meet at random; whoever is better by one unit of the logistic wins so often. Answers, of
   * the second half, by bucket: how often, what was predicted and what came.
   */
  function play(rules: RatingRules, seed: number) {
    const random = createRandom(seed)
    const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random())
    const skills = Array.from({ length: 60 }, normal)
    const players = skills.map(() => fresh(rules))
    const buckets = Array.from({ length: 5 }, () => ({ count: 0, predicted: 0, observed: 0 }))
    for (let match = 0; match < matches; match++) {
      const one = Math.floor(random() * players.length)
      const other = (one + 1 + Math.floor(random() * (players.length - 1))) % players.length
      const chance = 1 / (1 + Math.exp((skills[other] ?? 0) - (skills[one] ?? 0)))
      const hasWon = random() < chance
      const [a, b] = [players[one], players[other]]
      if (a === undefined || b === undefined) throw new Error('nobody there')
      const teams = [
        { rank: hasWon ? 1 : 2, players: [a] },
        { rank: hasWon ? 2 : 1, players: [b] },
      ]
      const { after, predictions } = rateMatch(rules, teams, now)
      const [newA, newB] = [after[0]?.[0], after[1]?.[0]]
      if (newA === undefined || newB === undefined) throw new Error('nobody came out')
      players[one] = { ...newA, lastMatchAt: now }
      players[other] = { ...newB, lastMatchAt: now }
      if (match < matches / 2) continue
      const predicted = predictions.predicted[0] ?? 0
      const bucket = buckets[Math.min(4, Math.floor((predicted - 0.5) * 10))]
      if (bucket === undefined) continue
      bucket.count++
      bucket.predicted += predicted
      bucket.observed += predictions.observed[0] ?? 0
    }
    return buckets
  }

  test.each(systems)('under %s wins as often as was predicted', (_name, given) => {
    const buckets = play(rulesOf(given), 42)
    for (const { count, predicted, observed } of buckets) {
      if (count < 300) continue
      // Three standard errors of the observation, and two points for what the system has not learnt yet.
      const noise = 3 * Math.sqrt(0.25 / count)
      expect(Math.abs(predicted - observed) / count).toBeLessThan(0.02 + noise)
    }
  })
})
