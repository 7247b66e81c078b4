import { createHmac, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  call,
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf } from '../../testing/caller.js'
import { type Forger, forgerWith, signingKeyOf, takeApart } from '../../testing/forged-tokens.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { Jwks } from './schema.js'

let environment: TestEnvironment
let player: TestPlayer
let stored: Stored
let game: Caller
let forge: Forger
let header: Record<string, unknown>
let payload: Record<string, unknown>

beforeAll(async () => {
  const stack = inject('stack')
  environment = await freshEnvironment(stack)
  player = await freshPlayer(environment)
  stored = openStored(stack)
  forge = forgerWith(await signingKeyOf(stack, stored))
  game = callerOf(environment.apiUrl, { 'x-api-key': environment.publishableKey })
  ;({ header, payload } = takeApart(player.accessToken))
})
afterAll(() => stored.close())

const profileWith = (token: string) =>
  game('GET', '/auth/profile', undefined, { authorization: `Bearer ${token}` })

async function expectRefused(token: string, code = 'token_invalid') {
  const answer = await profileWith(token)
  expect([answer.status, codeOf(answer)]).toEqual([401, code])
  expect((await profileWith(player.accessToken)).status).toBe(200)
}

const jwks = async () => {
  const answer = await call('GET', `${environment.apiUrl}/.well-known/jwks.json`)
  return Jwks.parse(answer.body).keys
}

const now = () => Math.floor(Date.now() / 1_000)
const changed = (changes: Record<string, unknown>) => ({ ...payload, ...changes })

describe('what a studio can do alone', () => {
  test('access tokens verify from the JWKS with node:crypto and nothing else', async () => {
    const { signed, signature } = takeApart(player.accessToken)
    const key = (await jwks()).find(candidate => candidate.kid === header.kid)
    const publicKey = createPublicKey({ key: key ?? {}, format: 'jwk' })
    const bytes = Buffer.from(signature, 'base64url')
    const check = (text: string) =>
      verify('sha256', Buffer.from(text), { key: publicKey, dsaEncoding: 'ieee-p1363' }, bytes)
    expect([check(signed), check(`${signed}x`)]).toEqual([true, false])
  })

  test('B13: the JWKS shows public halves only', async () => {
    for (const key of await jwks()) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
      expect(key).toMatchObject({ alg: 'ES256', crv: 'P-256', kty: 'EC', use: 'sig' })
    }
  })

  test('a token names its issuer, its environment, its player and a quarter of an hour', () => {
    expect(header).toEqual({ alg: 'ES256', typ: 'player+jwt', kid: expect.any(String) })
    expect(payload).toEqual({
      iss: inject('stack').api_url,
      aud: environment.environmentId,
      sub: player.id,
      sid: expect.any(String),
      iat: expect.any(Number),
      exp: Number(payload.iat) + 900,
    })
  })

  test('the tests can forge: a token like the original is accepted', async () => {
    expect((await profileWith(forge(header, payload))).status).toBe(200)
  })
})

