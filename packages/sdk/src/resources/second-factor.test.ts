import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Cloud } from '../cloud.js'
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
  vi.unstubAllGlobals()
  await api.close()
})

const signedIn = { body: { user: player('ada'), session: tokens(1) } }
const bodyOf = (route: string) => api.seen(route).at(-1)?.body

describe('a second factor', () => {
  test('a login that wants one carries what is needed to go on, and a code goes on', async () => {
    const more = { mfa_token: 'mfa_abc', factors: ['totp', 'recovery_code'] }
    api.answer('POST /auth/login', problem(403, 'second_factor_required', more))
    api.answer('POST /auth/second-factor', signedIn)
    const refused = await cloud.auth.loginEmail('ada@example.com', 'right')
    if (refused.success) throw new Error('the login needs a second factor')
    const { mfa_token = '', factors } = refused.error.details
    expect(factors).toEqual(['totp', 'recovery_code'])
    expect(cloud.auth.getCurrentUser()).toBeNull()
    const result = await cloud.auth.secondFactor.complete(mfa_token, { code: ' 123 456' })
    expect(result.success).toBe(true)
    expect(bodyOf('POST /auth/second-factor')).toEqual({ mfa_token: 'mfa_abc', code: '123456' })
    expect(cloud.auth.getCurrentUser()?.id).toBe('ada')
  })

  test('a wrong code is a failure, and the session of nobody', async () => {
    api.answer('POST /auth/second-factor', problem(401, 'second_factor_invalid'))
    const result = await cloud.auth.secondFactor.complete('mfa_abc', { recovery_code: 'x' })
    expect(result).toMatchObject({ success: false, error: { code: 'second_factor_invalid' } })
    expect(api.seen('POST /auth/second-factor')).toHaveLength(1)
  })

  test('a wrong code of a signed-in player does not sign them out', async () => {
    await signIn(api, cloud)
    api.answer('POST /auth/second-factor/totp/disable', problem(401, 'second_factor_invalid'))
    const result = await cloud.auth.secondFactor.disable({ code: '123456' })
    expect(result).toMatchObject({ success: false, error: { code: 'second_factor_invalid' } })
    expect(cloud.auth.getCurrentUser()).not.toBeNull()
    expect(api.seen('POST /auth/refresh')).toEqual([])
  })

  test('setting up goes through a secret and a first code to recovery codes', async () => {
    await signIn(api, cloud)
    const totp = { secret: 'ABC', uri: 'otpauth://totp/x', qr_svg: '<svg/>' }
    api.answer('POST /auth/second-factor/totp', { status: 201, body: { totp } })
    api.answer('POST /auth/second-factor/totp/confirm', { body: { recovery_codes: ['a', 'b'] } })
    api.answer('POST /auth/second-factor/recovery-codes', { body: { recovery_codes: ['c'] } })
    const { secondFactor } = cloud.auth
    expect(await secondFactor.enrol()).toEqual({ success: true, totp })
    const confirmed = await secondFactor.confirm('123 456')
    expect(confirmed).toEqual({ success: true, recovery_codes: ['a', 'b'] })
    expect(bodyOf('POST /auth/second-factor/totp/confirm')).toEqual({ code: '123456' })
    const renewed = await secondFactor.newRecoveryCodes({ code: '654321' })
    expect(renewed).toEqual({ success: true, recovery_codes: ['c'] })
  })

  test('a password proves anew who the player is', async () => {
    await signIn(api, cloud)
    const fresh_until = '2026-01-01T00:10:00.000Z'
    api.answer('POST /auth/reauthenticate', { body: { fresh_until } })
    const result = await cloud.auth.reauthenticate({ password: 'it is me' })
    expect(result).toEqual({ success: true, fresh_until })
    expect(bodyOf('POST /auth/reauthenticate')).toEqual({ password: 'it is me' })
  })
})

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text)).buffer
const base64url = (text: string) => Buffer.from(text).toString('base64url')
const textOf = (bytes: BufferSource) => Buffer.from(bytes as Uint8Array).toString()

const credential = (response: object) => ({
  id: base64url('key'),
  rawId: bytesOf('key'),
  type: 'public-key',
  response,
})

/** A browser that has the two ceremonies and none of their newer comforts. */
function olderBrowser(answers: { create?: () => unknown; get?: () => unknown }) {
  const asked: { create?: PublicKeyCredentialCreationOptions; get?: object }[] = []
  vi.stubGlobal('PublicKeyCredential', class {})
  vi.stubGlobal('navigator', {
    credentials: {
      create: async ({ publicKey }: CredentialCreationOptions) => {
        asked.push(publicKey === undefined ? {} : { create: publicKey })
        return answers.create?.()
      },
      get: async (get: object) => {
        asked.push({ get })
        return answers.get?.()
      },
    },
  })
  return asked
}

