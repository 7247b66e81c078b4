import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Cloud } from '../cloud.js'
import { createCloud } from '../cloud.js'
import { unwrap } from '../core/result.js'
import { createMemoryStorage } from '../core/storage.js'
import { createServer } from '../server.js'
import { player, problem, startTestApi, type TestApi, tokens } from '../testing/test-api.js'
import { createTestCloud, signIn } from '../testing/test-cloud.js'

let api: TestApi
let cloud: Cloud

beforeEach(async () => {
  api = await startTestApi()
  cloud = createTestCloud(api)
})
afterEach(async () => {
  cloud.close()
  vi.unstubAllGlobals()
  await api.close()
})

test('registers, and knows the player from then on', async () => {
  api.answer('POST /auth/register', {
    status: 201,
    body: { user: player('ada'), session: tokens(1) },
  })
  const changes = vi.fn()
  const stop = cloud.auth.onChange(changes)
  const account = { email: 'ada@example.com', password: 'a long one', username: 'Ada' }
  const result = await cloud.auth.register(account)
  expect(result.success && result.user?.username).toBe('name of ada')
  expect(api.requests[0]).toMatchObject({ body: account, headers: { 'x-api-key': 'pk_test' } })
  expect(cloud.auth.getCurrentUser()).toEqual(player('ada'))
  expect(changes.mock.calls).toEqual([[player('ada')]])
  stop()
})

test('hands back why a login was refused', async () => {
  api.answer('POST /auth/login', problem(401, 'invalid_credentials'))
  const result = await cloud.auth.loginEmail('ada@example.com', 'wrong')
  expect(result).toMatchObject({ success: false, error: { code: 'invalid_credentials' } })
  expect(cloud.auth.getCurrentUser()).toBeNull()
})

test('is the same guest every time, by one secret of this device', async () => {
  const storage = createMemoryStorage()
  for (const run of [1, 2]) {
    const again = createTestCloud(api, { storage })
    await signIn(api, again, 'guest')
    if (run === 1) {
      api.answer('POST /auth/logout', { status: 204 })
      unwrap(await again.auth.logout())
    }
    again.close()
  }
  const secrets = api.seen('POST /auth/anonymous').map(({ body }) => String(body.device_secret))
  expect(secrets[0]).toBe(secrets[1])
  expect(secrets[0]).toMatch(/^[A-Za-z0-9_-]{43}$/)
})

test('finds the player again after a restart', async () => {
  const storage = createMemoryStorage()
  await signIn(api, createTestCloud(api, { storage }))
  expect(createTestCloud(api, { storage }).auth.getCurrentUser()).toMatchObject({ id: 'ada' })
})

test('keeps players of different API keys apart in one storage', async () => {
  const storage = createMemoryStorage()
  await signIn(api, createTestCloud(api, { storage }))
  const other = createTestCloud(api, { storage, apiKey: 'pk_other' })
  expect(other.auth.getCurrentUser()).toBeNull()
})

test('signs out at once, even when the server cannot be reached, and says so', async () => {
  await signIn(api, cloud)
  api.answer('POST /auth/logout', { cut: true })
  const leaving = cloud.auth.logout()
  expect(cloud.auth.getCurrentUser()).toBeNull()
  expect(await leaving).toMatchObject({ success: false, error: { code: 'network_failed' } })
})

test('ends the session on the server although its access token has expired', async () => {
  await signIn(api, cloud)
  api.answer('POST /auth/logout', problem(401, 'token_expired'), { status: 204 })
  api.answer('POST /auth/refresh', { body: { session: tokens(2) } })
  expect(await cloud.auth.logout()).toEqual({ success: true })
  const used = api.seen('POST /auth/logout').map(({ headers }) => headers.authorization)
  expect(used).toEqual(['Bearer access-1', 'Bearer access-2'])
})

test('keeps the current user in step with the profile', async () => {
  await signIn(api, cloud)
  const changed = { ...player('ada'), username: 'Ada L.' }
  api.answer('PUT /auth/profile', { body: { user: changed } })
  unwrap(await cloud.auth.updateProfile({ username: 'Ada L.' }))
  expect(cloud.auth.getCurrentUser()?.username).toBe('Ada L.')
})

test('submits a score under an Idempotency-Key and reads a board', async () => {
  await signIn(api, cloud)
  api.answer('POST /leaderboards/high/scores', { cut: true }, { body: { rank: 3, score: 10 } })
  const result = await cloud.social.leaderboards.submitScore('high', 10)
  expect(result).toEqual({ success: true, rank: 3, score: 10 })
  const keys = api.seen('POST /leaderboards/high/scores').map(seen => seen.headers)
  expect(keys[0]?.['idempotency-key']).toBe(keys[1]?.['idempotency-key'])
  api.answer('GET /leaderboards/high', { body: { items: [], next_cursor: null } })
  unwrap(await cloud.social.leaderboards.get('high', { range: 'around_me', limit: 5 }))
  expect(api.requests.at(-1)?.query.toString()).toBe('range=around_me&limit=5')
})

test('takes no secret key in a game', () => {
  expect(() => createCloud({ apiKey: 'sk_live', url: api.url })).toThrow(/publishable key/)
})

test('defines boards and asks questions for a studio, and never in a browser', async () => {
  const server = createServer({ apiKey: 'sk_test', url: api.url })
  api.answer('PUT /leaderboards/high', {
    body: { board: { board_id: 'high', order: 'desc', keep: 'best' } },
  })
  const { board } = unwrap(
    await server.leaderboards.define('high', { order: 'desc', keep: 'best' }),
  )
  expect(board.board_id).toBe('high')
  api.answer('POST /analytics/query', { body: { rows: [{ day: '2026-01-01', players: 2 }] } })
  const question = {
    question: 'daily_active_players',
    from: '2026-01-01',
    to: '2026-01-01',
  } as const
  const { rows } = unwrap(await server.analytics.query(question))
  expect(rows[0]?.players).toBe(2)
  expect(api.requests.every(({ headers }) => headers['x-api-key'] === 'sk_test')).toBe(true)
  vi.stubGlobal('document', new EventTarget())
  expect(() => createServer({ apiKey: 'sk_test', url: api.url })).toThrow(/browser/)
})
