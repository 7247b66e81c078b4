import type { Running } from '@aethex/shared/lifecycle'
import {
  call,
  codeOf,
  freshEnvironment,
  startTestRedis,
  type TestEnvironment,
  type TestRedis,
} from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'

// Budgets are counted in Redis, so these guessers get a Redis and a process of their own: no other test pays.
const stack = inject('stack')
let environment: TestEnvironment
let redis: TestRedis
let api: Running
let twin: Running
let plain: Running
let game: Caller
/** The same game on another process that shares the Redis. */
let elsewhere: Caller

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  redis = await startTestRedis()
  api = await startAnotherApi(stack, { REDIS_URL: redis.url, TRUSTED_PROXIES: '127.0.0.1' })
  twin = await startAnotherApi(stack, { REDIS_URL: redis.url, TRUSTED_PROXIES: '127.0.0.0/8' })
  plain = await startAnotherApi(stack, { REDIS_URL: redis.url })
  game = callerOf(api.url, { 'x-api-key': environment.publishableKey })
  elsewhere = callerOf(twin.url, { 'x-api-key': environment.publishableKey })
})
afterAll(async () => {
  await Promise.all([api.close(), twin.close(), plain.close()])
  await redis.close()
})

const password = 'correct horse battery'

async function freshAccount() {
  const email = `${crypto.randomUUID()}@player.example`
  const username = `P ${email.slice(0, 20)}`
  expect((await game('POST', '/auth/register', { email, password, username })).status).toBe(201)
  return email
}

const from = (address: string) => ({ 'x-forwarded-for': address })
const guess = (
  email: string,
  headers: Record<string, string> = {},
  given = 'a wrong password',
  by = game,
) => by('POST', '/auth/login', { email, password: given }, headers)

test('A5: of a hundred parallel guesses at one account at most ten are judged', async () => {
  const email = await freshAccount()
  const answers = await inParallel(100, index => guess(email, from(`10.0.0.${index}`)))
  expect(tally(answers)).toEqual({ 401: 10, 429: 90 })
  const refused = answers.find(answer => answer.status === 429)
  expect(refused && codeOf(refused)).toBe('rate_limited')
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(refused?.headers.get('ratelimit-policy')).toBe('"login-account";q=10;w=900')
})

test('A5: of two hundred parallel guesses on two processes exactly ten are judged', async () => {
  const email = await freshAccount()
  const answers = await inParallel(200, index =>
    guess(email, from(`10.6.${index}.1`), 'a wrong password', index % 2 === 0 ? game : elsewhere),
  )
  expect(tally(answers)).toEqual({ 401: 10, 429: 190 })
})

test('A7: the spellings of one e-mail share one budget', async () => {
  const email = await freshAccount()
  const spellings = [
    email,
    email.toUpperCase(),
    email.replace('player', 'Player'),
    email.replace('@', '+games@'),
    email.replace('@', '+Other.Games@'),
  ]
  const answers = await inParallel(30, index => guess(spellings[index % 5] ?? '', from('10.1.0.1')))
  expect(tally(answers)).toEqual({ 401: 10, 429: 20 })
})

test('a right password gives its unit back: fifteen sign-ins in a row are no guessing', async () => {
  const email = await freshAccount()
  for (let turn = 0; turn < 15; turn++) {
    expect((await guess(email, from('10.2.0.1'), password)).status).toBe(200)
  }
})

test('the same guesses in another environment do not lock this account', async () => {
  const email = await freshAccount()
  const away = await freshEnvironment(stack)
  const stranger = callerOf(api.url, { 'x-api-key': away.publishableKey, ...from('10.3.0.1') })
  await inParallel(12, () => stranger('POST', '/auth/login', { email, password: 'a wrong one' }))
  expect((await guess(email, from('10.3.0.2'), password)).status).toBe(200)
})

test('A3 A11: one address spraying two hundred accounts is stopped, and hashing is never flooded', async () => {
  const answers = await inParallel(200, index =>
    guess(`nobody-${index}@player.example`, from('10.4.0.1')),
  )
  const { 401: judged = 0, 429: limited = 0, 503: turnedAway = 0 } = tally(answers)
  expect(judged + limited + turnedAway).toBe(200)
  // Who is turned away by a full line has not guessed, and may try again; the budget is for what is judged.
  let spent = judged
  for (let extra = 0; spent < 100; extra++) {
    const { status } = await guess(`nobody-else-${extra}@player.example`, from('10.4.0.1'))
    expect(status).toBe(401)
    spent++
  }
  expect(spent).toBe(100)
  expect((await guess('one-more@player.example', from('10.4.0.1'))).status).toBe(429)
  const busy = answers.find(answer => answer.status === 503)
  if (busy) expect([codeOf(busy), busy.headers.get('retry-after')]).toEqual(['busy', '1'])
  expect((await guess(await freshAccount(), from('10.4.0.2'), password)).status).toBe(200)
}, 120_000)

