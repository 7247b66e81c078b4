import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Cloud } from '../cloud.js'
import {
  player,
  problem,
  type SeenRequest,
  startTestApi,
  type TestAnswer,
  type TestApi,
  tokens,
} from '../testing/test-api.js'
import { createTestCloud, signIn } from '../testing/test-cloud.js'
import { createMemoryStorage } from './storage.js'

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

/** Lets in whoever holds the access token of this generation. */
const onlyFor =
  (generation: number) =>
  ({ headers }: SeenRequest): TestAnswer =>
    headers.authorization === `Bearer access-${generation}`
      ? { body: { user: player('ada') } }
      : problem(401, 'token_expired')

const refreshed = (generation: number): TestAnswer => ({ body: { session: tokens(generation) } })

test('refreshes once for twenty calls that are refused at the same time', async () => {
  await signIn(api, cloud)
  api.answer('GET /auth/profile', onlyFor(2))
  api.answer('POST /auth/refresh', refreshed(2))
  const results = await Promise.all(Array.from({ length: 20 }, () => cloud.auth.getProfile()))
  expect(results.every(({ success }) => success)).toBe(true)
  expect(api.seen('POST /auth/refresh').map(({ body }) => body)).toEqual([
    { refresh_token: 'refresh-1' },
  ])
})

test('refreshes before the token ends, without a refused call', async () => {
  await signIn(api, cloud, 'ada', { expiresIn: 10 })
  api.answer('GET /auth/profile', onlyFor(2))
  api.answer('POST /auth/refresh', refreshed(2))
  expect(await cloud.auth.getProfile()).toMatchObject({ success: true })
  expect(api.seen('GET /auth/profile')).toHaveLength(1)
})

test('asks again with the same token when the answer to a refresh is lost', async () => {
  await signIn(api, cloud)
  api.answer('GET /auth/profile', onlyFor(2))
  api.answer('POST /auth/refresh', { cut: true }, refreshed(2))
  expect(await cloud.auth.getProfile()).toMatchObject({ success: true })
  const sent = api.seen('POST /auth/refresh').map(({ body }) => body.refresh_token)
  expect(sent).toEqual(['refresh-1', 'refresh-1'])
})

test.each([
  ['the network fails', { cut: true }, 'network_failed'],
  ['the server is unwell', problem(500, 'internal'), 'internal'],
  ['the server is busy', problem(503, 'busy'), 'busy'],
  ['the API key is refused', problem(401, 'credential_invalid'), 'credential_invalid'],
])('stays signed in when %s', async (_what, answer, code) => {
  await signIn(api, cloud)
  api.answer('GET /auth/profile', onlyFor(2))
  api.answer('POST /auth/refresh', answer)
  expect(await cloud.auth.getProfile()).toMatchObject({ success: false, error: { code } })
  expect(cloud.auth.getCurrentUser()).toMatchObject({ id: 'ada' })
})

test.each(['token_reused', 'session_ended', 'token_invalid'])(
  'signs out, and says why, when the server answers %s to a refresh',
  async code => {
    await signIn(api, cloud)
    const changes = vi.fn()
    cloud.auth.onChange(changes)
    api.answer('GET /auth/profile', problem(401, 'token_expired'))
    api.answer('POST /auth/refresh', problem(401, code))
    expect(await cloud.auth.getProfile()).toMatchObject({ success: false, error: { code } })
    expect(cloud.auth.getCurrentUser()).toBeNull()
    expect(changes.mock.calls).toEqual([[null, expect.objectContaining({ code })]])
  },
)

test('uses what another tab has got meanwhile instead of refreshing again', async () => {
  const storage = createMemoryStorage()
  cloud = createTestCloud(api, { storage })
  const otherTab = createTestCloud(api, { storage })
  await signIn(api, cloud)
  api.answer('GET /auth/profile', onlyFor(2))
  api.answer('POST /auth/refresh', refreshed(2))
  expect(await otherTab.auth.getProfile()).toMatchObject({ success: true })
  expect(await cloud.auth.getProfile()).toMatchObject({ success: true })
  expect(api.seen('POST /auth/refresh')).toHaveLength(1)
  otherTab.close()
})

