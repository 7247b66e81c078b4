import { codeOf } from '@aethex/shared/testing'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { inParallel, tally } from '../../testing/caller.js'
import { type OauthGame, openOauthGame, SignedInAnswer } from '../../testing/oauth-game.js'
import { type ProviderDouble, startProviderDouble } from '../../testing/provider-double.js'

const stack = inject('stack')
const issuer = 'https://backend.game.example'
const audience = 'aethex'
const generated = await generateKeyPair('ES256', { extractable: true })
const stranger = await generateKeyPair('ES256')
const publicJwk = { ...(await exportJWK(generated.publicKey)), kid: 'k1' }

let double: ProviderDouble
let game: OauthGame

beforeAll(async () => {
  double = await startProviderDouble()
  game = await openOauthGame(stack)
  const value = { issuer, audience, jwks: { keys: [publicJwk] } }
  expect((await game.setSetting('auth.custom_tokens', value)).status).toBe(200)
})
afterAll(async () => {
  await Promise.all([game?.close(), double?.close()])
})

const now = () => Math.floor(Date.now() / 1_000)
const claimsOf = (sub: string, more: JWTPayload = {}): JWTPayload => ({
  iss: issuer,
  aud: audience,
  sub,
  iat: now(),
  exp: now() + 300,
  jti: crypto.randomUUID(),
  ...more,
})
const without = (name: string) => {
  const { [name]: _left, ...claims } = claimsOf('x')
  return claims
}

const sign = (claims: JWTPayload, key = generated.privateKey, header = {}) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header }).sign(key)

const trade = (token: string) => game.game('POST', '/auth/custom', { token })

test('a token of the studio signs its player in, the same one each time', async () => {
  const first = await trade(
    await sign(claimsOf('player-7', { name: 'Seven', email: 'seven@game.example' })),
  )
  const { user } = SignedInAnswer.parse(first.body)
  expect(user).toMatchObject({ username: 'Seven', email: null })
  const verified = { email: 'seven@game.example', email_verified: true }
  const again = await trade(await sign(claimsOf('player-7', verified)))
  expect(SignedInAnswer.parse(again.body).user.id).toBe(user.id)
  const other = SignedInAnswer.parse((await trade(await sign(claimsOf('player-8', verified)))).body)
  expect(other.user).toMatchObject({ email: 'seven@game.example', email_verified: true })
})

test('a token is good for one sign-in, however many try at once', async () => {
  const token = await sign(claimsOf('once'))
  const answers = await inParallel(20, () => trade(token))
  expect(tally(answers)).toEqual({ 200: 1, 400: 19 })
})

test.each<[string, () => Promise<string>]>([
  ['another issuer', () => sign(claimsOf('x', { iss: 'https://evil.example' }))],
  ['another audience', () => sign(claimsOf('x', { aud: 'somebody' }))],
  ['an end in the past', () => sign(claimsOf('x', { iat: now() - 300, exp: now() - 60 }))],
  ['a life of more than an hour', () => sign(claimsOf('x', { exp: now() + 3_700 }))],
  ['a beginning in the future', () => sign(claimsOf('x', { iat: now() + 600, exp: now() + 900 }))],
  ['an nbf in the future', () => sign(claimsOf('x', { nbf: now() + 600 }))],
  ['no exp', () => sign(without('exp'))],
  ['no iat', () => sign(without('iat'))],
  ['no sub', () => sign(without('sub'))],
  ['no jti', () => sign(without('jti'))],
  ['a jti of 300 characters', () => sign(claimsOf('x', { jti: 'x'.repeat(300) }))],
  ['the signature of another key', () => sign(claimsOf('x'), stranger.privateKey)],
  ['an unknown key id', () => sign(claimsOf('x'), generated.privateKey, { kid: 'k2' })],
  [
    'alg HS256',
    () =>
      new SignJWT(claimsOf('x'))
        .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
        .sign(new TextEncoder().encode(JSON.stringify(publicJwk))),
  ],
  [
    'alg none',
    async () => {
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
      return `${part({ alg: 'none' })}.${part(claimsOf('x'))}.`
    },
  ],
  [
    'an unknown critical header',
    () => sign(claimsOf('x'), generated.privateKey, { crit: ['x'], x: 1 }),
  ],
  [
    'our own access token in its place',
    async () => {
      const signedIn = SignedInAnswer.parse((await trade(await sign(claimsOf('own')))).body)
      return signedIn.session.access_token
    },
  ],
])('C5: a custom token with %s signs nobody in', async (_what, make) => {
  const token = await make().catch(error => `not signable: ${error}`)
  const answer = await trade(token)
  expect([answer.status, codeOf(answer)]).toEqual([400, 'identity_token_invalid'])
})

test('the keys may lie at an address, and a rotated one is found', async () => {
  const next = await generateKeyPair('EdDSA', { extractable: true })
  const nextJwk = { ...(await exportJWK(next.publicKey)), kid: 'k2' }
  double.tell('/jwks.json', { json: { keys: [publicJwk, nextJwk] } })
  await game.setSetting('auth.custom_tokens', {
    issuer,
    audience,
    jwks_url: `${double.url}/jwks.json`,
  })
  expect((await trade(await sign(claimsOf('remote')))).status).toBe(200)
  const rotated = await new SignJWT(claimsOf('remote'))
    .setProtectedHeader({ alg: 'EdDSA', kid: 'k2' })
    .sign(next.privateKey)
  expect((await trade(rotated)).status).toBe(200)
  const asked = () => double.asked.filter(({ url }) => url.pathname === '/jwks.json').length
  const before = asked()
  for (let turn = 0; turn < 5; turn++) {
    expect(
      (await trade(await sign(claimsOf('x'), generated.privateKey, { kid: `no-${turn}` }))).status,
    ).toBe(400)
  }
  expect(asked()).toBe(before)
})

test('C9: keys that cannot be fetched are nobody else’s fault than their server’s', async () => {
  for (const [path, code] of [
    ['/slow.json', 'provider_timeout'],
    ['/broken.json', 'provider_unavailable'],
  ] as const) {
    double.tell(
      path,
      path === '/slow.json' ? { afterMs: 30_000, json: {} } : { status: 500, json: {} },
    )
    await game.setSetting('auth.custom_tokens', {
      issuer,
      audience,
      jwks_url: `${double.url}${path}`,
    })
    expect(codeOf(await trade(await sign(claimsOf('x'))))).toBe(code)
  }
})

test('a studio that has named no issuer or no keys signs nobody in this way', async () => {
  for (const value of [{}, { issuer, audience }, { issuer, jwks: { keys: [publicJwk] } }]) {
    expect((await game.setSetting('auth.custom_tokens', value)).status).toBe(200)
    expect(codeOf(await trade(await sign(claimsOf('x'))))).toBe('not_found')
  }
})

test('a private key is refused before it is stored', async () => {
  const privateJwk = await exportJWK(generated.privateKey)
  for (const key of [privateJwk, { kty: 'oct', k: 'AAAA' }]) {
    const answer = await game.setSetting('auth.custom_tokens', {
      issuer,
      audience,
      jwks: { keys: [key] },
    })
    expect(codeOf(answer)).toBe('invalid_request')
  }
})
