import type { Running } from '@aethex/shared/lifecycle'
import { codeOf } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { callerOf } from '../../testing/caller.js'
import { openRatingStage, type RatingStage } from '../../testing/rating-stage.js'
import { RatingPage } from './schema.js'

const stack = inject('stack')
let stage: RatingStage
const running: Running[] = []

const ratings = {
  duels: { system: 'glicko2' },
  teams: { system: 'weng_lin' },
  shown: { system: 'weng_lin', shown_scale: 100, shown_offset: 1_000 },
  own: { system: 'weng_lin', visible_to: 'owner' },
  hidden: { system: 'weng_lin', visible_to: 'servers' },
  changing: { system: 'glicko2' },
  list: { system: 'weng_lin' },
}

beforeAll(async () => {
  stage = await openRatingStage(stack, ratings, 8)
})
afterAll(async () => {
  for (const api of running) await api.close()
})

const id = (index: number) => stage.id(index)
const by = (index: number) => stage.by(index)
const ranked = (...sides: number[][]) => stage.ranked(...sides)
const report = (...given: Parameters<RatingStage['report']>) => stage.report(...given)
const read = (...given: Parameters<RatingStage['read']>) => stage.read(...given)
const historyOf = (...given: Parameters<RatingStage['historyOf']>) => stage.historyOf(...given)

describe('reading', () => {
  test('a player sees what is shown, the studio what it comes from', async () => {
    await report('shown', ranked([0], [1]))
    const mine = await by(0)('GET', '/ratings/shown/players/me')
    const { estimate, ...shown } = await read('shown', 0)
    expect(mine.body).toEqual({ rating: shown })
    const { mean = 0, uncertainty = 0 } = estimate ?? {}
    const expected = 1_000 + 100 * (mean - 3 * uncertainty)
    expect(shown.shown_rating).toBeCloseTo(expected, 1)
    expect((await by(1)('GET', `/ratings/shown/players/${id(0)}`)).body).toEqual(mine.body)
  })

  test('who has played nothing is worth what newcomers are', async () => {
    const { shown_rating, matches, last_match_at, estimate } = await read('shown', 7)
    expect([shown_rating, matches, last_match_at]).toEqual([1_000, 0, null])
    expect(estimate).toEqual({ mean: 25, uncertainty: 25 / 3, volatility: null })
  })

  test('D1: what the studio keeps to itself, or to its owner, is not there for others', async () => {
    for (const rating of ['own', 'hidden']) await report(rating, ranked([0], [1]))
    const ask = async (index: number, path: string) =>
      (await by(index)('GET', `/ratings/${path}`)).status
    expect(await ask(0, 'own/players/me')).toBe(200)
    expect(await ask(0, 'own/players/me/history')).toBe(200)
    expect(await ask(1, `own/players/${id(0)}`)).toBe(404)
    expect(await ask(1, 'own')).toBe(404)
    for (const path of ['hidden/players/me', 'hidden/players/me/history', 'hidden']) {
      expect(await ask(0, path)).toBe(404)
    }
    expect((await read('hidden', 0)).matches).toBe(1)
  })

  test('the history is told page by page, newest first, to its player and the studio alone', async () => {
    const before = (await read('teams', 3)).matches
    for (let turn = 0; turn < 5; turn++) await report('teams', ranked([3], [2]))
    const numbers: number[] = []
    let cursor: string | null = null
    do {
      const query: string = cursor === null ? '?limit=2' : `?limit=2&cursor=${cursor}`
      const page = await historyOf('teams', 3, query, by(3))
      expect(page.items.every(({ after }) => after === undefined)).toBe(true)
      numbers.push(...page.items.map(({ number }) => number))
      cursor = page.next_cursor
    } while (cursor !== null)
    expect(numbers).toEqual(Array.from({ length: before + 5 }, (_, nth) => before + 5 - nth))
    const nosy = await by(2)('GET', `/ratings/teams/players/${id(3)}/history`)
    expect(codeOf(nosy)).toBe('not_found')
    const wrong = await by(3)('GET', '/ratings/teams/players/me/history?cursor=x')
    expect(codeOf(wrong)).toBe('invalid_cursor')
  })

  test('the list leads from the best to the last, in pages that meet', async () => {
    for (let loser = 1; loser < 8; loser++) await report('list', ranked([loser - 1], [loser]))
    const whole = RatingPage.parse((await by(0)('GET', '/ratings/list?limit=100')).body)
    expect(whole.items).toHaveLength(8)
    const shown = whole.items.map(({ shown_rating }) => shown_rating)
    expect(shown).toEqual([...shown].sort((a, b) => b - a))
    expect(whole.items[0]).toMatchObject({
      username: expect.any(String),
      matches: expect.any(Number),
    })
    expect(whole.items.every(({ estimate }) => estimate === undefined)).toBe(true)
    const paged: string[] = []
    let cursor: string | null = null
    do {
      const more: string = cursor === null ? '' : `&cursor=${cursor}`
      const page = RatingPage.parse(
        (await stage.server('GET', `/ratings/list?limit=3${more}`)).body,
      )
      paged.push(...page.items.map(({ user_id }) => user_id))
      cursor = page.next_cursor
    } while (cursor !== null)
    expect(paged).toEqual(whole.items.map(({ user_id }) => user_id))
    for (const wrong of ['x', 'WzFd']) {
      const answer = await stage.server('GET', `/ratings/list?cursor=${wrong}`)
      expect(codeOf(answer)).toBe('invalid_cursor')
    }
  })

  test('a rating that changes its system begins anew, and what was before stays with the old one', async () => {
    await report('changing', ranked([0], [1]))
    await stage.declare({ ...ratings, changing: { system: 'weng_lin' } })
    const fresh = await read('changing', 0)
    expect([fresh.matches, fresh.estimate?.mean]).toEqual([0, 25])
    await report('changing', ranked([0], [1]))
    const moved = await read('changing', 0)
    expect(moved.estimate?.mean).toBeGreaterThan(25)
    expect(moved.estimate?.mean).toBeLessThan(35)
    expect((await historyOf('changing', 0)).items).toHaveLength(1)
    await stage.declare(ratings)
  })

  test('the uncertainty grows while a player stays away, and what is shown does not', async () => {
    await report('duels', ranked([0], [1]))
    const before = await read('duels', 0)
    const later = await startAnotherApi(
      stack,
      {},
      { now: () => new Date(Date.now() + 100 * 86_400_000) },
    )
    running.push(later)
    const there = callerOf(later.url, { 'x-api-key': stage.environment.secretKey })
    const after = await read('duels', 0, there)
    expect(after.estimate?.uncertainty).toBeGreaterThan(before.estimate?.uncertainty ?? 350)
    expect(after.estimate?.mean).toBe(before.estimate?.mean)
    expect(after.shown_rating).toBe(before.shown_rating)
  })
})

test('settings that make no sense are refused', async () => {
  const bad = [
    { one: { system: 'elo' } },
    { one: { system: 'weng_lin', uncertainty: 0 } },
    { one: { system: 'glicko2', tau: 'NaN' } },
    { one: { system: 'glicko2', volatility: -1 } },
    { 'Not A Name': { system: 'glicko2' } },
    Object.fromEntries(Array.from({ length: 21 }, (_, nth) => [`r${nth}`, { system: 'glicko2' }])),
  ]
  for (const given of bad) expect(codeOf(await stage.declare(given))).toBe('invalid_request')
})
