import type { Running } from '@aethex/shared/lifecycle'
import {
  codeOf,
  freshEnvironment,
  startTestRedis,
  type TestEnvironment,
  type TestRedis,
} from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { callerOf, inParallel, tally } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { SignedIn } from './schema.js'

// Two processes and a Redis of their own, since these tests use accounts up.
const stack = inject('stack')
let environment: TestEnvironment
let redis: TestRedis
let apis: readonly Running[]
let stored: Stored

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  stored = openStored(stack)
  redis = await startTestRedis()
  const start = () => startAnotherApi(stack, { REDIS_URL: redis.url, TRUSTED_PROXIES: '127.0.0.1' })
  apis = [await start(), await start()]
})
afterAll(async () => {
  await Promise.all(apis.map(api => api.close()))
  await Promise.all([redis.close(), stored.close()])
})

const password = 'correct horse battery'
const game = (process = 0, key = environment.publishableKey) =>
  callerOf(apis[process]?.url ?? '', { 'x-api-key': key })

async function freshAccount(by = game()) {
  const email = `${crypto.randomUUID()}@player.example`
  const answer = await by('POST', '/auth/register', {
    email,
    password,
    username: `P ${email.slice(0, 20)}`,
  })
  const { user, device_token = '' } = SignedIn.parse(answer.body)
  return { id: user.id, email, deviceToken: device_token }
}

let drawn = 0
const login = (email: string, given: string, deviceToken?: string, process = 0) =>
  game(process)(
    'POST',
    '/auth/login',
    { email, password: given },
    {
      'x-forwarded-for': `10.1.${++drawn % 250}.${Math.floor(drawn / 250)}`,
      ...(deviceToken === undefined ? {} : { 'x-device-token': deviceToken }),
    },
  )

const useUp = (email: string) =>
  inParallel(50, index => login(email, 'a wrong password', undefined, index % 2))

test('A4: strangers who use an account up on two processes do not lock out the device that it knows', async () => {
  const account = await freshAccount()
  expect(tally(await useUp(account.email))).toEqual({ 401: 10, 429: 40 })
  expect((await login(account.email, password)).status).toBe(429)
  for (const process of [0, 1]) {
    const answer = await login(account.email, password, account.deviceToken, process)
    expect(answer.status).toBe(200)
    // The device keeps its token.
    expect(SignedIn.parse(answer.body).device_token).toBe(account.deviceToken)
  }
})

test('A4: a known device has ten wrong guesses of its own, and no more', async () => {
  const account = await freshAccount()
  const answers = await inParallel(30, index =>
    login(account.email, 'a wrong password', account.deviceToken, index % 2),
  )
  expect(tally(answers)).toEqual({ 401: 10, 429: 20 })
  expect((await login(account.email, password, account.deviceToken)).status).toBe(429)
  // The account itself is not used up by that.
  expect((await login(account.email, password)).status).toBe(200)
})

test('A4: a computer that several people use sends the tokens of all of them', async () => {
  const family = [await freshAccount(), await freshAccount(), await freshAccount()]
  const all = family.map(account => account.deviceToken).join(', ')
  for (const { email, deviceToken } of family) {
    await useUp(email)
    const answer = await login(email, password, all)
    expect(SignedIn.parse(answer.body).device_token).toBe(deviceToken)
  }
})

test('A4: a device token of another account, of another environment or of nobody is no help', async () => {
  const account = await freshAccount()
  const away = await freshEnvironment(stack)
  const tokens = [
    (await freshAccount()).deviceToken,
    (await freshAccount(game(0, away.publishableKey))).deviceToken,
    `dt_${'A'.repeat(32)}`,
    `dt_${'x'.repeat(5_000)}`,
    `${account.deviceToken}=`,
    account.deviceToken.toLowerCase(),
  ]
  await useUp(account.email)
  for (const token of tokens) {
    const answer = await login(account.email, password, token)
    expect([answer.status, codeOf(answer)]).toEqual([429, 'rate_limited'])
  }
})

test('a device without a token gets one of 192 bits, which is stored as a hash only', async () => {
  const account = await freshAccount()
  const { device_token = '' } = SignedIn.parse((await login(account.email, password)).body)
  expect(device_token).toMatch(/^dt_[\w-]{32}$/)
  expect(device_token).not.toBe(account.deviceToken)
  const rows = await stored.rows(
    'SELECT d::text AS text FROM player_known_device d WHERE environment_id = $1 AND player_id = $2',
    environment.environmentId,
    account.id,
  )
  expect(rows).toHaveLength(2)
  const secret = device_token.slice(3)
  const hex = Buffer.from(device_token).toString('hex')
  for (const row of rows) expect(String(row.text)).not.toMatch(new RegExp(`${secret}|${hex}`))
})

test('an account knows its twenty latest devices', async () => {
  const account = await freshAccount()
  await stored.rows(
    `INSERT INTO player_known_device (environment_id, token_hash, player_id, last_used_at)
     SELECT $1, sha256(n::text::bytea), $2, now() - make_interval(hours => n) FROM generate_series(1, 19) n`,
    environment.environmentId,
    account.id,
  )
  expect((await login(account.email, password)).status).toBe(200)
  const rows = await stored.rows(
    'SELECT min(last_used_at) > now() - make_interval(hours => 19) AS forgot_oldest, count(*) AS n FROM player_known_device WHERE player_id = $1',
    account.id,
  )
  expect(rows).toEqual([{ forgot_oldest: true, n: 20 }])
})

const lettersTo = (email: string) =>
  stored.rows(
    "SELECT template FROM mail_outbox WHERE environment_id = $1 AND recipient_key = $2 AND template = 'account_locked'",
    environment.environmentId,
    email,
  )

test('A4: the owner of a verified address hears once a day that somebody has used the account up', async () => {
  const account = await freshAccount()
  const silent = await freshAccount()
  await stored.rows('UPDATE player_email SET verified_at = now() WHERE player_id = $1', account.id)
  for (const { email } of [account, silent]) await useUp(email)
  await expect.poll(() => lettersTo(account.email), { timeout: 5_000 }).toHaveLength(1)
  await useUp(account.email)
  expect(await lettersTo(account.email)).toHaveLength(1)
  expect(await lettersTo(silent.email)).toHaveLength(0)
})

test('A8, A5: while Redis is out failed sign-ins are counted here, and fewer are let through', async () => {
  const account = await freshAccount()
  await redis.kill()
  const answers = await inParallel(30, () => login(account.email, 'a wrong password'))
  expect(tally(answers)).toEqual({ 401: 2, 429: 28 })
  expect((await login(account.email, password, account.deviceToken)).status).toBe(200)
  await redis.start()
  await expect
    .poll(async () => (await login(account.email, password)).status, { timeout: 5_000 })
    .toBe(200)
})
