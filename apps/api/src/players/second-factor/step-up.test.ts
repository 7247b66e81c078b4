import { codeOf } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { totpAt } from '../../testing/authenticator-app.js'
import { type Caller, callerOf } from '../../testing/caller.js'
import { type FactorStage, openFactorStage } from '../../testing/factor-stage.js'
import { createPasskey } from '../../testing/software-passkey.js'
import { openStored, type Stored } from '../../testing/stored.js'

let stage: FactorStage
let stored: Stored

beforeAll(async () => {
  stored = openStored(inject('stack'))
  stage = await openFactorStage(inject('stack'))
})
afterAll(async () => {
  await stage.close()
  await stored.close()
})

const email = `${crypto.randomUUID()}@example.com`
const password = 'correct horse battery'

const callerWith = (accessToken: string) =>
  callerOf(stage.api.url, {
    'x-api-key': stage.environment.publishableKey,
    authorization: `Bearer ${accessToken}`,
  })

const enrol = (api: Caller) => api('POST', '/auth/second-factor/totp')
const reauthenticate = (api: Caller, proof: object) => api('POST', '/auth/reauthenticate', proof)

test('eleven minutes after the sign-in what is dangerous answers reauthentication_required, refreshed or not', async () => {
  const guest = await stage.guest()
  stage.forward(590)
  expect((await enrol(guest.api)).status).toBe(201)
  stage.forward(20)
  const refused = await enrol(guest.api)
  expect([refused.status, codeOf(refused)]).toEqual([403, 'reauthentication_required'])
  const answer = await stage.game('POST', '/auth/refresh', { refresh_token: guest.refreshToken })
  const refreshed = callerWith(Object(answer.body).session.access_token)
  expect(codeOf(await enrol(refreshed))).toBe('reauthentication_required')
  const anew = await stage.guest(guest.deviceSecret)
  expect((await enrol(anew.api)).status).toBe(201)
})

test('disabling, new recovery codes and new passkeys want a fresh proof beside the code', async () => {
  const guest = await stage.enrolledGuest()
  stage.forward(660)
  const code = stage.nextCode(guest.secret)
  const answers = [
    await guest.api('POST', '/auth/second-factor/totp/disable', { code }),
    await guest.api('POST', '/auth/second-factor/recovery-codes', { code }),
    await guest.api('POST', '/auth/passkeys/registration-options'),
    await guest.api('DELETE', `/auth/passkeys/${crypto.randomUUID()}`),
  ]
  expect(answers.map(codeOf)).toEqual(Array(4).fill('reauthentication_required'))
  const answer = await reauthenticate(guest.api, { code })
  expect(answer.status).toBe(200)
  const freshFor = Date.parse(Object(answer.body).fresh_until) - stage.now()
  expect(freshFor).toBeGreaterThan(590_000)
  expect(freshFor).toBeLessThanOrEqual(600_000)
  const options = await guest.api('POST', '/auth/passkeys/registration-options')
  expect(options.status).toBe(200)
})

test('the password proves anew who one is; ten wrong ones close that door and leave the sign-in open', async () => {
  const account = { email, password, username: `ada-${crypto.randomUUID().slice(0, 8)}` }
  const registered = await stage.game('POST', '/auth/register', account)
  const api = callerWith(Object(registered.body).session.access_token)
  stage.forward(601)
  expect(codeOf(await enrol(api))).toBe('reauthentication_required')
  expect(codeOf(await reauthenticate(api, { password: 'another one' }))).toBe('invalid_credentials')
  expect(codeOf(await enrol(api))).toBe('reauthentication_required')
  expect((await reauthenticate(api, { password })).status).toBe(200)
  expect((await enrol(api)).status).toBe(201)

  for (let turn = 0; turn < 9; turn++) await reauthenticate(api, { password: 'another one' })
  expect(codeOf(await reauthenticate(api, { password }))).toBe('rate_limited')
  expect((await stage.game('POST', '/auth/login', { email, password })).status).toBe(200)
})

