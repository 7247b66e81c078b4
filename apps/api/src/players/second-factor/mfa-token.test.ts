import { codeOf, freshEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { totpAt, wrongCodeAt } from '../../testing/authenticator-app.js'
import { callerOf, tally } from '../../testing/caller.js'
import {
  type EnrolledGuest,
  type FactorStage,
  openFactorStage,
} from '../../testing/factor-stage.js'
import { openStored, type Stored } from '../../testing/stored.js'

let stage: FactorStage
let stored: Stored
let guest: EnrolledGuest

beforeAll(async () => {
  stored = openStored(inject('stack'))
  stage = await openFactorStage(inject('stack'))
  guest = await stage.enrolledGuest()
})
afterAll(async () => {
  await stage.close()
  await stored.close()
})

const complete = (mfa_token: string, factor: object) =>
  stage.game('POST', '/auth/second-factor', { mfa_token, ...factor })

test('B7: an mfa_token is neither an access token nor a refresh token nor an API key', async () => {
  const token = await stage.firstFactor(guest)
  const bearer = { authorization: `Bearer ${token}` }
  const answers = [
    await stage.game('GET', '/auth/profile', undefined, bearer),
    await stage.game('POST', '/auth/logout', undefined, bearer),
    await stage.game('POST', '/auth/refresh', { refresh_token: token }),
    await callerOf(stage.api.url)('GET', '/studio/organizations', undefined, bearer),
    await callerOf(stage.api.url)('POST', '/studio/refresh', { refresh_token: token }),
    await callerOf(stage.api.url, { 'x-api-key': token })('POST', '/auth/logout'),
  ]
  expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(401))
  expect(answers.slice(0, 5).map(codeOf)).toEqual(Array(5).fill('token_invalid'))
})

test('B7: no other token passes for an mfa_token', async () => {
  const { session } = Object(
    (await complete(await stage.firstFactor(guest), { code: stage.nextCode(guest.secret) })).body,
  )
  const code = stage.nextCode(guest.secret)
  const [recovery_code = ''] = guest.recoveryCodes
  for (const token of [session.access_token.slice(0, 100), recovery_code, 'mfa_', 'mfa_…']) {
    expect(codeOf(await complete(token, { code }))).toBe('mfa_token_invalid')
  }
  // A refresh token and a whole access token are longer than any mfa_token.
  for (const token of [session.access_token, session.refresh_token]) {
    expect([400, 401]).toContain((await complete(token, { code })).status)
  }
})

test('B12: a token is good in its own environment only, and at the door of players only', async () => {
  const elsewhere = await freshEnvironment(inject('stack'))
  const token = await stage.firstFactor(guest)
  const body = { mfa_token: token, code: stage.nextCode(guest.secret) }
  const there = callerOf(stage.api.url, { 'x-api-key': elsewhere.publishableKey })
  const answers = [
    await there('POST', '/auth/second-factor', body),
    await callerOf(stage.api.url)('POST', '/studio/login/second-factor', body),
  ]
  expect(answers.map(codeOf)).toEqual(['mfa_token_invalid', 'mfa_token_invalid'])
  expect((await stage.game('POST', '/auth/second-factor', body)).status).toBe(200)
})

test("another player's code and recovery code are wrong", async () => {
  const other = await stage.enrolledGuest()
  const token = await stage.firstFactor(guest)
  const code = stage.nextCode(other.secret)
  expect(codeOf(await complete(token, { code }))).toBe('second_factor_invalid')
  const [, recovery_code] = other.recoveryCodes
  expect(codeOf(await complete(token, { recovery_code }))).toBe('second_factor_invalid')
})

test('a token is used up by success: of five factors sent with it at once one opens a session', async () => {
  const fresh = await stage.enrolledGuest()
  const token = await stage.firstFactor(fresh)
  const factors = [
    { code: stage.nextCode(fresh.secret) },
    ...fresh.recoveryCodes.slice(0, 4).map(recovery_code => ({ recovery_code })),
  ]
  const answers = await Promise.all(factors.map(factor => complete(token, factor)))
  expect(tally(answers)).toEqual({ 200: 1, 401: 4 })
  const sessions = await stored.rows(
    "SELECT 1 FROM player_session WHERE player_id = $1 AND created_at > now() - interval '1 hour'",
    fresh.id,
  )
  expect(sessions).toHaveLength(2)
  // Whoever came too late has not lost a recovery code.
  const [{ spent } = {}] = await stored.rows(
    'SELECT count(used_at) AS spent FROM player_recovery_code WHERE player_id = $1',
    fresh.id,
  )
  expect(spent).toBeLessThanOrEqual(1)
  expect(codeOf(await complete(token, { code: stage.nextCode(fresh.secret) }))).toBe(
    'mfa_token_invalid',
  )
})

test('five wrong codes kill the token: then a right one does not revive it', async () => {
  const fresh = await stage.enrolledGuest()
  const token = await stage.firstFactor(fresh)
  const wrong = { code: wrongCodeAt(fresh.secret, stage.now()) }
  const answers = []
  for (let turn = 0; turn < 5; turn++) answers.push(await complete(token, wrong))
  expect(answers.map(codeOf)).toEqual(Array(5).fill('second_factor_invalid'))
  const right = { code: totpAt(fresh.secret, stage.now()) }
  expect(codeOf(await complete(token, right))).toBe('mfa_token_invalid')
})

test('a token lives five minutes', async () => {
  const [early, late] = [await stage.firstFactor(guest), await stage.firstFactor(guest)]
  stage.forward(200)
  expect((await complete(early, { code: stage.nextCode(guest.secret) })).status).toBe(200)
  stage.forward(100)
  const answer = await complete(late, { code: stage.nextCode(guest.secret) })
  expect([answer.status, codeOf(answer)]).toEqual([401, 'mfa_token_invalid'])
})
