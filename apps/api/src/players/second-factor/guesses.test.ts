import type { Running } from '@aethex/shared/lifecycle'
import { codeOf, startTestRedis, type TestRedis } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { totpAt, wrongCodeAt } from '../../testing/authenticator-app.js'
import { callerOf, inParallel, tally } from '../../testing/caller.js'
import {
  type EnrolledGuest,
  type FactorStage,
  openFactorStage,
} from '../../testing/factor-stage.js'

// A Redis of its own: it is taken away in the last test.
let redis: TestRedis
let stage: FactorStage
let another: Running

beforeAll(async () => {
  redis = await startTestRedis()
  stage = await openFactorStage(inject('stack'), { REDIS_URL: redis.url })
  const env = { REDIS_URL: redis.url }
  another = await startAnotherApi(inject('stack'), env, { now: () => new Date(stage.now()) })
})
afterAll(async () => {
  await redis.start()
  await another.close()
  await stage.close()
  await redis.close()
})

const completeAt = (url: string, mfa_token: string, factor: object) =>
  callerOf(url, { 'x-api-key': stage.environment.publishableKey })('POST', '/auth/second-factor', {
    mfa_token,
    ...factor,
  })

const complete = async (guest: EnrolledGuest, factor: object) =>
  completeAt(stage.api.url, await stage.firstFactor(guest), factor)

test('A5: of sixty parallel wrong codes at two processes five are judged, and then a right one waits too', async () => {
  const guest = await stage.enrolledGuest()
  const tokens = await inParallel(60, () => stage.firstFactor(guest))
  const code = wrongCodeAt(guest.secret, stage.now())
  const answers = await Promise.all(
    tokens.map((token, index) =>
      completeAt(index % 2 === 0 ? stage.api.url : another.url, token, { code }),
    ),
  )
  expect(tally(answers)).toEqual({ 401: 5, 429: 55 })
  const refused = answers.find(({ status }) => status === 429)
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(890)
  expect(refused?.headers.get('ratelimit-policy')).toBe('"second-factor";q=5;w=900')

  const right = () => complete(guest, { code: stage.nextCode(guest.secret) })
  expect(codeOf(await right())).toBe('rate_limited')
  stage.forward(901)
  expect((await right()).status).toBe(200)
})

test('wrong codes count together wherever they are tried: sign-in, disabling, new recovery codes, reauthentication', async () => {
  const guest = await stage.enrolledGuest()
  const code = wrongCodeAt(guest.secret, stage.now())
  const recovery_code = '0000-0000-0000-0000'
  const answers = [
    await complete(guest, { code }),
    await complete(guest, { recovery_code }),
    await guest.api('POST', '/auth/second-factor/totp/disable', { recovery_code }),
    await guest.api('POST', '/auth/second-factor/recovery-codes', { code }),
    await guest.api('POST', '/auth/reauthenticate', { code }),
    await guest.api('POST', '/auth/reauthenticate', { code }),
  ]
  expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 429])
})

test('right codes give their guess back: seven sign-ins in a row are no guessing', async () => {
  const guest = await stage.enrolledGuest()
  for (let turn = 0; turn < 7; turn++) {
    const answer = await complete(guest, { code: stage.nextCode(guest.secret) })
    expect(answer.status).toBe(200)
  }
})

test("one player's guesses leave another's alone", async () => {
  const [loud, quiet] = [await stage.enrolledGuest(), await stage.enrolledGuest()]
  const code = wrongCodeAt(loud.secret, stage.now())
  for (let turn = 0; turn < 6; turn++) await complete(loud, { code })
  expect((await complete(quiet, { code: stage.nextCode(quiet.secret) })).status).toBe(200)
})

test('with Redis out the sign-in is closed to who has a second factor, and guesses are counted as before', async () => {
  const guest = await stage.enrolledGuest()
  const token = await stage.firstFactor(guest)
  await redis.kill()
  expect(codeOf(await stage.signIn(guest.deviceSecret))).toBe('unavailable')
  const code = totpAt(guest.secret, stage.now())
  expect(codeOf(await completeAt(stage.api.url, token, { code }))).toBe('unavailable')

  const wrong = { code: wrongCodeAt(guest.secret, stage.now()) }
  const answers = await inParallel(30, () => guest.api('POST', '/auth/reauthenticate', wrong))
  expect(tally(answers)).toEqual({ 401: 5, 429: 25 })
})
