import {
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Caller, callerOf, inParallel } from '../../testing/caller.js'
import { takeApart } from '../../testing/forged-tokens.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { Refreshed } from './schema.js'

let environment: TestEnvironment
let stored: Stored
let game: Caller

beforeAll(async () => {
  const stack = inject('stack')
  environment = await freshEnvironment(stack)
  stored = openStored(stack)
  game = callerOf(environment.apiUrl, { 'x-api-key': environment.publishableKey })
})
afterAll(() => stored.close())

const refresh = (refresh_token: string) => game('POST', '/auth/refresh', { refresh_token })

async function rotate(refreshToken: string) {
  const answer = await refresh(refreshToken)
  expect(answer.status).toBe(200)
  return Refreshed.parse(answer.body).session
}

const profileWith = async (accessToken: string) =>
  game('GET', '/auth/profile', undefined, { authorization: `Bearer ${accessToken}` })

const sessionIdOf = (player: TestPlayer) => String(takeApart(player.accessToken).payload.sid)

/** Moves the moments of a session into the past, as waiting would. */
const age = (player: TestPlayer, interval: string) =>
  stored.rows(
    `UPDATE player_session SET rotated_at = rotated_at - $2::interval, created_at = created_at - $2::interval,
       expires_at = expires_at - $2::interval WHERE id = $1`,
    sessionIdOf(player),
    interval,
  )

test('refresh answers 200 with a new pair of tokens, to the letter', async () => {
  const player = await freshPlayer(environment)
  const answer = await refresh(player.refreshToken)
  expect(answer.status).toBe(200)
  expect(answer.body).toEqual({
    session: {
      access_token: expect.any(String),
      refresh_token: expect.stringMatching(/^rt_/),
      token_type: 'Bearer',
      expires_in: 900,
    },
  })
  const { session } = Refreshed.parse(answer.body)
  expect(session.refresh_token).not.toBe(player.refreshToken)
  expect((await profileWith(session.access_token)).status).toBe(200)
})

test('a refresh token lives thirty days and is stored as a hash only', async () => {
  const player = await freshPlayer(environment)
  const { refresh_token } = await rotate(player.refreshToken)
  const [row] = await stored.rows(
    'SELECT s::text AS text, extract(epoch FROM expires_at - created_at)::int AS seconds FROM player_session s WHERE id = $1',
    sessionIdOf(player),
  )
  expect(row?.seconds).toBe(30 * 24 * 3_600)
  for (const token of [player.refreshToken, refresh_token]) {
    const [, secret = ''] = token.split('.')
    const kept = [
      secret,
      Buffer.from(token).toString('hex'),
      Buffer.from(secret, 'base64url').toString('hex'),
    ]
    for (const trace of kept) expect(String(row?.text)).not.toContain(trace)
  }
})

test('B14: a token reused after the grace ends the whole family, access tokens included', async () => {
  const player = await freshPlayer(environment)
  const second = await rotate(player.refreshToken)
  const third = await rotate(second.refresh_token)
  await age(player, '30 seconds')
  const theft = await refresh(player.refreshToken)
  expect([theft.status, codeOf(theft)]).toEqual([401, 'token_reused'])
  for (const token of [third.refresh_token, second.refresh_token, player.refreshToken]) {
    expect(codeOf(await refresh(token))).toBe('session_ended')
  }
  for (const token of [player.accessToken, second.access_token, third.access_token]) {
    expect(codeOf(await profileWith(token))).toBe('session_ended')
  }
})

test('B14: the token just replaced is theft, too, once the grace is over', async () => {
  const player = await freshPlayer(environment)
  const second = await rotate(player.refreshToken)
  await age(player, '30 seconds')
  expect(codeOf(await refresh(player.refreshToken))).toBe('token_reused')
  expect(codeOf(await refresh(second.refresh_token))).toBe('session_ended')
})

