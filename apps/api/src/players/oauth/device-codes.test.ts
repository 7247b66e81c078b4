import {
  codeOf,
  freshPlayer,
  startTestRedis,
  type TestPlayer,
  type TestRedis,
} from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { type OauthGame, openOauthGame, SignedInAnswer } from '../../testing/oauth-game.js'

const stack = inject('stack')
let redis: TestRedis
let game: OauthGame
let player: TestPlayer
let phone: Caller
/** Moves the clock of the process that answers. */
let aheadMs = 0
let later: Awaited<ReturnType<typeof startAnotherApi>>
let console_: Caller

beforeAll(async () => {
  redis = await startTestRedis()
  game = await openOauthGame(stack, { REDIS_URL: redis.url })
  later = await startAnotherApi(
    stack,
    { REDIS_URL: redis.url, PUBLIC_URL: game.apiUrl },
    { now: () => new Date(Date.now() + aheadMs) },
  )
  player = await freshPlayer(game.environment)
  phone = callerOf(game.apiUrl, player.headers)
  console_ = callerOf(later.url, {
    'x-api-key': game.environment.publishableKey,
    'x-device-name': 'Living room',
  })
})
afterAll(async () => {
  await Promise.all([game?.close(), later?.close()])
  await redis?.close()
})

const Started = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  verification_uri_complete: z.string(),
  expires_in: z.literal(600),
  interval: z.literal(5),
})

const start = async () => Started.parse((await console_('POST', '/auth/device/code')).body)
const ask = (device_code: string) => console_('POST', '/auth/device/token', { device_code })
const waitPolitely = () => {
  aheadMs += 60_000
}

test('a console signs in once its player has said yes on the phone', async () => {
  const { device_code, user_code, verification_uri, verification_uri_complete } = await start()
  expect(user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
  expect(verification_uri).toBe(`${game.apiUrl}/auth/device`)
  expect(verification_uri_complete).toBe(`${game.apiUrl}/auth/device?user_code=${user_code}`)
  const early = await ask(device_code)
  expect([early.status, codeOf(early)]).toEqual([400, 'authorization_pending'])
  const described = await phone('POST', '/auth/device/describe', { user_code })
  expect(Object(described.body).device.device_name).toBe('Living room')
  const typed = user_code.toLowerCase().replace('-', ' ')
  expect((await phone('POST', '/auth/device/approve', { user_code: typed })).status).toBe(204)
  waitPolitely()
  const { user } = SignedInAnswer.parse((await ask(device_code)).body)
  expect(user.id).toBe(player.id)
  waitPolitely()
  expect(codeOf(await ask(device_code))).toBe('device_code_expired')
})

test('who asks too often has to wait longer from then on', async () => {
  const { device_code } = await start()
  expect(codeOf(await ask(device_code))).toBe('authorization_pending')
  const hasty = await ask(device_code)
  expect([codeOf(hasty), Object(hasty.body).interval]).toEqual(['slow_down', 10])
  expect(Object((await ask(device_code)).body).interval).toBe(15)
  aheadMs += 10_000
  expect(codeOf(await ask(device_code))).toBe('slow_down')
  waitPolitely()
  expect(codeOf(await ask(device_code))).toBe('authorization_pending')
})

test('a no is a no, and is said once', async () => {
  const { device_code, user_code } = await start()
  expect((await phone('POST', '/auth/device/deny', { user_code })).status).toBe(204)
  expect(codeOf(await phone('POST', '/auth/device/approve', { user_code }))).toBe('code_invalid')
  expect(codeOf(await ask(device_code))).toBe('sign_in_denied')
  waitPolitely()
  expect(codeOf(await ask(device_code))).toBe('device_code_expired')
})

test('of twenty that approve and twenty that ask at once, one does each', async () => {
  const { device_code, user_code } = await start()
  const yes = await inParallel(10, () => phone('POST', '/auth/device/approve', { user_code }))
  expect(tally(yes)).toEqual({ 204: 1, 400: 9 })
  const asked = await inParallel(20, () => ask(device_code))
  expect(tally(asked)).toEqual({ 200: 1, 400: 19 })
})

test('codes of one environment are unknown in another', async () => {
  const away = await openOauthGame(stack, { REDIS_URL: redis.url })
  const stranger = await freshPlayer(away.environment)
  const { device_code, user_code } = await start()
  const answers = [
    await callerOf(away.apiUrl, stranger.headers)('POST', '/auth/device/approve', { user_code }),
    await away.game('POST', '/auth/device/token', { device_code }),
  ]
  await away.close()
  expect(answers.map(codeOf)).toEqual(['code_invalid', 'device_code_expired'])
  expect(codeOf(await ask(device_code))).toBe('authorization_pending')
})

test('G14: guessing user codes ends after twenty tries', async () => {
  const guesser = callerOf(game.apiUrl, (await freshPlayer(game.environment)).headers)
  const answers = await inParallel(40, index =>
    guesser('POST', '/auth/device/approve', {
      user_code: `BCDF-GH${String.fromCharCode(65 + (index % 26))}K`,
    }),
  )
  expect(tally(answers)).toEqual({ 400: 20, 429: 20 })
})

test('a studio can send its players to a page of its own, or switch device codes off', async () => {
  const verification_url = 'https://game.example/tv?from=game'
  await game.setSetting('auth.device_codes', { verification_url })
  const { user_code, ...started } = await start()
  expect(started.verification_uri).toBe(verification_url)
  expect(started.verification_uri_complete).toBe(`${verification_url}&user_code=${user_code}`)
  await game.setSetting('auth.device_codes', { enabled: false })
  expect(codeOf(await console_('POST', '/auth/device/code'))).toBe('not_found')
  await game.setSetting('auth.device_codes', {})
})
