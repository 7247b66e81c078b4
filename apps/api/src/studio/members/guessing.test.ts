import type { Running } from '@aethex/shared/lifecycle'
import { startTestRedis, type TestRedis } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { callerOf, inParallel, tally } from '../../testing/caller.js'

// A Redis of its own, so that the budgets of the shared stack stay whole.
let redis: TestRedis
let api: Running

beforeAll(async () => {
  redis = await startTestRedis()
  api = await startAnotherApi(inject('stack'), {
    REDIS_URL: redis.url,
    TRUSTED_PROXIES: '127.0.0.1',
  })
})
afterAll(async () => {
  await api.close()
  await redis.close()
})

const guess = (email: string, address: string) =>
  callerOf(api.url, { 'x-forwarded-for': address })('POST', '/studio/login', {
    email,
    password: 'a wrong password',
  })

test('A5: of fifty parallel guesses at one member at most ten are judged', async () => {
  const email = `${crypto.randomUUID()}@studio.example`
  const answers = await inParallel(50, index => guess(email, `10.0.0.${index}`))
  expect(tally(answers)).toEqual({ 401: 10, 429: 40 })
})

test('A3: one address guessing at sixty members is stopped after fifty', async () => {
  const answers = await inParallel(60, index => guess(`nobody-${index}@studio.example`, '10.1.0.1'))
  expect(tally(answers)).toEqual({ 401: 50, 429: 10 })
})
