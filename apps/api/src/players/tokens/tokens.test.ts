import type { Running } from '@aethex/shared/lifecycle'
import { codeOf, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf } from '../../testing/caller.js'
import { takeApart } from '../../testing/forged-tokens.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { SessionMade } from './schema.js'

const stack = inject('stack')
let environment: TestEnvironment
let stored: Stored
let server: Caller
let later: Running
let clockMs = Date.now()

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  stored = openStored(stack)
  server = callerOf(stack.api_url, { 'x-api-key': environment.secretKey })
  later = await startAnotherApi(stack, {}, { now: () => new Date(clockMs) })
})
afterAll(() => Promise.all([later.close(), stored.close()]))

const introspect = (token: string, by = server) => by('POST', '/tokens/introspect', { token })
const inactive = { active: false }

test('introspection of a good access token tells whose it is, to the letter', async () => {
  const player = await freshPlayer(environment)
  const { payload } = takeApart(player.accessToken)
  const answer = await introspect(player.accessToken)
  expect(answer.status).toBe(200)
  expect(answer.body).toEqual({
    active: true,
    token_type: 'access_token',
    sub: player.id,
    username: player.username,
    sid: payload.sid,
    environment_id: environment.environmentId,
    iss: stack.api_url,
    iat: payload.iat,
    exp: payload.exp,
    method: 'device',
  })
})

test('introspection of a refresh token tells whose it is until it is traded', async () => {
  const player = await freshPlayer(environment)
  const month = 30 * 86_400
  const answer = await introspect(player.refreshToken)
  expect(answer.body).toMatchObject({ active: true, token_type: 'refresh_token', sub: player.id })
  const { exp, iat } = Object(answer.body)
  expect(exp - iat).toBe(month)
  const game = callerOf(stack.api_url, { 'x-api-key': environment.publishableKey })
  await game('POST', '/auth/refresh', { refresh_token: player.refreshToken })
  expect((await introspect(player.refreshToken)).body).toEqual(inactive)
  // Looking at a traded token is no theft.
  expect((await introspect(player.accessToken)).body).toMatchObject({ active: true })
})

test('introspection of an ended session answers no more than that', async () => {
  const player = await freshPlayer(environment)
  await callerOf(stack.api_url, player.headers)('POST', '/auth/logout')
  expect((await introspect(player.accessToken)).body).toEqual(inactive)
  expect((await introspect(player.refreshToken)).body).toEqual(inactive)
})

test('introspection of an expired token answers no more than that', async () => {
  const player = await freshPlayer(environment)
  const by = callerOf(later.url, { 'x-api-key': environment.secretKey })
  const issuedMs = Number(takeApart(player.accessToken).payload.iat) * 1_000
  clockMs = issuedMs + 899_000
  expect((await introspect(player.accessToken, by)).body).toMatchObject({ active: true })
  clockMs = issuedMs + 901_000
  expect((await introspect(player.accessToken, by)).body).toEqual(inactive)
})

test('B12: tokens of another environment and tokens of any other kind are worth nothing', async () => {
  const away = await freshEnvironment(stack)
  const stranger = await freshPlayer(away)
  const tokens = [
    stranger.accessToken,
    stranger.refreshToken,
    environment.memberToken,
    environment.publishableKey,
    'not a token',
    `rt_${crypto.randomUUID()}.${'A'.repeat(64)}`,
    'x'.repeat(4_096),
  ]
  for (const token of tokens) {
    const answer = await introspect(token)
    expect([answer.status, answer.body]).toEqual([200, inactive])
  }
})

test("a studio's server signs a player in, and it is written down", async () => {
  const player = await freshPlayer(environment)
  const requestId = `mint-${crypto.randomUUID()}`
  const answer = await server(
    'POST',
    '/tokens',
    { user_id: player.id },
    { 'x-request-id': requestId },
  )
  expect(answer.status).toBe(201)
  const { user, session } = SessionMade.parse(answer.body)
  expect(user.id).toBe(player.id)
  const game = callerOf(stack.api_url, {
    'x-api-key': environment.publishableKey,
    authorization: `Bearer ${session.access_token}`,
  })
  expect((await game('GET', '/auth/profile')).status).toBe(200)
  expect((await introspect(session.access_token)).body).toMatchObject({ method: 'server' })
  const rows = await stored.rows(
    'SELECT action, actor_kind, target FROM audit_entry WHERE request_id = $1',
    requestId,
  )
  expect(rows).toEqual([{ action: 'tokens.create', actor_kind: 'server', target: player.id }])
})

test('D1: a player of another environment is not there', async () => {
  const stranger = await freshPlayer(await freshEnvironment(stack))
  for (const user_id of [stranger.id, crypto.randomUUID()]) {
    const answer = await server('POST', '/tokens', { user_id })
    expect([answer.status, codeOf(answer)]).toEqual([404, 'not_found'])
  }
})

test('D3: a key without the scope neither looks nor signs in', async () => {
  const studio = callerOf(stack.api_url, { authorization: `Bearer ${environment.memberToken}` })
  const made = await studio('POST', `/studio/environments/${environment.environmentId}/keys`, {
    kind: 'secret',
    name: 'scores',
    scopes: ['leaderboards:write'],
  })
  const player = await freshPlayer(environment)
  const by = callerOf(stack.api_url, { 'x-api-key': Object(made.body).api_key })
  const answers = [
    await introspect(player.accessToken, by),
    await by('POST', '/tokens', { user_id: player.id }),
  ]
  for (const answer of answers) expect(codeOf(answer)).toBe('insufficient_scope')
})
