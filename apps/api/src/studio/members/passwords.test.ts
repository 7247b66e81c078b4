import type { Running } from '@aethex/shared/lifecycle'
import { codeOf, mailboxAt, startTestRedis, type TestRedis } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { callerOf, inParallel, tally } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import {
  asMember,
  codeInLetter,
  freshMember,
  studioPassword,
  type TestMember,
} from '../../testing/studio.js'

const stack = inject('stack')
const anyone = callerOf(stack.api_url)
let stored: Stored
let later: Running
let ahead = 0

beforeAll(async () => {
  stored = openStored(stack)
  later = await startAnotherApi(stack, {}, { now: () => new Date(Date.now() + ahead) })
})
afterAll(async () => {
  await later.close()
  await stored.close()
})

const another = 'another studio password'
const forgot = (email: string) => anyone('POST', '/studio/password/forgot', { email })
const reset = (code: string, password = another) =>
  anyone('POST', '/studio/password/reset', { code, password })
const login = (email: string, password: string) =>
  anyone('POST', '/studio/login', { email, password })

async function resetCode({ email }: TestMember): Promise<string> {
  expect((await forgot(email)).status).toBe(202)
  // The other letter is that of the sign-up.
  return codeInLetter(await mailboxAt(stack.mail_url, email).next(/./, 2))
}

describe('forgetting', () => {
  test('A1: an unknown address is answered like a known one', async () => {
    const member = await freshMember(stack.api_url)
    const answers = [await forgot(member.email), await forgot('nobody@studio.example')]
    const seen = answers.map(({ status, body, headers }) => ({
      status,
      body,
      names: [...headers.keys()].filter(name => name !== 'connection'),
    }))
    expect(seen[0]).toEqual(seen[1])
    expect(seen[0]).toMatchObject({ status: 202, body: undefined })
  })

  test('A17: the code sets a new password, once under twenty parallel uses, and ends every session', async () => {
    const member = await freshMember(stack.api_url)
    const code = await resetCode(member)
    const answers = await inParallel(20, () => reset(code))
    expect(tally(answers)).toEqual({ 204: 1, 400: 19 })
    expect(codeOf(await member.api('GET', '/studio/me'))).toBe('session_ended')
    const refreshed = await anyone('POST', '/studio/refresh', {
      refresh_token: member.refreshToken,
    })
    expect(codeOf(refreshed)).toBe('session_ended')
    expect(codeOf(await login(member.email, studioPassword))).toBe('invalid_credentials')
    expect((await login(member.email, another)).status).toBe(200)
    await mailboxAt(stack.mail_url, member.email).next(/password was changed/)
  })

  test('A17: a reset also proves the address that it was sent to', async () => {
    const member = await freshMember(stack.api_url)
    await reset(await resetCode(member))
    const { session } = Object((await login(member.email, another)).body)
    const { body } = await asMember(stack.api_url, session.access_token)('GET', '/studio/me')
    expect(Object(body).member.email_verified).toBe(true)
  })

  test('A17: after half an hour, and after the password was changed, a code is worth nothing', async () => {
    const [slow, changed] = [await freshMember(stack.api_url), await freshMember(stack.api_url)]
    const old = await resetCode(slow)
    ahead = 31 * 60_000
    const tooLate = await callerOf(later.url)('POST', '/studio/password/reset', {
      code: old,
      password: another,
    })
    ahead = 0
    expect(codeOf(tooLate)).toBe('code_invalid')
    const code = await resetCode(changed)
    await changed.api('POST', '/studio/password/change', {
      current_password: studioPassword,
      password: another,
    })
    expect(codeOf(await reset(code, 'a third studio password'))).toBe('code_invalid')
  })

  test('A17: a code that verifies an address resets no password', async () => {
    const member = await freshMember(stack.api_url)
    const code = codeInLetter(await mailboxAt(stack.mail_url, member.email).next(/./))
    expect(codeOf(await reset(code))).toBe('code_invalid')
  })

  test('A9: a weak password is refused and leaves the code good', async () => {
    const member = await freshMember(stack.api_url)
    const code = await resetCode(member)
    for (const password of ['short', 'password123', member.email]) {
      expect(codeOf(await reset(code, password))).toBe('invalid_request')
    }
    expect((await reset(code)).status).toBe(204)
  })

  test('A16: the letter links to no host that the request named', async () => {
    const member = await freshMember(stack.api_url)
    await anyone(
      'POST',
      '/studio/password/forgot',
      { email: member.email },
      { 'x-forwarded-host': 'evil.example' },
    )
    const { text, html } = await mailboxAt(stack.mail_url, member.email).next(/./, 2)
    expect(text + html).not.toContain('evil.example')
  })
})

describe('changing', () => {
  const change = (member: TestMember, current: string, password = another) =>
    member.api('POST', '/studio/password/change', { current_password: current, password })

  test('the current password is asked for, and other sessions end', async () => {
    const member = await freshMember(stack.api_url)
    const other = Object((await login(member.email, studioPassword)).body).session.access_token
    expect(codeOf(await change(member, 'a wrong password'))).toBe('invalid_credentials')
    expect((await change(member, studioPassword)).status).toBe(204)
    expect((await member.api('GET', '/studio/me')).status).toBe(200)
    expect(codeOf(await asMember(stack.api_url, other)('GET', '/studio/me'))).toBe('session_ended')
    const rows = await stored.rows(
      'SELECT action FROM audit_entry WHERE target = $1 ORDER BY created_at DESC LIMIT 1',
      member.id,
    )
    expect(rows).toEqual([{ action: 'members.change_password' }])
  })

  test('A5: of thirty parallel guesses with a stolen session at most ten are judged', async () => {
    const member = await freshMember(stack.api_url)
    const answers = await inParallel(30, () => change(member, 'a wrong password'))
    expect(tally(answers)).toEqual({ 401: 10, 429: 20 })
  })

  test('A9: neither the name nor the address is taken as a password', async () => {
    const member = await freshMember(stack.api_url, { name: 'Grace Hopper' })
    for (const password of ['grace hopper', member.email]) {
      expect(codeOf(await change(member, studioPassword, password))).toBe('invalid_request')
    }
  })
})

describe('time', () => {
  let redis: TestRedis
  let api: Running

  beforeAll(async () => {
    redis = await startTestRedis()
    api = await startAnotherApi(stack, { REDIS_URL: redis.url })
  })
  afterAll(async () => {
    await api.close()
    await redis.close()
  })

  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0

  test('A2: a forgotten password of a known address is answered no later than of an unknown one', async () => {
    const members = await inParallel(7, () => freshMember(stack.api_url))
    const took = async (email: string) => {
      const start = performance.now()
      await callerOf(api.url)('POST', '/studio/password/forgot', { email })
      return performance.now() - start
    }
    const [known, unknown]: [number[], number[]] = [[], []]
    for (let round = 0; round < 3; round++) {
      for (const { email } of members) {
        known.push(await took(email))
        unknown.push(await took(`nobody-${email}`))
      }
    }
    const [a, b] = [median(known), median(unknown)]
    expect(Math.abs(a - b) / Math.max(a, b)).toBeLessThan(0.1)
  })
})
