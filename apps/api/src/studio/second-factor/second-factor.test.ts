import type { Running } from '@aethex/shared/lifecycle'
import { codeOf } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { totpAt, wrongCodeAt } from '../../testing/authenticator-app.js'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { createPasskey } from '../../testing/software-passkey.js'
import { openStored, type Stored } from '../../testing/stored.js'

const password = 'a long studio password'
const stack = inject('stack')
let api: Running
let stored: Stored
let anyone: Caller
let ahead = 0
let page: { origin: string; rpId: string }

const now = () => Date.now() + ahead

beforeAll(async () => {
  stored = openStored(stack)
  api = await startAnotherApi(stack, {}, { now: () => new Date(now()) })
  anyone = callerOf(api.url)
  page = { origin: `http://localhost:${new URL(stack.api_url).port}`, rpId: 'localhost' }
})
afterAll(async () => {
  await api.close()
  await stored.close()
})

const withToken = (accessToken: string) =>
  callerOf(api.url, { authorization: `Bearer ${accessToken}` })

interface Member {
  id: string
  email: string
  refreshToken: string
  call: Caller
}

async function freshMember(): Promise<Member> {
  const email = `${crypto.randomUUID()}@studio.example`
  const answer = await anyone('POST', '/studio/signup', { email, password, name: 'Grace' })
  expect(answer.status).toBe(201)
  const { member, session } = Object(answer.body)
  const refreshToken = session.refresh_token
  return { id: member.id, email, refreshToken, call: withToken(session.access_token) }
}

async function enrolled() {
  const member = await freshMember()
  const { totp } = Object((await member.call('POST', '/studio/second-factor/totp')).body)
  const code = totpAt(totp.secret, now())
  const answer = await member.call('POST', '/studio/second-factor/totp/confirm', { code })
  expect(answer.status).toBe(200)
  const recoveryCodes: string[] = Object(answer.body).recovery_codes
  return { ...member, secret: String(totp.secret), recoveryCodes }
}

const nextCode = (secret: string) => {
  ahead += 30_000
  return totpAt(secret, now())
}

const login = ({ email }: Member) => anyone('POST', '/studio/login', { email, password })
const complete = (mfa_token: string, factor: object) =>
  anyone('POST', '/studio/login/second-factor', { mfa_token, ...factor })
const firstFactor = async (member: Member) => String(Object((await login(member)).body).mfa_token)

async function foundOrganization({ call }: Member): Promise<string> {
  const answer = await call('POST', '/studio/organizations', { name: 'Harbour' })
  expect(answer.status).toBe(201)
  const { id } = Object(answer.body).organization
  await stored.rows('UPDATE organization SET mfa_required = true WHERE id = $1', id)
  return id
}

async function addPasskey({ call }: Member) {
  const key = createPasskey(page)
  const offer = await call('POST', '/studio/passkeys/registration-options')
  const credential = key.create(Object(offer.body).options)
  const answer = await call('POST', '/studio/passkeys', { credential, name: 'Laptop' })
  expect(answer.status).toBe(201)
  return { key, passkeyId: String(Object(answer.body).passkey.id) }
}

const shownWith = async (key: ReturnType<typeof createPasskey>, userVerified = true) => {
  const answer = await anyone('POST', '/studio/login/passkey/options')
  return key.get(Object(answer.body).options, { userVerified })
}

