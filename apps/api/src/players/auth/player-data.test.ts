import { setTimeout as wait } from 'node:timers/promises'
import { revokedAmong } from '@aethex/shared/bus'
import type { Running } from '@aethex/shared/lifecycle'
import { createLog } from '@aethex/shared/log'
import { openRedis } from '@aethex/shared/redis'
import { codeOf, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { callerOf } from '../../testing/caller.js'
import { takeApart } from '../../testing/forged-tokens.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { playerData } from './player-data.js'
import { SignedIn } from './schema.js'

const stack = inject('stack')
let environment: TestEnvironment
let stored: Stored
let another: Running

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  stored = openStored(stack)
  another = await startAnotherApi(stack)
})
afterAll(() => Promise.all([another.close(), stored.close()]))

const password = 'correct horse battery'

async function freshAccount() {
  const email = `${crypto.randomUUID()}@player.example`
  const game = callerOf(stack.api_url, { 'x-api-key': environment.publishableKey })
  const body = { email, password, username: `P ${email.slice(0, 20)}` }
  const { user, session } = SignedIn.parse((await game('POST', '/auth/register', body)).body)
  await game('POST', '/auth/login', { email, password })
  const headers = {
    'x-api-key': environment.publishableKey,
    authorization: `Bearer ${session.access_token}`,
  }
  return { id: user.id, email, game, session, headers }
}

/** What erasing needs of a process, as a job of another one has it. */
const parts = () => ({
  db: stored.db,
  revocations: {
    isRevoked: () => false,
    isFresh: () => true,
    note: () => undefined,
    close: async () => undefined,
  },
  outbox: { wake: () => undefined, close: async () => undefined },
})

test('a player is handed their account, sessions and devices, and no secret', async () => {
  const account = await freshAccount()
  const files = new Map<string, unknown>()
  for await (const file of playerData.exportFor(parts(), environment.environmentId, account.id)) {
    files.set(file.name, file.content)
  }
  expect([...files.keys()]).toEqual(['account.json', 'sessions.json', 'devices.json'])
  expect(files.get('account.json')).toMatchObject({ id: account.id })
  expect(files.get('sessions.json')).toHaveLength(2)
  expect(files.get('devices.json')).toHaveLength(2)
  const text = JSON.stringify([...files.values()])
  expect(text).not.toMatch(/hash|argon2|refresh|token/)
})

test('A23: the access token of an erased player is refused everywhere within a second', async () => {
  const account = await freshAccount()
  const here = callerOf(stack.api_url, account.headers)
  const there = callerOf(another.url, account.headers)
  for (const call of [here, there]) expect((await call('GET', '/auth/profile')).status).toBe(200)
  const erased = await playerData.eraseFor(parts(), environment.environmentId, account.id)
  expect(erased).toEqual({
    player_session: 2,
    password_credential: 1,
    device_credential: 0,
    player_known_device: 2,
    player: 1,
  })
  await wait(1_000)
  for (const call of [here, there]) {
    for (const path of ['/auth/profile', '/auth/sessions', '/privacy/consents']) {
      expect(codeOf(await call('GET', path))).toBe('session_ended')
    }
  }
  const refresh = { refresh_token: account.session.refresh_token }
  const refreshed = await account.game('POST', '/auth/refresh', refresh)
  expect([refreshed.status, codeOf(refreshed)]).toEqual([401, 'token_invalid'])
  const login = await account.game('POST', '/auth/login', { email: account.email, password })
  expect(codeOf(login)).toBe('invalid_credentials')
  // Relays are told, and find a mark when they were away.
  const redis = openRedis(stack.redis_url, createLog('test', 'silent'))
  const sid = String(takeApart(account.session.access_token).payload.sid)
  await expect.poll(() => revokedAmong(redis, [sid]), { timeout: 5_000 }).toEqual([sid])
  redis.disconnect()
})

test('erasing twice finds nothing the second time', async () => {
  const account = await freshAccount()
  await playerData.eraseFor(parts(), environment.environmentId, account.id)
  const again = await playerData.eraseFor(parts(), environment.environmentId, account.id)
  expect(Object.values(again)).toEqual([0, 0, 0, 0, 0])
})

test('what another environment calls by the same id is not touched', async () => {
  const account = await freshAccount()
  const away = await freshEnvironment(stack)
  const erased = await playerData.eraseFor(parts(), away.environmentId, account.id)
  expect(Object.values(erased)).toEqual([0, 0, 0, 0, 0])
  const here = callerOf(stack.api_url, account.headers)
  expect((await here('GET', '/auth/profile')).status).toBe(200)
})
