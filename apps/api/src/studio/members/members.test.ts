import { codeOf } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { callerOf, inParallel, tally } from '../../testing/caller.js'
import { takeApart } from '../../testing/forged-tokens.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { MemberRefreshed, MemberSignedIn } from './schema.js'

const stack = inject('stack')
const anyone = callerOf(stack.api_url)
let stored: Stored

beforeAll(() => {
  stored = openStored(stack)
})
afterAll(() => stored.close())

const password = 'a long studio password'
const freshEmail = () => `${crypto.randomUUID()}@studio.example`
const signUp = (given: { email?: string; password?: string; name?: string } = {}) =>
  anyone('POST', '/studio/signup', { email: freshEmail(), password, name: 'Grace', ...given })
const login = (email: string, given = password) =>
  anyone('POST', '/studio/login', { email, password: given })
const refresh = (refresh_token: string) => anyone('POST', '/studio/refresh', { refresh_token })
const as = (accessToken: string) =>
  callerOf(stack.api_url, { authorization: `Bearer ${accessToken}` })
const organizationsOf = (accessToken: string) => as(accessToken)('GET', '/studio/organizations')

async function freshSession() {
  const answer = await signUp()
  expect(answer.status).toBe(201)
  return MemberSignedIn.parse(answer.body).session
}

async function rotate(refreshToken: string) {
  const answer = await refresh(refreshToken)
  expect(answer.status).toBe(200)
  return MemberRefreshed.parse(answer.body).session
}

const age = (accessToken: string, interval: string) =>
  stored.rows(
    'UPDATE member_session SET rotated_at = rotated_at - $2::interval, expires_at = expires_at - $2::interval WHERE id = $1',
    String(takeApart(accessToken).payload.sid),
    interval,
  )

describe('signing up and in', () => {
  test('sign-up answers 201 with the member and a session, and login answers the same member', async () => {
    const email = freshEmail()
    const answer = await signUp({ email })
    expect(answer.status).toBe(201)
    expect(answer.body).toEqual({
      member: {
        id: expect.any(String),
        email,
        email_verified: false,
        name: 'Grace',
        created_at: expect.any(String),
      },
      session: {
        access_token: expect.any(String),
        refresh_token: expect.stringMatching(/^rt_/),
        token_type: 'Bearer',
        expires_in: 900,
      },
    })
    const again = await login(email.toUpperCase())
    expect(again.status).toBe(200)
    expect(Object(again.body).member).toEqual(Object(answer.body).member)
  })

  test('A12: twenty sign-ups with one e-mail at once make one member', async () => {
    const email = freshEmail()
    const answers = await inParallel(20, () => signUp({ email }))
    expect(tally(answers)).toEqual({ 201: 1, 409: 19 })
    const refused = answers.find(answer => answer.status === 409)
    expect(refused && codeOf(refused)).toBe('email_taken')
  })

  test('A1: login answers a wrong password and an unknown e-mail alike', async () => {
    const email = freshEmail()
    await signUp({ email })
    const answers = [await login(email, 'another password'), await login(freshEmail())]
    expect(answers.map(codeOf)).toEqual(['invalid_credentials', 'invalid_credentials'])
    const [wrong, unknown] = answers.map(answer => ({ ...Object(answer.body), request_id: '' }))
    expect(unknown).toEqual(wrong)
  })

  test('A9: weak passwords, the e-mail and the own name are refused', async () => {
    const email = freshEmail()
    for (const given of ['short', 'password123', email, 'Grace Hopper']) {
      const answer = await signUp({ email, name: 'Grace Hopper', password: given })
      expect(codeOf(answer)).toBe('invalid_request')
      expect(JSON.stringify(Object(answer.body).errors)).toContain('/password')
    }
  })

  test('the password is stored as argon2id with its parameters', async () => {
    const email = freshEmail()
    await signUp({ email })
    const [row] = await stored.rows('SELECT password_hash FROM member WHERE email_key = $1', email)
    expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  })

  test('a member token is of its own kind and audience', async () => {
    const { header, payload } = takeApart((await freshSession()).access_token)
    expect([header.typ, payload.aud]).toEqual(['member+jwt', 'studio'])
  })
})

describe('sessions of members', () => {
  test('B15 B16: a lost answer and ten parallel refreshes get one and the same new token', async () => {
    const session = await freshSession()
    const answers = await inParallel(10, () => rotate(session.refresh_token))
    const lost = await rotate(session.refresh_token)
    expect(new Set([...answers, lost].map(pair => pair.refresh_token)).size).toBe(1)
    expect((await organizationsOf(lost.access_token)).status).toBe(200)
  })

  test('B14: a token reused after the grace ends the session, access tokens included', async () => {
    const first = await freshSession()
    const second = await rotate(first.refresh_token)
    await age(first.access_token, '30 seconds')
    expect(codeOf(await refresh(first.refresh_token))).toBe('token_reused')
    expect(codeOf(await refresh(second.refresh_token))).toBe('session_ended')
    expect(codeOf(await organizationsOf(second.access_token))).toBe('session_ended')
  })

  test('B17: a session ends with logout, and thirty days after the sign-in', async () => {
    const [left, old] = [await freshSession(), await freshSession()]
    expect((await as(left.access_token)('POST', '/studio/logout')).status).toBe(204)
    expect(codeOf(await organizationsOf(left.access_token))).toBe('session_ended')
    expect(codeOf(await refresh(left.refresh_token))).toBe('session_ended')
    await age(old.access_token, '30 days')
    expect(codeOf(await refresh(old.refresh_token))).toBe('session_ended')
  })

  test('B7: an access token refreshes nothing, and a refresh token opens nothing', async () => {
    const session = await freshSession()
    expect(codeOf(await refresh(session.access_token))).toBe('token_invalid')
    expect(codeOf(await organizationsOf(session.refresh_token))).toBe('token_invalid')
  })
})