test('takes turns with other tabs where the browser has locks', async () => {
  let last: Promise<unknown> = Promise.resolve()
  const request = vi.fn((_name: string, work: () => Promise<unknown>) => {
    last = last.then(work, work)
    return last
  })
  vi.stubGlobal('document', new EventTarget())
  vi.stubGlobal('localStorage', createMemoryStorage())
  vi.stubGlobal('navigator', { locks: { request } })
  const tabs = [createTestCloud(api), createTestCloud(api), createTestCloud(api)]
  const [first] = tabs
  if (first === undefined) return expect.fail()
  await signIn(api, first)
  api.answer('GET /auth/profile', onlyFor(2))
  api.answer('POST /auth/refresh', refreshed(2), problem(401, 'token_reused'))
  const results = await Promise.all(tabs.map(tab => tab.auth.getProfile()))
  expect(results.every(({ success }) => success)).toBe(true)
  expect(api.seen('POST /auth/refresh')).toHaveLength(1)
  expect(request).toHaveBeenCalled()
  for (const tab of tabs) tab.close()
})

test('takes turns also when the game names the storage that all tabs share', async () => {
  const request = vi.fn((_name: string, work: () => Promise<unknown>) => work())
  const localStorage = createMemoryStorage()
  vi.stubGlobal('document', new EventTarget())
  vi.stubGlobal('localStorage', localStorage)
  vi.stubGlobal('navigator', { locks: { request } })
  const alone = createTestCloud(api, { storage: createMemoryStorage() })
  const shared = createTestCloud(api, { storage: localStorage })
  await signIn(api, alone)
  expect(request).not.toHaveBeenCalled()
  await signIn(api, shared)
  expect(request).toHaveBeenCalled()
  alone.close()
  shared.close()
})

test('does not let a late answer put an older token over a newer one', async () => {
  const storage = createMemoryStorage()
  cloud = createTestCloud(api, { storage })
  await signIn(api, cloud)
  const key = 'aethex.pk_test.session'
  api.answer('GET /auth/profile', onlyFor(3))
  api.answer('POST /auth/refresh', () => {
    // Another tab has refreshed twice before this answer arrives.
    const newer = { user: player('ada'), ...tokens(3), expires_at: Date.now() + 900_000 }
    storage.setItem(key, JSON.stringify(newer))
    return refreshed(2)
  })
  expect(await cloud.auth.getProfile()).toMatchObject({ success: true })
  expect(JSON.parse(storage.getItem(key) ?? '')).toMatchObject({ refresh_token: 'refresh-3' })
})

test('survives a reuse answer when another tab holds a newer session', async () => {
  const storage = createMemoryStorage()
  cloud = createTestCloud(api, { storage })
  await signIn(api, cloud)
  api.answer('GET /auth/profile', onlyFor(3))
  api.answer('POST /auth/refresh', () => {
    const newer = { user: player('ada'), ...tokens(3), expires_at: Date.now() + 900_000 }
    storage.setItem('aethex.pk_test.session', JSON.stringify(newer))
    return problem(401, 'token_reused')
  })
  expect(await cloud.auth.getProfile()).toMatchObject({ success: true })
})

test("never sends one player's call with another's token", async () => {
  await signIn(api, cloud, 'ada')
  api.answer('POST /auth/refresh', async () => {
    await signIn(api, cloud, 'bob')
    return refreshed(2)
  })
  api.answer('POST /leaderboards/b/scores', problem(401, 'token_expired'))
  const result = await cloud.social.leaderboards.submitScore('b', 1)
  expect(result).toMatchObject({ success: false, error: { code: 'not_signed_in' } })
  expect(api.seen('POST /leaderboards/b/scores')).toHaveLength(1)
})

test('answers not_signed_in without asking the server', async () => {
  const results = await Promise.all([
    cloud.auth.getProfile(),
    cloud.saves.load('slot1'),
    cloud.social.leaderboards.get('b'),
    cloud.privacy.getConsents(),
    cloud.multiplayer.connect(),
    cloud.multiplayer.joinRoom('r'),
    cloud.multiplayer.matchmaking.joinQueue({ mode: 'm', region: 'r', skill_range: [0, 1] }),
  ])
  for (const result of results) {
    expect(result).toMatchObject({ success: false, error: { code: 'not_signed_in' } })
  }
  expect(api.requests).toHaveLength(0)
})
