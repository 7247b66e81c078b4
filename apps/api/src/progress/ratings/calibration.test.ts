import { codeOf, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf, inParallel } from '../../testing/caller.js'
import { CalibrationAnswer } from './schema.js'

const stack = inject('stack')
const leagueSize = 20
const leagueMatches = 600
let environment: TestEnvironment
let server: Caller
let member: Caller
let ids: string[]

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  server = callerOf(stack.api_url, { 'x-api-key': environment.secretKey })
  member = callerOf(stack.api_url, { authorization: `Bearer ${environment.memberToken}` })
  ids = (await inParallel(leagueSize, () => freshPlayer(environment))).map(({ id }) => id)
  const path = `/studio/environments/${environment.environmentId}/settings/ratings.systems`
  const ratings = {
    duels: { system: 'glicko2' },
    teams: { system: 'weng_lin' },
    none: { system: 'glicko2' },
  }
  expect((await member('PUT', path, { ratings })).status).toBe(200)
})

const pathOf = (rating: string, query = '', id = environment.environmentId) =>
  `/studio/environments/${id}/ratings/${rating}/calibration${query}`
const calibrationOf = async (rating: string, caller = member, query = '') => {
  const answer = await caller('GET', pathOf(rating, query))
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return CalibrationAnswer.parse(answer.body).calibration
}
type Calibration = Awaited<ReturnType<typeof calibrationOf>>

/** Numbers from 0 to 1, the same in every run (Park and Miller's generator). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** Skills from -1.5 to 1.5 on the logistic scale. */
const skillOf = (index: number) => (3 * index) / (leagueSize - 1) - 1.5

/** A league of hidden skill, each match between sides drawn by lot; the winner is always named first, as servers do. */
async function playLeague(rating: string, teamSize: number, seed: number) {
  const random = createRandom(seed)
  const draw = () => {
    const left = ids.map((_, index) => index)
    return Array.from({ length: 2 * teamSize }, () =>
      left.splice(Math.floor(random() * left.length), 1),
    ).flat()
  }
  const plans = Array.from({ length: leagueMatches }, () => {
    const drawn = draw()
    const [a, b] = [drawn.slice(0, teamSize), drawn.slice(teamSize)]
    const strength = (side: number[]) => side.reduce((sum, one) => sum + skillOf(one), 0)
    const hasWon = random() < 1 / (1 + Math.exp(strength(b) - strength(a)))
    return hasWon ? [a, b] : [b, a]
  })
  // In order, a few at a time: real leagues do not wait for each other either.
  for (let next = 0; next < plans.length; next += 8) {
    const answers = await Promise.all(
      plans.slice(next, next + 8).map((sides, offset) =>
        server('POST', `/ratings/${rating}/results`, {
          match_id: `${rating}-${next + offset}`,
          teams: sides.map((side, place) => ({
            players: side.map(one => ids[one]),
            rank: place + 1,
          })),
        }),
      ),
    )
    expect(answers.every(({ status }) => status === 200)).toBe(true)
  }
}

function expectCalibrated(calibration: Calibration) {
  expect(calibration).toMatchObject({ matches: leagueMatches, predictions: leagueMatches })
  let seen = 0
  for (const { from, to, predictions, predicted, observed } of calibration.buckets) {
    seen += predictions
    if (predicted === null || observed === null) continue
    expect(predicted).toBeGreaterThanOrEqual(from)
    expect(predicted).toBeLessThanOrEqual(to)
    if (predictions < 30) continue
    // Three standard errors, and six points for a league that is still being learnt.
    const noise = 3 * Math.sqrt((predicted * (1 - predicted)) / predictions)
    expect(Math.abs(predicted - observed)).toBeLessThan(0.06 + noise)
  }
  expect(seen).toBe(leagueMatches)
  expect(calibration.calibration_error).toBeLessThan(0.1)
  // Better than tossing a coin.
  expect(calibration.brier_score).toBeLessThan(0.245)
  expect(calibration.log_loss).toBeLessThan(0.68)
}

describe('calibration', () => {
  test.each([
    ['duels', 1],
    ['teams', 2],
  ])(
    'of a simulated league of %s: favourites win as often as was predicted',
    async (rating, size) => {
      await playLeague(rating, size, 11)
      const calibration = await calibrationOf(rating)
      expectCalibrated(calibration)
      expect(await calibrationOf(rating, server, `?to=${calibration.to}`)).toEqual(calibration)
    },
    120_000,
  )

  test('counts the matches of the time that is asked for', async () => {
    await server('POST', '/ratings/none/results', {
      match_id: 'only',
      teams: ids.slice(0, 2).map((id, place) => ({ players: [id], rank: place + 1 })),
    })
    const one = await calibrationOf('none')
    expect([one.matches, one.brier_score, one.buckets[0]?.predicted]).toEqual([1, 0.25, 0.5])
    expect(one.log_loss).toBeCloseTo(Math.LN2, 9)
    const none = await calibrationOf(
      'none',
      member,
      '?from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z',
    )
    expect(none).toMatchObject({ matches: 0, predictions: 0, brier_score: null, log_loss: null })
    expect(none.buckets).toHaveLength(10)
  })

  test('of several teams compares each with one other, whatever the order they are sent in', async () => {
    const teams = ids.slice(0, 6).map((id, place) => ({ players: [id], rank: 6 - place }))
    await server('POST', '/ratings/none/results', { match_id: 'six', teams })
    const { matches, predictions } = await calibrationOf('none')
    expect([matches, predictions]).toEqual([2, 7])
  })

  test.each([
    '?from=2026-01-01T00:00:00Z&to=2025-01-01T00:00:00Z',
    '?from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z',
    '?from=yesterday',
  ])('%s is no period', async query => {
    expect(codeOf(await member('GET', pathOf('duels', query)))).toBe('invalid_request')
  })

  test('D1: is not there for others, nor for a rating that nobody declared', async () => {
    const away = await freshEnvironment(stack)
    const stranger = callerOf(stack.api_url, { 'x-api-key': away.secretKey })
    expect(codeOf(await stranger('GET', pathOf('duels')))).toBe('not_found')
    expect(codeOf(await member('GET', pathOf('nothing')))).toBe('not_found')
  })
})