function refuse(name: string): never {
  throw new DOMException('no', name)
}

describe('passkeys', () => {
  const loginOptions = {
    body: { options: { challenge: base64url('say this'), rpId: 'x.example' } },
  }
  const creation = {
    challenge: base64url('say this'),
    rp: { id: 'x.example', name: 'X' },
    user: { id: base64url('ada'), name: 'ada', displayName: 'ada' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    excludeCredentials: [{ id: base64url('old'), type: 'public-key' }],
  }

  test('a platform without passkeys says so', async () => {
    expect(cloud.auth.passkeys.isSupported()).toBe(false)
    api.answer('POST /auth/passkeys/login-options', loginOptions)
    const result = await cloud.auth.passkeys.login()
    expect(result).toMatchObject({ success: false, error: { code: 'passkeys_unsupported' } })
  })

  test('an older browser signs in with options and answers turned by hand', async () => {
    const response = {
      clientDataJSON: bytesOf('client'),
      authenticatorData: bytesOf('data'),
      signature: bytesOf('sign ÿ'),
      userHandle: bytesOf('ada'),
    }
    const asked = olderBrowser({ get: () => credential(response) })
    api.answer('POST /auth/passkeys/login-options', loginOptions)
    api.answer('POST /auth/passkeys/login', signedIn)
    expect((await cloud.auth.passkeys.login({ autofill: true })).success).toBe(true)
    const [{ get = {} } = {}] = asked
    expect(get).toMatchObject({ mediation: 'conditional', publicKey: { rpId: 'x.example' } })
    expect(textOf(Object(get).publicKey.challenge)).toBe('say this')
    expect(bodyOf('POST /auth/passkeys/login')?.credential).toEqual({
      id: base64url('key'),
      rawId: base64url('key'),
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON: base64url('client'),
        authenticatorData: base64url('data'),
        signature: base64url('sign ÿ'),
        userHandle: base64url('ada'),
      },
    })
    expect(cloud.auth.getCurrentUser()?.id).toBe('ada')
  })

  test('an older browser registers, and hears what is registered already', async () => {
    await signIn(api, cloud)
    const response = { clientDataJSON: bytesOf('client'), attestationObject: bytesOf('object') }
    const asked = olderBrowser({ create: () => credential(response) })
    api.answer('POST /auth/passkeys/registration-options', { body: { options: creation } })
    api.answer('POST /auth/passkeys', { status: 201, body: { passkey: { id: 'p', name: 'Key' } } })
    const result = await cloud.auth.passkeys.register('Key')
    expect(result).toMatchObject({ success: true, passkey: { name: 'Key' } })
    const [{ create } = {}] = asked
    expect(create && textOf(create.challenge)).toBe('say this')
    expect(create && textOf(create.user.id)).toBe('ada')
    expect(create?.excludeCredentials?.map(({ id }) => textOf(id))).toEqual(['old'])
    expect(bodyOf('POST /auth/passkeys')).toMatchObject({
      name: 'Key',
      credential: { response: { attestationObject: base64url('object'), transports: [] } },
    })
  })

  test.each([
    ['NotAllowedError', 'passkey_cancelled'],
    ['AbortError', 'passkey_cancelled'],
    ['InvalidStateError', 'passkey_exists'],
    ['SecurityError', 'passkeys_unsupported'],
  ])('a browser that answers %s is a failure called %s', async (name, code) => {
    await signIn(api, cloud)
    olderBrowser({ create: () => refuse(name) })
    api.answer('POST /auth/passkeys/registration-options', { body: { options: creation } })
    const result = await cloud.auth.passkeys.register()
    expect(result).toMatchObject({ success: false, error: { code } })
    expect(api.seen('POST /auth/passkeys')).toEqual([])
  })

  test('a passkey is renamed and removed by its id, which cannot climb out of the path', async () => {
    await signIn(api, cloud)
    api.answer('PUT /auth/passkeys/p1', { body: { passkey: { id: 'p1', name: 'Desk' } } })
    api.answer('DELETE /auth/passkeys/p1', { status: 204 })
    const { passkeys } = cloud.auth
    expect(await passkeys.rename('p1', 'Desk')).toMatchObject({ passkey: { name: 'Desk' } })
    expect(await passkeys.remove('p1')).toEqual({ success: true })
    expect(await passkeys.remove('..')).toMatchObject({ error: { code: 'invalid_request' } })
  })
})