test('a player without a password proves nothing with one', async () => {
  const guest = await stage.guest()
  expect(codeOf(await reauthenticate(guest.api, { password }))).toBe('invalid_credentials')
})

test('a session from before the second factor is not lifted by one factor alone', async () => {
  const guest = await stage.guest()
  const before = await stage.guest(guest.deviceSecret)
  const { totp } = Object((await enrol(guest.api)).body)
  const code = totpAt(totp.secret, stage.now())
  await guest.api('POST', '/auth/second-factor/totp/confirm', { code })
  const answer = await reauthenticate(before.api, { password })
  expect([answer.status, codeOf(answer)]).toEqual([403, 'second_factor_required'])
  const lifted = await reauthenticate(before.api, { code: stage.nextCode(totp.secret) })
  expect(lifted.status).toBe(200)
  expect(codeOf(await reauthenticate(before.api, { password }))).toBe('invalid_credentials')
})

/** An account with a password and an app, whose next sign-in waits for its code. */
async function waitingForCode() {
  const account = {
    email: `${crypto.randomUUID()}@example.com`,
    password,
    username: `eve-${crypto.randomUUID().slice(0, 8)}`,
  }
  const registered = await stage.game('POST', '/auth/register', account)
  const api = callerWith(Object(registered.body).session.access_token)
  const { totp } = Object((await enrol(api)).body)
  await api('POST', '/auth/second-factor/totp/confirm', {
    code: totpAt(totp.secret, stage.now()),
  })
  const login = { email: account.email, password }
  const refused = await stage.game('POST', '/auth/login', login)
  expect(codeOf(refused)).toBe('second_factor_required')
  expect(Object(refused.body)).not.toHaveProperty('device_token')
  const { mfa_token } = Object(refused.body)
  const complete = () => {
    const body = { mfa_token, code: stage.nextCode(totp.secret) }
    return stage.game('POST', '/auth/second-factor', body)
  }
  return { account, complete }
}

test('B17: a sign-in that waits for its code dies with the password that began it', async () => {
  const { account, complete } = await waitingForCode()
  await stored.rows(
    `UPDATE password_credential SET updated_at = now() + interval '1 day'
     WHERE player_id = (SELECT player_id FROM player_email WHERE email_key = $1)`,
    account.email,
  )
  const answer = await complete()
  expect([answer.status, codeOf(answer)]).toEqual([401, 'mfa_token_invalid'])
})

test('a password and a code together answer the device token that a password alone would', async () => {
  const { account, complete } = await waitingForCode()
  const answer = await complete()
  expect(answer.body).toMatchObject({
    user: { email: account.email },
    device_token: expect.stringMatching(/^dt_/),
  })
})

test('who has an address is told that the second factor was turned off, and of a new passkey', async () => {
  const account = {
    email: `${crypto.randomUUID()}@example.com`,
    password,
    username: `kim-${crypto.randomUUID().slice(0, 8)}`,
  }
  const registered = await stage.game('POST', '/auth/register', account)
  const api = callerWith(Object(registered.body).session.access_token)
  const { totp } = Object((await enrol(api)).body)
  const turn = (way: string, code: string) =>
    api('POST', `/auth/second-factor/totp/${way}`, { code })
  await turn('confirm', totpAt(totp.secret, stage.now()))
  expect((await turn('disable', stage.nextCode(totp.secret))).status).toBe(204)
  const { options } = Object((await api('POST', '/auth/passkeys/registration-options')).body)
  const key = createPasskey({
    origin: `http://localhost:${new URL(inject('stack').api_url).port}`,
    rpId: 'localhost',
  })
  expect((await api('POST', '/auth/passkeys', { credential: key.create(options) })).status).toBe(
    201,
  )
  const rows = await stored.rows(
    'SELECT template FROM mail_outbox WHERE recipient_key = $1 ORDER BY created_at, id',
    account.email,
  )
  expect(rows.map(row => row.template).filter(name => /factor|passkey/.test(String(name)))).toEqual(
    ['second_factor_off', 'passkey_added'],
  )
})
