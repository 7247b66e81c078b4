import { codeOf, freshEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { callerOf, inParallel, tally } from '../../testing/caller.js'
import { type FactorStage, type Guest, openFactorStage } from '../../testing/factor-stage.js'
import { createPasskey, type Told } from '../../testing/software-passkey.js'
import { openStored, type Stored } from '../../testing/stored.js'

type Authenticator = ReturnType<typeof createPasskey>

const page = { origin: 'https://play.sky.example', rpId: 'sky.example' }
let stage: FactorStage
let stored: Stored

beforeAll(async () => {
  stored = openStored(inject('stack'))
  stage = await openFactorStage(inject('stack'))
  const { environmentId, memberToken } = stage.environment
  const member = callerOf(stage.api.url, { authorization: `Bearer ${memberToken}` })
  const value = { rp_id: page.rpId, origins: [page.origin] }
  const path = `/studio/environments/${environmentId}/settings/auth.passkeys`
  expect((await member('PUT', path, value)).status).toBe(200)
})
afterAll(async () => {
  await stage.close()
  await stored.close()
})

const creationOptions = async (guest: Guest) =>
  Object((await guest.api('POST', '/auth/passkeys/registration-options')).body).options

async function register(guest: Guest, key: Authenticator, bent: Partial<Told> = {}, name = 'Key') {
  const credential = key.create(await creationOptions(guest), bent)
  return guest.api('POST', '/auth/passkeys', { credential, name })
}

const requestOptions = async (game = stage.game) =>
  Object((await game('POST', '/auth/passkeys/login-options')).body).options

const login = (credential: unknown, game = stage.game) =>
  game('POST', '/auth/passkeys/login', { credential })

const loginWith = async (key: Authenticator, bent: Partial<Told> = {}) =>
  login(key.get(await requestOptions(), bent))

/** A guest with one passkey. */
async function withPasskey() {
  const guest = await stage.guest()
  const key = createPasskey(page)
  const answer = await register(guest, key)
  expect(answer.status).toBe(201)
  return { guest, key, passkeyId: String(Object(answer.body).passkey.id) }
}

describe('registering', () => {
  test('the options name the domain of the game, the player, and what is registered already', async () => {
    const { guest } = await withPasskey()
    const options = await creationOptions(guest)
    expect(options).toMatchObject({
      challenge: expect.stringMatching(/^[\w-]{32}$/),
      rp: { id: page.rpId },
      user: { id: Buffer.from(guest.id.replaceAll('-', ''), 'hex').toString('base64url') },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required' },
    })
    expect(options.excludeCredentials).toHaveLength(1)
  })

  test('a passkey answers 201 with its name and what it is, and stands in the list', async () => {
    const { guest, passkeyId } = await withPasskey()
    const list = await guest.api('GET', '/auth/passkeys')
    expect(list.body).toEqual({
      items: [
        {
          id: passkeyId,
          name: 'Key',
          transports: ['internal'],
          backed_up: false,
          created_at: expect.any(String),
          last_used_at: null,
        },
      ],
      next_cursor: null,
    })
  })

  const lies: [string, Partial<Told>][] = [
    ['another page', { origin: 'https://evil.example' }],
    ['a page whose name begins alike', { origin: 'https://play.sky.example.evil.example' }],
    ['the same page without TLS', { origin: 'http://play.sky.example' }],
    ['another domain', { rpId: 'evil.example' }],
    ['a challenge of its own', { challenge: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['the other ceremony', { type: 'webauthn.get' }],
  ]
  test.each(lies)('an answer from %s is refused', async (_what, bent) => {
    const answer = await register(await stage.guest(), createPasskey(page), bent)
    expect([answer.status, codeOf(answer)]).toEqual([400, 'passkey_invalid'])
  })

  test('options are good once, and for the player who asked for them', async () => {
    const [guest, other] = [await stage.guest(), await stage.guest()]
    const credential = createPasskey(page).create(await creationOptions(guest))
    const keep = (api: Guest['api']) => api('POST', '/auth/passkeys', { credential })
    expect(codeOf(await keep(other.api))).toBe('passkey_invalid')
    expect(codeOf(await keep(guest.api))).toBe('passkey_invalid')
    const again = createPasskey(page).create(await creationOptions(guest))
    const answers = await inParallel(5, () =>
      guest.api('POST', '/auth/passkeys', { credential: again }),
    )
    expect(tally(answers)).toEqual({ 201: 1, 400: 4 })
  })

  test('one passkey belongs to one player of an environment', async () => {
    const { key } = await withPasskey()
    expect(codeOf(await register(await stage.guest(), key))).toBe('passkey_exists')
  })

  test('a statement with certificates is not even read', async () => {
    const guest = await stage.guest()
    const credential = createPasskey(page).create(await creationOptions(guest))
    const object = Buffer.from(credential.response.attestationObject, 'base64url')
    const at = object.indexOf('none')
    object.write('tpm\0', at)
    const bent = { ...credential.response, attestationObject: object.toString('base64url') }
    for (const attestationObject of [bent.attestationObject, 'AAAA', 'oA']) {
      const response = { ...bent, attestationObject }
      const answer = await guest.api('POST', '/auth/passkeys', {
        credential: { ...credential, response },
      })
      expect(codeOf(answer)).toBe('passkey_invalid')
    }
  })
})

describe('signing in', () => {
  test('the player of a passkey is signed in without a name, and it counts as a second factor', async () => {
    const { guest, key } = await withPasskey()
    const answer = await loginWith(key)
    expect(answer.status).toBe(200)
    expect(Object(answer.body).user.id).toBe(guest.id)
    const rows = await stored.rows(
      "SELECT second_factor_at FROM player_session WHERE player_id = $1 AND method = 'passkey'",
      guest.id,
    )
    expect(rows).toEqual([{ second_factor_at: expect.any(Date) }])
    const list = await guest.api('GET', '/auth/passkeys')
    expect(Object(list.body).items[0].last_used_at).toEqual(expect.any(String))
  })

  const lies: [string, Partial<Told>][] = [
    ['another page', { origin: 'https://evil.example' }],
    ['another domain', { rpId: 'evil.example' }],
    ['a challenge of its own', { challenge: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['the other ceremony', { type: 'webauthn.create' }],
    ['the name of another account', { userHandle: 'AAAAAAAAAAAAAAAAAAAAAA' }],
  ]
  test.each(lies)('an assertion from %s is refused', async (_what, bent) => {
    const { key } = await withPasskey()
    const answer = await loginWith(key, bent)
    expect([answer.status, codeOf(answer)]).toEqual([401, 'invalid_credentials'])
    expect((await loginWith(key)).status).toBe(200)
  })

  test('an assertion is good once: a replay, and twenty at once, open one session', async () => {
    const { key } = await withPasskey()
    const credential = key.get(await requestOptions())
    const answers = await inParallel(20, () => login(credential))
    expect(tally(answers)).toEqual({ 200: 1, 401: 19 })
    expect(codeOf(await login(credential))).toBe('invalid_credentials')
  })

  test('a challenge of one environment is worth nothing in another, and so is a passkey', async () => {
    const { key } = await withPasskey()
    const elsewhere = await freshEnvironment(inject('stack'))
    const there = callerOf(stage.api.url, { 'x-api-key': elsewhere.publishableKey })
    expect(codeOf(await login(key.get(await requestOptions(there))))).toBe('invalid_credentials')
    const known = key.get(await requestOptions(there))
    expect(codeOf(await login(known, there))).toBe('invalid_credentials')
    const members = Object(
      (await callerOf(stage.api.url)('POST', '/studio/login/passkey/options')).body,
    ).options
    expect(codeOf(await login(key.get(members)))).toBe('invalid_credentials')
  })

  test('a counter that does not grow is refused and written down, whoever signed', async () => {
    const { guest, key } = await withPasskey()
    expect((await loginWith(key, { counter: 7 })).status).toBe(200)
    for (const counter of [7, 3, 0]) {
      expect(codeOf(await loginWith(key, { counter }))).toBe('invalid_credentials')
    }
    expect((await loginWith(key, { counter: 8 })).status).toBe(200)
    const rows = await stored.rows(
      "SELECT details FROM audit_entry WHERE action = 'passkeys.refused_counter' AND actor_id = $1 ORDER BY id",
      guest.id,
    )
    expect(rows.map(row => row.details)).toEqual([{ counter: 7 }, { counter: 3 }, { counter: 0 }])
  })

  test('an authenticator that does not count is let in every time', async () => {
    const guest = await stage.guest()
    const key = createPasskey(page)
    await register(guest, key, { counter: 0 })
    for (let turn = 0; turn < 3; turn++) {
      expect((await loginWith(key, { counter: 0 })).status).toBe(200)
    }
  })

  test('a signature of another key is refused', async () => {
    const { key } = await withPasskey()
    const options = await requestOptions()
    const [mine, theirs] = [key.get(options), createPasskey(page).get(options)]
    const forged = { ...mine, response: theirs.response }
    expect(codeOf(await login(forged))).toBe('invalid_credentials')
  })
})

describe('beside an authenticator app', () => {
  async function enrolledWithPasskey() {
    const guest = await stage.enrolledGuest()
    const key = createPasskey(page)
    expect((await register(guest, key)).status).toBe(201)
    return { guest, key }
  }

  test('a passkey with a PIN, a finger or a face signs in at once', async () => {
    const { key } = await enrolledWithPasskey()
    expect((await loginWith(key)).status).toBe(200)
  })

  test('a passkey alone is one factor: a code must follow, and the same key again is no second one', async () => {
    const { guest, key } = await enrolledWithPasskey()
    const refused = await loginWith(key, { userVerified: false })
    expect(codeOf(refused)).toBe('second_factor_required')
    const { mfa_token } = Object(refused.body)
    const complete = (factor: object) =>
      stage.game('POST', '/auth/second-factor', { mfa_token, ...factor })
    const again = key.get(await requestOptions(), { userVerified: false })
    expect(codeOf(await complete({ passkey: again }))).toBe('second_factor_invalid')
    expect((await complete({ code: stage.nextCode(guest.secret) })).status).toBe(200)
  })

  test('a passkey is the second factor of another first one, if it is the same player', async () => {
    const { guest, key } = await enrolledWithPasskey()
    const { key: foreign } = await withPasskey()
    const refused = await stage.signIn(guest.deviceSecret)
    const { mfa_token, factors } = Object(refused.body)
    expect(factors).toEqual(['totp', 'recovery_code', 'passkey'])
    const complete = async (one: Authenticator) =>
      stage.game('POST', '/auth/second-factor', {
        mfa_token,
        passkey: one.get(await requestOptions(), { userVerified: false }),
      })
    expect(codeOf(await complete(foreign))).toBe('second_factor_invalid')
    expect((await complete(key)).status).toBe(200)
  })

  test('a passkey proves anew who one is, and one of another player does not', async () => {
    const { guest, key } = await withPasskey()
    const { key: foreign } = await withPasskey()
    stage.forward(700)
    const reauthenticate = async (one: Authenticator) =>
      guest.api('POST', '/auth/reauthenticate', { passkey: one.get(await requestOptions()) })
    expect(codeOf(await reauthenticate(foreign))).toBe('second_factor_invalid')
    expect(codeOf(await guest.api('POST', '/auth/passkeys/registration-options'))).toBe(
      'reauthentication_required',
    )
    expect((await reauthenticate(key)).status).toBe(200)
    const options = await guest.api('POST', '/auth/passkeys/registration-options')
    expect(options.status).toBe(200)
  })
})
