import { setTimeout as wait } from 'node:timers/promises'
import type { Running } from '@aethex/shared/lifecycle'
import { createLog } from '@aethex/shared/log'
import { openRedis, type Redis } from '@aethex/shared/redis'
import { codeOf, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'

const stack = inject('stack')
let environment: TestEnvironment
let another: Running
let redis: Redis
let server: Caller
let elsewhere: Caller

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  another = await startAnotherApi(stack)
  redis = openRedis(stack.redis_url, createLog('test', 'silent'))
  server = callerOf(stack.api_url, { 'x-api-key': environment.secretKey })
  elsewhere = callerOf(another.url, { 'x-api-key': environment.secretKey })
})
afterAll(async () => {
  redis.disconnect()
  await another.close()
})

const freshNonce = () => crypto.randomUUID()
const register = (nonce: string, payload: unknown = { seat: 4 }, ttl_seconds = 60) =>
  server('POST', '/nonces', { nonce, payload, ttl_seconds })
const redeem = (nonce: string, by = server) => by('POST', '/nonces/redeem', { nonce })

test('a nonce is registered with 201 and redeemed once, on any process', async () => {
  const nonce = freshNonce()
  const registered = await register(nonce)
  expect([registered.status, registered.body]).toEqual([201, { nonce, expires_in: 60 }])
  const first = await redeem(nonce, elsewhere)
  expect([first.status, first.body]).toEqual([200, { payload: { seat: 4 } }])
  for (const by of [server, elsewhere]) {
    const again = await redeem(nonce, by)
    expect([again.status, codeOf(again)]).toEqual([404, 'not_found'])
  }
})

test('of forty parallel redemptions on two processes exactly one gets the payload', async () => {
  for (let round = 0; round < 5; round++) {
    const nonce = freshNonce()
    await register(nonce, { round })
    const answers = await inParallel(40, index => redeem(nonce, index % 2 ? server : elsewhere))
    expect(tally(answers)).toEqual({ 200: 1, 404: 39 })
    expect(answers.find(answer => answer.status === 200)?.body).toEqual({ payload: { round } })
  }
})

test('of forty parallel registrations of one nonce exactly one counts, and its payload is kept', async () => {
  const nonce = freshNonce()
  const answers = await inParallel(40, index =>
    (index % 2 ? server : elsewhere)('POST', '/nonces', { nonce, payload: index }),
  )
  expect(tally(answers)).toEqual({ 201: 1, 409: 39 })
  const lost = answers.find(answer => answer.status === 409)
  expect(lost && codeOf(lost)).toBe('nonce_taken')
  const winner = answers.findIndex(answer => answer.status === 201)
  expect((await redeem(nonce)).body).toEqual({ payload: winner })
})

test('a nonce is worth nothing after its time', async () => {
  const nonce = freshNonce()
  await register(nonce, 'late', 1)
  await wait(1_050)
  expect(codeOf(await redeem(nonce))).toBe('not_found')
})

test('a nonce lives a minute unless said otherwise, and never for ever', async () => {
  const nonce = freshNonce()
  const answer = await server('POST', '/nonces', { nonce, payload: null })
  expect(answer.body).toEqual({ nonce, expires_in: 60 })
  const keys = await redis.keys(`nonce:studio:${environment.environmentId}:*`)
  for (const key of keys) expect(await redis.ttl(key)).toBeGreaterThan(0)
  for (const ttl of [0, -1, 3_601, 1.5]) {
    expect(codeOf(await register(freshNonce(), 1, ttl))).toBe('invalid_request')
  }
})

test('Redis keeps the hash of a nonce only', async () => {
  const nonce = freshNonce()
  await register(nonce)
  const keys = await redis.keys(`nonce:*${environment.environmentId}*`)
  expect(keys.length).toBeGreaterThan(0)
  expect(keys.join()).not.toContain(nonce)
})

test('a nonce of another environment does not exist here', async () => {
  const away = await freshEnvironment(stack)
  const stranger = callerOf(stack.api_url, { 'x-api-key': away.secretKey })
  const nonce = freshNonce()
  await register(nonce)
  expect(codeOf(await redeem(nonce, stranger))).toBe('not_found')
  expect((await stranger('POST', '/nonces', { nonce, payload: 'theirs' })).status).toBe(201)
  expect((await redeem(nonce)).body).toEqual({ payload: { seat: 4 } })
})

test.each(['short', 'x'.repeat(129), 'has spaces in it…', 'a/b/c/d/e/f/g/h/i', 'ünïcödé-ünïcödé'])(
  'refuses the nonce %s',
  async nonce => expect(codeOf(await register(nonce))).toBe('invalid_request'),
)

test.each([null, 0, '', [], {}, 'text', [{ a: [1, { b: null }] }]])(
  'hands the payload %j out as it was kept',
  async payload => {
    const nonce = freshNonce()
    await register(nonce, payload)
    expect((await redeem(nonce)).body).toEqual({ payload })
  },
)
