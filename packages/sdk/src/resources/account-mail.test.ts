import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Cloud } from '../cloud.js'
import { unwrap } from '../core/result.js'
import { player, problem, startTestApi, type TestApi, tokens } from '../testing/test-api.js'
import { createTestCloud, signIn } from '../testing/test-cloud.js'

let api: TestApi
let cloud: Cloud

beforeEach(async () => {
  api = await startTestApi()
  cloud = createTestCloud(api)
})
afterEach(async () => {
  cloud.close()
  await api.close()
})

const account = { email: 'ada@example.com', password: 'correct horse', username: 'ada' }
const sent = { status: 202, body: { status: 'check_your_mail' } }

test('a registration that waits for its letter says so and signs nobody in', async () => {
  api.answer('POST /auth/register', sent)
  const result = await cloud.auth.register(account)
  expect(result).toEqual({ success: true, pending: 'check_your_mail' })
  expect(cloud.auth.getCurrentUser()).toBeNull()
  if (!result.success) throw result.error
  // The types tell the two apart.
  const name: string = result.pending === undefined ? result.user.username : result.pending
  expect(name).toBe('check_your_mail')
})

test('the code of the letter finishes the registration and signs in', async () => {
  const seen: unknown[] = []
  cloud.auth.onChange(user => seen.push(user))
  api.answer('POST /auth/email/verify', { body: { user: player('ada'), session: tokens(1) } })
  expect(unwrap(await cloud.auth.verifyEmail('the-code')).user.id).toBe('ada')
  expect(api.requests[0]).toMatchObject({ body: { code: 'the-code' } })
  expect(cloud.auth.getCurrentUser()).toEqual(player('ada'))
  expect(seen).toEqual([player('ada')])
})

test('a proven address shows in the current user, and the session stays', async () => {
  await signIn(api, cloud)
  api.answer('POST /auth/email/verify/request', sent)
  expect(await cloud.auth.requestEmailVerification()).toEqual({ success: true })
  const proven = { ...player('ada'), email_verified: true }
  api.answer('POST /auth/email/verify', { body: { user: proven } })
  unwrap(await cloud.auth.verifyEmail('the-code'))
  expect(cloud.auth.getCurrentUser()).toEqual(proven)
  const [asked] = api.seen('POST /auth/email/verify/request')
  expect(asked?.headers.authorization).toBe('Bearer access-1')
})

test('a proof of somebody else does not change who is signed in', async () => {
  await signIn(api, cloud)
  api.answer('POST /auth/email/verify', { body: { user: player('grace') } })
  expect(unwrap(await cloud.auth.verifyEmail('the-code')).user.id).toBe('grace')
  expect(cloud.auth.getCurrentUser()).toEqual(player('ada'))
})

test('asking for a new password needs no session, and is not repeated by itself', async () => {
  api.answer('POST /auth/password/forgot', { cut: true })
  const result = await cloud.auth.requestPasswordReset('ada@example.com')
  expect(result).toMatchObject({ success: false, error: { code: 'network_failed' } })
  expect(api.seen('POST /auth/password/forgot')).toHaveLength(1)
  api.answer('POST /auth/password/forgot', sent)
  expect(await cloud.auth.requestPasswordReset('ada@example.com')).toEqual({ success: true })
})

test('a new password is set with the code, and signs nobody in', async () => {
  api.answer('POST /auth/password/reset', { body: { user: player('ada') } })
  unwrap(await cloud.auth.resetPassword('the-code', 'a new password'))
  expect(api.requests[0]).toMatchObject({ body: { code: 'the-code', password: 'a new password' } })
  expect(cloud.auth.getCurrentUser()).toBeNull()
})

test('hands back why a code was refused', async () => {
  api.answer('POST /auth/password/reset', problem(400, 'code_invalid'))
  const result = await cloud.auth.resetPassword('used', 'a new password')
  expect(result).toMatchObject({
    success: false,
    error: { code: 'code_invalid', retryable: false },
  })
})

test('changes the address in two steps', async () => {
  await signIn(api, cloud)
  api.answer('POST /auth/email/change', problem(403, 'reauthentication_required'), sent)
  const stale = await cloud.auth.changeEmail('ada@example.org')
  expect(stale).toMatchObject({ success: false, error: { code: 'reauthentication_required' } })
  expect(await cloud.auth.changeEmail('ada@example.org')).toEqual({ success: true })
  const changed = { ...player('ada'), email: 'ada@example.org' }
  api.answer('POST /auth/email/change/confirm', { body: { user: changed } })
  unwrap(await cloud.auth.confirmEmailChange('the-code'))
  expect(cloud.auth.getCurrentUser()?.email).toBe('ada@example.org')
})

test('what needs a player fails without one', async () => {
  const results = [
    await cloud.auth.requestEmailVerification(),
    await cloud.auth.changeEmail('a@example.org'),
    await cloud.auth.confirmEmailChange('the-code'),
  ]
  for (const result of results) {
    expect(result).toMatchObject({ success: false, error: { code: 'not_signed_in' } })
  }
  expect(api.requests).toEqual([])
})
