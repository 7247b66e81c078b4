import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Cloud } from '../cloud.js'
import { createServer } from '../server.js'
import { problem, startTestApi, type TestApi } from '../testing/test-api.js'
import { createTestCloud, signIn } from '../testing/test-cloud.js'

let api: TestApi
let cloud: Cloud

beforeEach(async () => {
  api = await startTestApi()
  cloud = createTestCloud(api)
})
afterEach(async () => {
  cloud.close()
  await api.close()
})

const result = { match_id: 'm', teams: [{ players: ['a'], rank: 1 }] }

test('a player reads ratings, and says what came of a match', async () => {
  await signIn(api, cloud, 'ada')
  const rating = {
    rating: 'duels',
    user_id: 'ada',
    shown_rating: 3,
    matches: 1,
    last_match_at: null,
  }
  api.answer('GET /ratings/duels/players/me', { body: { rating } })
  api.answer('GET /ratings/duels/players/bob', problem(404, 'not_found'))
  api.answer('GET /ratings/duels/players/me/history', {
    body: { items: [], next_cursor: null },
  })
  api.answer('GET /ratings/duels', { body: { items: [], next_cursor: null } })
  api.answer('POST /ratings/duels/reports', {
    body: { report: { match_id: 'm', state: 'waiting' } },
  })
  const { ratings } = cloud.social
  expect(await ratings.get('duels')).toEqual({ success: true, rating })
  expect(await ratings.get('duels', 'bob')).toMatchObject({ error: { code: 'not_found' } })
  expect(await ratings.history('duels', { limit: 5 })).toMatchObject({ success: true, items: [] })
  expect(await ratings.list('duels')).toMatchObject({ success: true, next_cursor: null })
  expect(await ratings.report('duels', result)).toMatchObject({ report: { state: 'waiting' } })
})

test('a server sends a result again when the answer was lost: its match counts once', async () => {
  const server = createServer({
    apiKey: 'sk_test',
    url: api.url,
    backoff: { firstMs: 1, maxMs: 2 },
  })
  api.answer('POST /ratings/duels/results', problem(503, 'unavailable'), {
    body: { result: { match_id: 'm', players: [] } },
  })
  expect(await server.ratings.report('duels', result)).toMatchObject({ success: true })
  expect(api.seen('POST /ratings/duels/results')).toHaveLength(2)
  api.answer('POST /ratings/duels/results', problem(409, 'result_differs'))
  expect(await server.ratings.report('duels', result)).toMatchObject({
    error: { code: 'result_differs' },
  })
  server.close()
})
