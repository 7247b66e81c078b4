import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Cloud } from '../cloud.js'
import { unwrap } from '../core/result.js'
import { createMemoryStorage } from '../core/storage.js'
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
  await api.close()
})

const id = '01890000-0000-7000-8000-000000000000'
const one = {
  id,
  device_name: 'A phone',
  method: 'device',
  created_at: '2026-01-01T00:00:00.000Z',
  last_seen_at: '2026-01-01T00:00:00.000Z',
  expires_at: '2026-02-01T00:00:00.000Z',
  current: true,
}

test('lists where the player is signed in, names one and signs one out', async () => {
  await signIn(api, cloud)
  api.answer('GET /auth/sessions', { body: { items: [one], next_cursor: null } })
  expect(await cloud.auth.sessions.list()).toEqual({ success: true, items: [one] })
  const renamed = { ...one, device_name: 'Mine' }
  api.answer(`PATCH /auth/sessions/${id}`, { body: { session: renamed } })
  expect(unwrap(await cloud.auth.sessions.rename(id, 'Mine')).session).toEqual(renamed)
  expect(api.seen(`PATCH /auth/sessions/${id}`)[0]?.body).toEqual({ device_name: 'Mine' })
  api.answer(`DELETE /auth/sessions/${id}`, { status: 204 })
  expect(await cloud.auth.sessions.revoke(id)).toEqual({ success: true })
  api.answer(`DELETE /auth/sessions/${id}`, problem(404, 'not_found'))
  expect(await cloud.auth.sessions.revoke(id)).toMatchObject({ error: { code: 'not_found' } })
})

test('signs the player out everywhere else and stays signed in here', async () => {
  await signIn(api, cloud)
  api.answer('DELETE /auth/sessions', { status: 204 })
  expect(await cloud.auth.sessions.revokeAll({ exceptCurrent: true })).toEqual({ success: true })
  expect(api.seen('DELETE /auth/sessions')[0]?.query.get('except')).toBe('current')
  expect(cloud.auth.getCurrentUser()).not.toBeNull()
})

test('signs the player out everywhere, also when the answer was lost on the way', async () => {
  await signIn(api, cloud)
  api.answer('DELETE /auth/sessions', { cut: true }, problem(401, 'session_ended'))
  api.answer('POST /auth/refresh', problem(401, 'session_ended'))
  expect(await cloud.auth.sessions.revokeAll()).toEqual({ success: true })
  expect(api.seen('DELETE /auth/sessions')[0]?.query.has('except')).toBe(false)
  expect(cloud.auth.getCurrentUser()).toBeNull()
})

test('refuses what is no id before anything is sent', async () => {
  await signIn(api, cloud)
  const result = await cloud.auth.sessions.revoke('..')
  expect(result).toMatchObject({ success: false, error: { code: 'invalid_request' } })
})

test('sends the tokens of the accounts that know this device, the latest first, and keeps five', async () => {
  const storage = createMemoryStorage()
  const here = createTestCloud(api, { storage })
  const login = (device_token?: string) => {
    api.answer('POST /auth/login', {
      body: { user: player('ada'), session: tokens(1), ...(device_token && { device_token }) },
    })
    return here.auth.loginEmail('ada@example.com', 'a long one')
  }
  for (const token of ['dt_1', 'dt_2', 'dt_3', 'dt_4', 'dt_5', 'dt_6', 'dt_4', undefined]) {
    unwrap(await login(token))
  }
  unwrap(await createTestCloud(api, { storage }).auth.loginEmail('ada@example.com', 'a long one'))
  const sent = api.seen('POST /auth/login').map(({ headers }) => headers['x-device-token'])
  expect(sent.slice(0, 3)).toEqual([undefined, 'dt_1', 'dt_2,dt_1'])
  expect(sent.at(-1)).toBe('dt_4,dt_6,dt_5,dt_3,dt_2')
})

test('changes the password from a device that stays known', async () => {
  api.answer('POST /auth/register', {
    status: 201,
    body: { user: player('ada'), session: tokens(1), device_token: 'dt_1' },
  })
  unwrap(await cloud.auth.register({ email: 'a@e.test', password: 'a long one', username: 'Ada' }))
  api.answer('POST /auth/password/change', { status: 204 })
  const passwords = { currentPassword: 'a long one', password: 'a longer one' }
  expect(await cloud.auth.changePassword(passwords)).toEqual({ success: true })
  expect(api.seen('POST /auth/password/change')[0]).toMatchObject({
    body: { current_password: 'a long one', password: 'a longer one' },
    headers: { 'x-device-token': 'dt_1' },
  })
})