describe('the header of a token', () => {
  test.each(['none', 'nOnE', 'NONE', '', undefined, 'ES384', 'RS256'])(
    'B1: alg %s is refused',
    async alg => {
      const [head = '', body = ''] = forge({ ...header, alg }, payload).split('.')
      await expectRefused(`${head}.${body}.`)
      await expectRefused(forge({ ...header, alg }, payload))
    },
  )

  test('B2: HS256 with the public key as the secret is refused', async () => {
    const [key] = await jwks()
    const publicKey = createPublicKey({ key: key ?? {}, format: 'jwk' })
    const secrets = [
      JSON.stringify(key),
      publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    ]
    for (const secret of secrets) {
      const [head = '', body = ''] = forge({ ...header, alg: 'HS256' }, payload).split('.')
      const mac = createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url')
      await expectRefused(`${head}.${body}.${mac}`)
    }
  })

  test.each([
    '../../dev/null',
    "x' UNION SELECT",
    'http://evil.example/k',
    'k'.repeat(900),
    ['a'],
    { a: 1 },
    'a\0b',
    '__proto__',
    null,
    undefined,
  ])('B3: the kid %j is refused', async kid => expectRefused(forge({ ...header, kid }, payload)))

  test('B4: keys that the token brings along are refused, and nobody is asked for them', async () => {
    let asked = 0
    const listener = createServer((_request, response) => {
      asked++
      response.end('{}')
    }).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/key`
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = publicKey.export({ format: 'jwk' })
    for (const extra of [{ jku: url }, { x5u: url }, { jwk }, { x5c: ['AAAA'] }]) {
      await expectRefused(forge({ ...header, ...extra }, payload))
      await expectRefused(forgerWith(privateKey)({ ...header, ...extra }, payload))
    }
    listener.close()
    expect(asked).toBe(0)
  })

  test.each([{ crit: ['exp'] }, { crit: ['b64'], b64: false }, { b64: false }, { crit: [] }])(
    'B8: a header with %j is refused',
    async extra => expectRefused(forge({ ...header, ...extra }, payload)),
  )

  test.each(['JWT', 'member+jwt', 'player+JWT', '', undefined])(
    'B7: typ %s is refused',
    async typ => expectRefused(forge({ ...header, typ }, payload)),
  )
})

describe('the claims of a token', () => {
  test.each([
    ['no exp', () => changed({ exp: undefined })],
    [
      'an infinite exp',
      () => JSON.stringify(changed({ exp: 0 })).replace('"exp":0', '"exp":1e400'),
    ],
    ['exp as a text', () => changed({ exp: String(now() + 500) })],
    [
      'exp of 2^53',
      () => JSON.stringify(changed({ exp: 0 })).replace('"exp":0', '"exp":9007199254740992'),
    ],
    ['an exp a day ahead', () => changed({ exp: now() + 86_400 })],
    ['nbf in the future', () => changed({ nbf: now() + 600 })],
    ['iat an hour ahead', () => changed({ iat: now() + 3_600, exp: now() + 4_500 })],
    ['no iat', () => changed({ iat: undefined })],
  ])('B5: %s is refused', async (_what, make) => expectRefused(forge(header, make())))

  test('B5: a token that has expired says so', async () =>
    expectRefused(forge(header, changed({ iat: now() - 901, exp: now() - 1 })), 'token_expired'))

  test('B5: an iat 90 seconds ahead is a clock that is off, and accepted', async () => {
    const token = forge(header, changed({ iat: now() + 90, exp: now() + 990 }))
    expect((await profileWith(token)).status).toBe(200)
  })

  test.each([
    ['another issuer', () => changed({ iss: 'https://evil.example' })],
    ['no issuer', () => changed({ iss: undefined })],
    ['another audience', () => changed({ aud: crypto.randomUUID() })],
    ['no audience', () => changed({ aud: undefined })],
    ['our audience among others', () => changed({ aud: [environment.environmentId, 'studio'] })],
    ['our audience in a list', () => changed({ aud: [environment.environmentId] })],
    ['no session', () => changed({ sid: undefined })],
    ['no subject', () => changed({ sub: undefined })],
  ])('B6: %s is refused', async (_what, make) => expectRefused(forge(header, make())))

  test.each([
    ['null', () => 'null'],
    ['an array', () => '[]'],
    ['a text', () => '"text"'],
    ['nothing', () => ''],
    ['a key twice', () => JSON.stringify(payload).replace('{', `{"sub":"${crypto.randomUUID()}",`)],
    ['__proto__', () => JSON.stringify(payload).replace('{', '{"__proto__":{"admin":true},')],
  ])('B11: a payload that is %s is refused', async (_what, make) =>
    expectRefused(forge(header, make())),
  )

  test('B11: a header that names a key twice is refused', async () =>
    expectRefused(forge(JSON.stringify(header).replace('{', '{"alg":"none",'), payload)))
})

describe('the text of a token', () => {
  const lowBits = (token: string) => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    // The last character of a 64-byte signature carries four bits that no byte holds.
    return token.slice(0, -1) + alphabet[alphabet.indexOf(token.slice(-1)) ^ 1]
  }
  test.each([
    ['padding', (token: string) => `${token}=`],
    ['its unused bits changed', lowBits],
    ['a dot more', (token: string) => `${token}.`],
    ['a space inside', (token: string) => token.replace('.', ' .')],
    ['standard base64', (token: string) => `${token.slice(0, -2)}+/`],
  ])('B9: a token with %s is refused', async (_what, bend) =>
    expectRefused(bend(player.accessToken)),
  )

  test('B10: a token of 4 kB answers 401 and one of 20 kB answers 431, unparsed', async () => {
    await expectRefused(forge(header, changed({ extra: 'x'.repeat(4_096) })))
    const answer = await profileWith(forge(header, changed({ extra: 'x'.repeat(20_000) })))
    expect([answer.status, codeOf(answer)]).toEqual([431, 'headers_too_large'])
  })

  test('B18: a token in the query is not read', async () => {
    const path = `/auth/profile?access_token=${player.accessToken}`
    expect(codeOf(await game('GET', path))).toBe('credential_missing')
    expect(codeOf(await game('GET', path, undefined, player.headers))).toBe('invalid_request')
  })
})

describe('B7: every kind of token is worth nothing in the place of another', () => {
  test('refresh tokens, device secrets and keys are no access tokens', async () => {
    for (const text of [player.refreshToken, environment.publishableKey, environment.secretKey]) {
      await expectRefused(text)
    }
  })

  test('a member token is no player token, and the other way round', async () => {
    await expectRefused(environment.memberToken)
    const studio = callerOf(environment.apiUrl, { authorization: `Bearer ${player.accessToken}` })
    expect(codeOf(await studio('GET', '/studio/organizations'))).toBe('token_invalid')
    const promoted = forge({ ...header, typ: 'member+jwt' }, payload)
    const asMember = callerOf(environment.apiUrl, { authorization: `Bearer ${promoted}` })
    expect(codeOf(await asMember('GET', '/studio/organizations'))).toBe('token_invalid')
  })

  test('B12: a token of this environment is refused with the key of another', async () => {
    // Known already where it belongs: what is remembered must not open another door.
    expect((await profileWith(player.accessToken)).status).toBe(200)
    const away = await freshEnvironment(inject('stack'))
    const answer = await game('GET', '/auth/profile', undefined, {
      ...player.headers,
      'x-api-key': away.publishableKey,
    })
    expect([answer.status, codeOf(answer)]).toEqual([401, 'token_invalid'])
  })
})