const leftAfter = async (apiUrl: string, headers: Record<string, string>) => {
  const answer = await call('POST', `${apiUrl}/api/v1/auth/register`, {
    json: {},
    headers: { 'x-api-key': environment.publishableKey, ...headers },
  })
  return Number(/r=(\d+)/.exec(answer.headers.get('ratelimit') ?? '')?.[1])
}

test.each(['x-forwarded-for', 'x-real-ip', 'forwarded', 'x-client-ip', 'cf-connecting-ip'])(
  'A6: without a configured proxy a new %s is still the same caller',
  async name => {
    const left = [
      await leftAfter(plain.url, { [name]: '1.2.3.4' }),
      await leftAfter(plain.url, { [name]: '1.2.3.5' }),
    ]
    expect(left[1]).toBe(Number(left[0]) - 1)
  },
)

test('A8: the addresses of one IPv6 household share a budget, and an IPv4 address is the same in IPv6 clothes', async () => {
  const left = (address: string) => leftAfter(api.url, from(address))
  const first = await left('2001:db8:7:1::1')
  expect(await left('2001:db8:7:1:ffff:ffff:ffff:fffe')).toBe(first - 1)
  expect(await left('2001:DB8:7:1::dead:beef')).toBe(first - 2)
  expect(await left('2001:db8:7:2::1')).toBe(first)
  const plainly = await left('192.0.2.77')
  expect(await left('::ffff:192.0.2.77')).toBe(plainly - 1)
  expect(await left('::ffff:c000:24d')).toBe(plainly - 2)
})

test('A6: of a chain of proxies only the hops that are configured are believed', async () => {
  const first = await leftAfter(twin.url, from('10.5.0.9'))
  expect(await leftAfter(twin.url, from('10.5.0.9, 127.0.0.7'))).toBe(first - 1)
  expect(await leftAfter(twin.url, from('6.6.6.6, 10.5.0.9:443, 127.0.0.7'))).toBe(first - 2)
})

test('A6: behind a configured proxy only the hop that the proxy wrote counts', async () => {
  const first = await leftAfter(api.url, from('10.5.0.1'))
  expect(await leftAfter(api.url, from('8.8.8.8, 10.5.0.1'))).toBe(first - 1)
  expect(await leftAfter(api.url, from('10.5.0.2'))).toBe(first)
})

const median = (times: readonly number[]) =>
  [...times].sort((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0

/**
 * How far the medians of failed sign-ins with known and unknown e-mails are apart, as a share of the one. Measured in
 * turns, and for longer while they differ: whatever else a machine does blurs few turns more than many.
 */
async function differenceInTime(): Promise<number> {
  const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] }
  const measure = async (email: string, into: number[]) => {
    const startedAt = performance.now()
    expect((await guess(email, from(`10.8.${times.known.length}.1`))).status).toBe(401)
    into.push(performance.now() - startedAt)
  }
  for (;;) {
    // An account may be guessed at ten times.
    const email = await freshAccount()
    for (let left = 8; left > 0; left--) {
      await measure(email, times.known)
      await measure(`${crypto.randomUUID()}@player.example`, times.unknown)
    }
    const turns = times.known.length
    const difference = Math.abs(median(times.known) / median(times.unknown) - 1)
    if (turns >= 48 && (difference < 0.1 || turns >= 240)) return difference
  }
}

test('A2: a failed sign-in takes as long for an e-mail without an account', async () => {
  expect(await differenceInTime()).toBeLessThan(0.1)
}, 120_000)

test('A11: while a hundred and fifty sign-ins ask for hashes, other routes answer before them, and the overflow at once', async () => {
  const order: string[] = []
  let waiting = 150
  const logins = inParallel(150, async index => {
    const email = `flood-${index}@player.example`
    const answer = await guess(email, from(`10.9.${index}.1`))
    waiting--
    order.push(String(answer.status))
    return answer
  })
  let probes = 0
  while (waiting > 0) {
    const probe = await call('GET', `${api.url}/.well-known/jwks.json`)
    expect(probe.status).toBe(200)
    if (waiting > 0) probes++
  }
  const answers = await logins
  const { 401: judged = 0, 503: turnedAway = 0 } = tally(answers)
  expect([judged + turnedAway, turnedAway > 0, judged > 0]).toEqual([150, true, true])
  // Whoever is turned away does not wait for those who are judged.
  expect(order.indexOf('503')).toBeLessThan(order.lastIndexOf('401'))
  expect(order.slice(-10)).not.toContain('503')
  expect(probes).toBeGreaterThan(5)
  for (const answer of answers.filter(({ status }) => status === 503)) {
    expect([codeOf(answer), answer.headers.get('retry-after')]).toEqual(['busy', '1'])
  }
}, 120_000)