test('B14: theft of one session leaves the other sessions of the player alone, and is audited', async () => {
  const device_secret = crypto.randomUUID() + crypto.randomUUID()
  const signIn = async () =>
    Object((await game('POST', '/auth/anonymous', { device_secret })).body).session
  const [stolen, other] = [await signIn(), await signIn()]
  const next = await rotate(stolen.refresh_token)
  await rotate(next.refresh_token)
  const request_id = `theft-${crypto.randomUUID()}`
  const theft = await game(
    'POST',
    '/auth/refresh',
    { refresh_token: stolen.refresh_token },
    { 'x-request-id': request_id },
  )
  expect(codeOf(theft)).toBe('token_reused')
  expect((await profileWith(other.access_token)).status).toBe(200)
  await rotate(other.refresh_token)
  const rows = await stored.rows(
    'SELECT action, details FROM audit_entry WHERE request_id = $1',
    request_id,
  )
  expect(rows).toMatchObject([{ action: 'auth.refresh', details: { refused: 'token_reused' } }])
})

test('B15: a refresh whose answer was lost is answered again with the current pair', async () => {
  const player = await freshPlayer(environment)
  const lost = await rotate(player.refreshToken)
  const again = await rotate(player.refreshToken)
  expect(again.refresh_token).toBe(lost.refresh_token)
  expect((await profileWith(again.access_token)).status).toBe(200)
  await rotate(again.refresh_token)
})

test('B16: twenty parallel refreshes of one token get one and the same new token', async () => {
  const player = await freshPlayer(environment)
  const answers = await inParallel(20, () => rotate(player.refreshToken))
  const tokens = new Set(answers.map(session => session.refresh_token))
  expect(tokens.size).toBe(1)
  const [next = ''] = tokens
  const after = await rotate(next)
  expect((await profileWith(after.access_token)).status).toBe(200)
  const rows = await stored.rows('SELECT id FROM player_session WHERE player_id = $1', player.id)
  expect(rows).toHaveLength(1)
})

test('B17: after logout the refresh token is worth nothing', async () => {
  const player = await freshPlayer(environment)
  const logout = await game('POST', '/auth/logout', undefined, player.headers)
  expect([logout.status, logout.body]).toEqual([204, undefined])
  expect(codeOf(await refresh(player.refreshToken))).toBe('session_ended')
})

test('B17: thirty days after the sign-in the session ends, even if it was refreshed every day', async () => {
  const player = await freshPlayer(environment)
  const { refresh_token } = await rotate(player.refreshToken)
  await age(player, '29 days 23 hours 59 minutes')
  const still = await rotate(refresh_token)
  await age(player, '2 minutes')
  expect(codeOf(await refresh(still.refresh_token))).toBe('session_ended')
})

test.each([
  ['made up', () => `rt_${crypto.randomUUID()}.${'A'.repeat(64)}`],
  ['of no session', () => 'rt_'],
  ['an access token', (player: TestPlayer) => player.accessToken],
  [
    'with a bit changed',
    ({ refreshToken }: TestPlayer) =>
      `${refreshToken.slice(0, -1)}${refreshToken.endsWith('A') ? 'B' : 'A'}`,
  ],
  ['with padding', ({ refreshToken }: TestPlayer) => `${refreshToken}=`],
  [
    'with the name of another session',
    (player: TestPlayer) => player.refreshToken.replace(/^rt_[^.]+/, `rt_${crypto.randomUUID()}`),
  ],
])(
  'B7: a refresh token that is %s answers 401 and leaves the session alone',
  async (_what, make) => {
    const player = await freshPlayer(environment)
    const answer = await refresh(make(player))
    expect([answer.status, codeOf(answer)]).toEqual([401, 'token_invalid'])
    await rotate(player.refreshToken)
  },
)

test('B12: a refresh token of another environment answers 401 and leaves its session alone', async () => {
  const away = await freshEnvironment(inject('stack'))
  const stranger = await freshPlayer(away)
  expect(codeOf(await refresh(stranger.refreshToken))).toBe('token_invalid')
  const home = callerOf(away.apiUrl, { 'x-api-key': away.publishableKey })
  const answer = await home('POST', '/auth/refresh', { refresh_token: stranger.refreshToken })
  expect(answer.status).toBe(200)
})