describe('an authenticator app', () => {
  test('login answers second_factor_required, a code goes on, and a refresh keeps what was shown', async () => {
    const member = await enrolled()
    const refused = await login(member)
    expect([refused.status, codeOf(refused)]).toEqual([403, 'second_factor_required'])
    expect(Object(refused.body).factors).toEqual(['totp', 'recovery_code'])
    const code = nextCode(member.secret)
    const answer = await complete(Object(refused.body).mfa_token, { code })
    expect(answer.body).toMatchObject({ member: { id: member.id }, session: expect.any(Object) })
    const { refresh_token } = Object(answer.body).session
    expect((await anyone('POST', '/studio/refresh', { refresh_token })).status).toBe(200)
    const rows = await stored.rows(
      'SELECT count(second_factor_at) AS shown FROM member_session WHERE member_id = $1',
      member.id,
    )
    expect(rows).toEqual([{ shown: 2 }])
    expect(codeOf(await complete(await firstFactor(member), { code }))).toBe(
      'second_factor_invalid',
    )
  })

  test('A5: of thirty parallel wrong codes five are judged', async () => {
    const member = await enrolled()
    const tokens = [await firstFactor(member), await firstFactor(member)]
    const code = wrongCodeAt(member.secret, now())
    const answers = await inParallel(30, index => complete(tokens[index % 2] ?? '', { code }))
    expect(tally(answers)[200]).toBeUndefined()
    const judged = answers.filter(answer => codeOf(answer) === 'second_factor_invalid')
    expect(judged).toHaveLength(5)
  })

  test('B7: the token of a half login opens nothing, and no other token goes on with it', async () => {
    const member = await enrolled()
    const token = await firstFactor(member)
    const bearer = { authorization: `Bearer ${token}` }
    const answers = [
      await anyone('GET', '/studio/organizations', undefined, bearer),
      await anyone('POST', '/studio/refresh', { refresh_token: token }),
      await complete(member.refreshToken.slice(0, 90), { code: nextCode(member.secret) }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401])
  })

  test('of two that use one recovery code at once one is let in', async () => {
    const member = await enrolled()
    const tokens = [await firstFactor(member), await firstFactor(member)]
    const [recovery_code] = member.recoveryCodes
    const answers = await Promise.all(tokens.map(token => complete(token, { recovery_code })))
    expect(tally(answers)).toEqual({ 200: 1, 401: 1 })
  })

  test('what is dangerous wants a proof of the last ten minutes, which a code renews', async () => {
    const member = await enrolled()
    ahead += 660_000
    const answers = [
      await member.call('POST', '/studio/second-factor/recovery-codes', { code: '123456' }),
      await member.call('POST', '/studio/second-factor/totp/disable', { code: '123456' }),
      await member.call('POST', '/studio/passkeys/registration-options'),
    ]
    expect(answers.map(codeOf)).toEqual(Array(3).fill('reauthentication_required'))
    const reauthenticate = (proof: object) => member.call('POST', '/studio/reauthenticate', proof)
    expect(codeOf(await reauthenticate({ password: 'another one' }))).toBe('invalid_credentials')
    expect((await reauthenticate({ code: nextCode(member.secret) })).status).toBe(200)
    const code = nextCode(member.secret)
    const renewed = await member.call('POST', '/studio/second-factor/recovery-codes', { code })
    expect(Object(renewed.body).recovery_codes).toHaveLength(10)
  })
})

describe('an organisation that requires a second factor', () => {
  test('keeps out a session without one, and lets it in once its member has set one up', async () => {
    const member = await freshMember()
    const id = await foundOrganization(member)
    const projects = (call: Caller) => call('GET', `/studio/organizations/${id}/projects`)
    const refused = await projects(member.call)
    expect([refused.status, codeOf(refused)]).toEqual([403, 'mfa_required'])
    const { totp } = Object((await member.call('POST', '/studio/second-factor/totp')).body)
    expect(codeOf(await projects(member.call))).toBe('mfa_required')
    const code = totpAt(totp.secret, now())
    await member.call('POST', '/studio/second-factor/totp/confirm', { code })
    expect((await projects(member.call)).status).toBe(200)

    const second = { code: nextCode(totp.secret) }
    const { session } = Object((await complete(await firstFactor(member), second)).body)
    const there = withToken(session.access_token)
    expect((await projects(there)).status).toBe(200)
    const { refresh_token } = session
    const refreshed = Object((await anyone('POST', '/studio/refresh', { refresh_token })).body)
    expect((await projects(withToken(refreshed.session.access_token))).status).toBe(200)

    const disable = { code: nextCode(totp.secret) }
    expect((await there('POST', '/studio/second-factor/totp/disable', disable)).status).toBe(204)
    for (const call of [there, member.call]) {
      expect(codeOf(await projects(call))).toBe('mfa_required')
    }
  })

  test('is made so by an owner who has one, and closes to their older sessions at once', async () => {
    const owner = await freshMember()
    const answer = await owner.call('POST', '/studio/organizations', { name: 'Harbour' })
    const path = `/studio/organizations/${Object(answer.body).organization.id}`
    const older = withToken(Object((await login(owner)).body).session.access_token)
    expect((await older('GET', path)).status).toBe(200)
    const require = () => owner.call('PATCH', path, { mfa_required: true })
    expect(codeOf(await require())).toBe('mfa_required')
    const { totp } = Object((await owner.call('POST', '/studio/second-factor/totp')).body)
    const code = totpAt(totp.secret, now())
    await owner.call('POST', '/studio/second-factor/totp/confirm', { code })
    expect((await require()).status).toBe(200)
    expect(codeOf(await older('GET', path))).toBe('mfa_required')
    expect((await owner.call('GET', path)).status).toBe(200)
    const lifted = await older('POST', '/studio/reauthenticate', { code: nextCode(totp.secret) })
    expect(lifted.status).toBe(200)
    expect((await older('GET', path)).status).toBe(200)
  })

  test('lets in who signs in with a passkey, and nobody once the last one is removed', async () => {
    const member = await freshMember()
    const id = await foundOrganization(member)
    const { key, passkeyId } = await addPasskey(member)
    const credential = await shownWith(key)
    const answer = await anyone('POST', '/studio/login/passkey', { credential })
    expect(answer.status).toBe(200)
    const call = withToken(Object(answer.body).session.access_token)
    const projects = () => call('GET', `/studio/organizations/${id}/projects`)
    expect((await projects()).status).toBe(200)
    expect((await call('DELETE', `/studio/passkeys/${passkeyId}`)).status).toBe(204)
    expect(codeOf(await projects())).toBe('mfa_required')
  })
})

