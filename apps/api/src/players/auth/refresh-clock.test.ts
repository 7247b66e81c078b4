import type { Running } from '@aethex/shared/lifecycle'
import {
  codeOf,
  freshEnvironment,
  startTestRedis,
  type TestEnvironment,
  type TestRedis,
} from '@aethex/shared/testing'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf, inParallel } from '../../testing/caller.js'
import { takeApart } from '../../testing/forged-tokens.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { Refreshed, SignedIn } from './schema.js'

// Two processes that share a clock which these tests move, and a Redis of their own: budgets are no part of this.
const stack = inject('stack')
let environment: TestEnvironment
let redis: TestRedis
let stored: Stored
let apis: readonly Running[]
let game: Caller
let other: Caller
let aheadMs = 0

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  redis = await startTestRedis()
  stored = openStored(stack)
  // It stands still but for them: how busy the machine is must not matter.
  const start = Date.now()
  const now = () => new Date(start + aheadMs)
  const open = () => startAnotherApi(stack, { REDIS_URL: redis.url }, { now })
  apis = [await open(), await open()]
  const callers = apis.map(api => callerOf(api.url, { 'x-api-key': environment.publishableKey }))
  ;[game, other] = [callers[0] ?? game, callers[1] ?? game]
})
afterEach(() => {
  aheadMs = 0
})
afterAll(async () => {
  await Promise.all(apis.map(api => api.close()))
  await Promise.all([redis.close(), stored.close()])
})

const pass = (seconds: number) => {
  aheadMs += seconds * 1_000
}
const day = 86_400

async function signIn() {
  const device_secret = crypto.randomUUID() + crypto.randomUUID()
  const { user, session } = SignedIn.parse(
    (await game('POST', '/auth/anonymous', { device_secret })).body,
  )
  return { id: user.id, ...session }
}

const refresh = (refresh_token: string, by = game, headers: Record<string, string> = {}) =>
  by('POST', '/auth/refresh', { refresh_token }, headers)

async function rotate(refreshToken: string, by = game) {
  const answer = await refresh(refreshToken, by)
  expect(answer.status).toBe(200)
  return Refreshed.parse(answer.body).session
}

const profileWith = (accessToken: string, by = game) =>
  by('GET', '/auth/profile', undefined, { authorization: `Bearer ${accessToken}` })

test('B16: twenty parallel refreshes on two processes get one and the same new token', async () => {
  const session = await signIn()
  const answers = await inParallel(20, index =>
    rotate(session.refresh_token, index % 2 === 0 ? game : other),
  )
  const tokens = new Set(answers.map(answer => answer.refresh_token))
  expect(tokens.size).toBe(1)
  pass(1)
  const [next = ''] = tokens
  await rotate(next)
  const rows = await stored.rows('SELECT id FROM player_session WHERE player_id = $1', session.id)
  expect(rows).toHaveLength(1)
})

test('B15: an answer that was lost is given again for twenty seconds, by any process', async () => {
  const session = await signIn()
  const lost = await rotate(session.refresh_token)
  for (const seconds of [1, 9, 9]) {
    pass(seconds)
    const again = await rotate(session.refresh_token, other)
    expect(again.refresh_token).toBe(lost.refresh_token)
    expect((await profileWith(again.access_token)).status).toBe(200)
  }
  await rotate(lost.refresh_token)
})

test('B14, B15: the grace is for the token just replaced only, and not extended by its use', async () => {
  const session = await signIn()
  await rotate(session.refresh_token)
  pass(15)
  await rotate(session.refresh_token)
  pass(6)
  expect(codeOf(await refresh(session.refresh_token))).toBe('token_reused')
})

test('B14: theft kills the family and every descendant, also 300 ms later, and is told to the studio', async () => {
  const session = await signIn()
  const second = await rotate(session.refresh_token)
  pass(30)
  const third = await rotate(second.refresh_token)
  pass(5)
  const requestId = `theft-${crypto.randomUUID()}`
  const theft = await refresh(session.refresh_token, other, { 'x-request-id': requestId })
  expect([theft.status, codeOf(theft)]).toEqual([401, 'token_reused'])
  const family = [session, second, third]
  const dead = async (by: Caller) => {
    for (const { refresh_token, access_token } of family) {
      expect(codeOf(await refresh(refresh_token, by))).toBe('session_ended')
      expect(codeOf(await profileWith(access_token, by))).toBe('session_ended')
    }
  }
  await dead(other)
  pass(0.3)
  await dead(other)
  // The process that saw nothing of it learns of it within a second.
  await expect
    .poll(async () => (await profileWith(third.access_token)).status, { timeout: 1_000 })
    .toBe(401)
  await dead(game)
  const audited = await stored.rows(
    'SELECT action, details FROM audit_entry WHERE request_id = $1',
    requestId,
  )
  expect(audited).toMatchObject([
    { action: 'auth.refresh', details: { refused: 'token_reused', player_id: session.id } },
  ])
  const told = await stored.rows(
    `SELECT payload FROM webhook_event WHERE environment_id = $1 AND type = 'session.stolen' AND payload->>'player_id' = $2`,
    environment.environmentId,
    session.id,
  )
  const session_id = String(takeApart(session.access_token).payload.sid)
  expect(told).toEqual([{ payload: { player_id: session.id, session_id } }])
})

test('B14: of twenty parallel uses of a stolen token one ends the session, and it is told once', async () => {
  const session = await signIn()
  const second = await rotate(session.refresh_token)
  await rotate(second.refresh_token)
  const answers = await inParallel(20, () => refresh(session.refresh_token))
  const codes = answers.map(codeOf)
  expect(codes.filter(code => code === 'token_reused')).toHaveLength(1)
  expect(codes.filter(code => code === 'session_ended')).toHaveLength(19)
  const told = await stored.rows(
    `SELECT id FROM webhook_event
     WHERE environment_id = $1 AND payload->>'player_id' = $2 AND type = 'session.stolen'`,
    environment.environmentId,
    session.id,
  )
  expect(told).toHaveLength(1)
})

test('B17: thirty days after the sign-in the session ends, even if it was refreshed every day', async () => {
  const session = await signIn()
  let { refresh_token } = session
  for (let days = 1; days <= 29; days++) {
    pass(day)
    refresh_token = (await rotate(refresh_token)).refresh_token
  }
  pass(day - 60)
  const last = await rotate(refresh_token)
  // No access token outlives its session.
  expect(last.expires_in).toBeGreaterThan(0)
  expect(last.expires_in).toBeLessThanOrEqual(60)
  pass(61)
  const answer = await refresh(last.refresh_token)
  expect([answer.status, codeOf(answer)]).toEqual([401, 'session_ended'])
  expect(codeOf(await profileWith(last.access_token))).toBe('token_expired')
})

test('B5: an access token is good for a quarter of an hour by the clock of who verifies it', async () => {
  const { access_token } = await signIn()
  pass(895)
  expect((await profileWith(access_token)).status).toBe(200)
  pass(6)
  expect(codeOf(await profileWith(access_token))).toBe('token_expired')
})

test('B17: a session that was not refreshed for thirty days is over, too', async () => {
  const { refresh_token } = await signIn()
  pass(30 * day)
  expect(codeOf(await refresh(refresh_token))).toBe('session_ended')
})
