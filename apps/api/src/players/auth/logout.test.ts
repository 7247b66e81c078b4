import { setTimeout as wait } from 'node:timers/promises'
import { revokedAmong } from '@aethex/shared/bus'
import type { Running } from '@aethex/shared/lifecycle'
import { createLog } from '@aethex/shared/log'
import { openRedis } from '@aethex/shared/redis'
import { codeOf, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { callerOf, inParallel } from '../../testing/caller.js'
import { takeApart } from '../../testing/forged-tokens.js'

const stack = inject('stack')
let environment: TestEnvironment
let another: Running

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  another = await startAnotherApi(stack)
})
afterAll(() => another.close())

test('logout answers 204 and the access token is dead at once where it happened', async () => {
  const player = await freshPlayer(environment)
  const api = callerOf(stack.api_url, player.headers)
  expect((await api('GET', '/auth/profile')).status).toBe(200)
  const answer = await api('POST', '/auth/logout')
  expect([answer.status, answer.body]).toEqual([204, undefined])
  const after = await api('GET', '/auth/profile')
  expect([after.status, codeOf(after)]).toEqual([401, 'session_ended'])
})

test('A23: another process refuses the access token of an ended session within a second', async () => {
  const player = await freshPlayer(environment)
  const there = callerOf(another.url, player.headers)
  expect((await there('GET', '/auth/profile')).status).toBe(200)
  await callerOf(stack.api_url, player.headers)('POST', '/auth/logout')
  await wait(1_000)
  expect(codeOf(await there('GET', '/auth/profile'))).toBe('session_ended')
})

test('A23: a stolen refresh token ends the session on another process within a second, too', async () => {
  const player = await freshPlayer(environment)
  const game = callerOf(stack.api_url, { 'x-api-key': environment.publishableKey })
  const there = callerOf(another.url, player.headers)
  expect((await there('GET', '/auth/profile')).status).toBe(200)
  const refresh = (refresh_token: string) => game('POST', '/auth/refresh', { refresh_token })
  const next = Object((await refresh(player.refreshToken)).body).session
  await refresh(next.refresh_token)
  expect(codeOf(await refresh(player.refreshToken))).toBe('token_reused')
  await wait(1_000)
  expect(codeOf(await there('GET', '/auth/profile'))).toBe('session_ended')
})

test('logout leaves the other sessions of the player alone', async () => {
  const device_secret = crypto.randomUUID() + crypto.randomUUID()
  const game = callerOf(stack.api_url, { 'x-api-key': environment.publishableKey })
  const signIn = async () => {
    const { session } = Object((await game('POST', '/auth/anonymous', { device_secret })).body)
    return callerOf(stack.api_url, {
      'x-api-key': environment.publishableKey,
      authorization: `Bearer ${session.access_token}`,
    })
  }
  const [phone, tablet] = [await signIn(), await signIn()]
  await phone('POST', '/auth/logout')
  expect((await tablet('GET', '/auth/profile')).status).toBe(200)
})

test('twenty parallel logouts answer 204 or 401, and the session has ended', async () => {
  const player = await freshPlayer(environment)
  const api = callerOf(stack.api_url, player.headers)
  const statuses = await inParallel(20, async () => (await api('POST', '/auth/logout')).status)
  expect(statuses).toContain(204)
  expect(statuses.filter(status => status !== 204 && status !== 401)).toEqual([])
  expect(codeOf(await api('GET', '/auth/profile'))).toBe('session_ended')
})

test('logout is told to the relay, and leaves a mark for a relay that was away', async () => {
  const player = await freshPlayer(environment)
  const sessionId = String(takeApart(player.accessToken).payload.sid)
  const redis = openRedis(stack.redis_url, createLog('test', 'silent'))
  await callerOf(stack.api_url, player.headers)('POST', '/auth/logout')
  await expect.poll(() => revokedAmong(redis, [sessionId]), { timeout: 5_000 }).toEqual([sessionId])
  redis.disconnect()
})