test('a member is told by mail what has changed about signing in', async () => {
  const member = await enrolled()
  await addPasskey(member)
  const code = nextCode(member.secret)
  await member.call('POST', '/studio/second-factor/totp/disable', { code })
  const rows = await stored.rows(
    "SELECT 1 FROM mail_outbox WHERE recipient_key = $1 AND template = 'member_notice'",
    member.email,
  )
  expect(rows).toHaveLength(3)
})

describe('passkeys of members', () => {
  test('a passkey is the second factor of a password, one without a PIN included', async () => {
    const member = await enrolled()
    const { key } = await addPasskey(member)
    const token = await firstFactor(member)
    const passkey = await shownWith(key, false)
    expect((await complete(token, { passkey })).status).toBe(200)
    const alone = await anyone('POST', '/studio/login/passkey', {
      credential: await shownWith(key, false),
    })
    expect(codeOf(alone)).toBe('second_factor_required')
    const again = await shownWith(key, false)
    const { mfa_token } = Object(alone.body)
    expect(codeOf(await complete(mfa_token, { passkey: again }))).toBe('second_factor_invalid')
  })

  test('a passkey is renamed, listed and reauthenticates; to others it does not exist', async () => {
    const [member, other] = [await freshMember(), await freshMember()]
    const { key, passkeyId } = await addPasskey(member)
    const path = `/studio/passkeys/${passkeyId}`
    expect(codeOf(await other.call('PUT', path, { name: 'Mine' }))).toBe('not_found')
    expect(codeOf(await other.call('DELETE', path))).toBe('not_found')
    await member.call('PUT', path, { name: 'Desk' })
    const list = await member.call('GET', '/studio/passkeys')
    expect(Object(list.body).items).toMatchObject([{ id: passkeyId, name: 'Desk' }])
    const foreign = await other.call('POST', '/studio/reauthenticate', {
      passkey: await shownWith(key),
    })
    expect(codeOf(foreign)).toBe('second_factor_invalid')
    const own = await member.call('POST', '/studio/reauthenticate', {
      passkey: await shownWith(key),
    })
    expect(own.status).toBe(200)
  })

  test('an assertion is good once, and a counter must grow', async () => {
    const { key } = await addPasskey(await freshMember())
    const credential = await shownWith(key)
    const answers = await inParallel(5, () =>
      anyone('POST', '/studio/login/passkey', { credential }),
    )
    expect(tally(answers)).toEqual({ 200: 1, 401: 4 })
    const options = Object((await anyone('POST', '/studio/login/passkey/options')).body).options
    const old = await anyone('POST', '/studio/login/passkey', {
      credential: key.get(options, { counter: 1 }),
    })
    expect(codeOf(old)).toBe('invalid_credentials')
  })
})
