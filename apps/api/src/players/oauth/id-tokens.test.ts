import { createHmac } from 'node:crypto'
import { type Answer, codeOf } from '@aethex/shared/testing'
import type { JWTPayload } from 'jose'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { codeIn, type OauthGame, openOauthGame, SignedInAnswer } from '../../testing/oauth-game.js'
import {
  becomeIssuer,
  type ProviderDouble,
  type Signer,
  startProviderDouble,
} from '../../testing/provider-double.js'

const stack = inject('stack')
const clientId = '1234-web.apps.googleusercontent.com'
const nativeId = '1234-ios.apps.googleusercontent.com'
const clientSecret = 'the secret of the client'

let google: ProviderDouble
let game: OauthGame
let sign: Signer
let forge: Signer

beforeAll(async () => {
  google = await startProviderDouble()
  ;({ sign, forge } = await becomeIssuer(google))
  game = await openOauthGame(stack, {
    OAUTH_ENDPOINTS: `google=${google.url}`,
  })
  const input = { client_id: clientId, client_secret: clientSecret, native_client_ids: [nativeId] }
  expect((await game.setProvider('google', input)).status).toBe(200)
})
afterAll(async () => {
  await Promise.all([game?.close(), google?.close()])
})

const now = () => Math.floor(Date.now() / 1_000)

/** Claims as Google writes them. */
const claimsOf = (sub: string, more: JWTPayload = {}): JWTPayload => ({
  iss: google.url,
  azp: clientId,
  aud: clientId,
  sub,
  email: `${sub}@gmail.example`,
  email_verified: true,
  at_hash: 'HK6E_P6Dh8Y93mRNtsDB1Q',
  name: `Jane ${sub}`,
  picture: 'https://lh3.googleusercontent.example/a/picture=s96-c',
  given_name: 'Jane',
  family_name: sub,
  iat: now(),
  exp: now() + 3_600,
  ...more,
})

const trade = (id_token: string, nonce?: string): Promise<Answer> =>
  game.game('POST', '/auth/oauth/google', nonce === undefined ? { id_token } : { id_token, nonce })

test('a native game trades the ID token of Google for a session of the same player every time', async () => {
  const first = await trade(await sign(claimsOf('110169484474386276334')))
  expect(first.status).toBe(200)
  const { user } = SignedInAnswer.parse(first.body)
  expect(user.username).toBe('Jane 110169484474386276334')
  expect(user.email_verified).toBe(true)
  const native = claimsOf('110169484474386276334', { aud: nativeId, azp: nativeId, nonce: 'n-0S6' })
  const second = await trade(await sign(native), 'n-0S6')
  expect(SignedInAnswer.parse(second.body).user.id).toBe(user.id)
})

test('both spellings of the issuer are for Google itself, not for others', async () => {
  expect(codeOf(await trade(await sign(claimsOf('1', { iss: 'accounts.google.com' }))))).toBe(
    'identity_token_invalid',
  )
})

/** Everything that must be refused, as the claims, the header and what the game says beside it. */
const bad: [what: string, make: () => Promise<string>, nonce?: string][] = [
  ['another audience', () => sign(claimsOf('2', { aud: 'another-app' }))],
  [
    'no audience',
    () => {
      const { aud: _aud, ...claims } = claimsOf('2')
      return sign(claims)
    },
  ],
  ['another party', () => sign(claimsOf('2', { azp: 'another-app' }))],
  [
    'several audiences and no party',
    () => {
      const { azp: _azp, ...claims } = claimsOf('2', { aud: [clientId, 'another-app'] })
      return sign(claims)
    },
  ],
  ['another issuer', () => sign(claimsOf('2', { iss: 'https://evil.example' }))],
  ['an end in the past', () => sign(claimsOf('2', { iat: now() - 7_200, exp: now() - 60 }))],
  [
    'no end',
    () => {
      const { exp: _exp, ...claims } = claimsOf('2')
      return sign(claims)
    },
  ],
  [
    'a beginning in the future',
    () => sign(claimsOf('2', { iat: now() + 3_600, exp: now() + 7_200 })),
  ],
  [
    'no time of issue',
    () => {
      const { iat: _iat, ...claims } = claimsOf('2')
      return sign(claims)
    },
  ],
  ['a nonce that the game did not give', () => sign(claimsOf('2', { nonce: 'theirs' }))],
  ['another nonce', () => sign(claimsOf('2', { nonce: 'theirs' })), 'ours'],
  ['no nonce where the game gave one', () => sign(claimsOf('2')), 'ours'],
  [
    'no subject',
    () => {
      const { sub: _sub, ...claims } = claimsOf('2')
      return sign(claims)
    },
  ],
  ['an empty subject', () => sign(claimsOf(''))],
  ['a subject of 300 characters', () => sign(claimsOf('x'.repeat(300)))],
  ['the signature of another key', () => forge(claimsOf('2'))],
  ['a key id that nobody knows', () => sign(claimsOf('2'), { kid: '../../dev/null' })],
  ['alg none', async () => unsigned({ alg: 'none', typ: 'JWT' })],
  ['alg nOnE', async () => unsigned({ alg: 'nOnE', typ: 'JWT' })],
  [
    'HS256 with the client secret',
    async () => {
      const body = unsigned({ alg: 'HS256', kid: 'honest' }).slice(0, -1)
      return `${body}.${createHmac('sha256', clientSecret).update(body).digest('base64url')}`
    },
  ],
  [
    'HS256 with the public key',
    async () => {
      const body = unsigned({ alg: 'HS256', kid: 'honest' }).slice(0, -1)
      const answer = await fetch(`${google.url}/oauth2/v3/certs`)
      const { keys } = Object(await answer.json())
      return `${body}.${createHmac('sha256', JSON.stringify(keys[0])).update(body).digest('base64url')}`
    },
  ],
  [
    'a key of its own in the header',
    () => forge(claimsOf('2'), { jku: 'https://evil.example/jwks' }),
  ],
  ['no form at all', async () => 'not.a.token'],
]

const unsigned = (header: object) => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part(header)}.${part(claimsOf('2'))}.`
}

test.each(bad)('C5: an ID token with %s signs nobody in', async (_what, make, nonce) => {
  const answer = await trade(await make(), nonce)
  expect([answer.status, codeOf(answer)]).toEqual([400, 'identity_token_invalid'])
})

/** Signs in through the browser with whatever token the issuer hands out. */
async function redirectWith(make: (nonce: string) => Promise<string>): Promise<Answer> {
  const flow = await game.begin('google')
  const asked = flow.providerUrl.searchParams
  const id_token = await make(asked.get('nonce') ?? '')
  google.tell('/token', {
    json: {
      access_token: 'ya29.a0Af',
      expires_in: 3599,
      scope: 'openid',
      token_type: 'Bearer',
      id_token,
    },
  })
  const search = new URLSearchParams({
    state: asked.get('state') ?? '',
    code: '4/0AX4XfWh',
    scope: 'email profile openid',
    authuser: '0',
    prompt: 'consent',
  })
  const back = await flow.browser.load(`${game.apiUrl}/api/v1/auth/oauth/callback/google?${search}`)
  return game.trade(codeIn(back.location), flow.verifier)
}

test('Google signs in by redirect with its own parameters and claims', async () => {
  const answer = await redirectWith(nonce => sign(claimsOf('3', { nonce })))
  expect(SignedInAnswer.parse(answer.body).user).toMatchObject({
    email: '3@gmail.example',
    username: 'Jane 3',
  })
  const asked = google.asked.filter(({ url }) => url.pathname === '/token').at(-1)
  const sent = new URLSearchParams(asked?.body)
  expect(sent.get('code_verifier')).toMatch(/^[\w.~-]{43,128}$/)
  expect(sent.get('redirect_uri')).toBe(`${game.apiUrl}/api/v1/auth/oauth/callback/google`)
})

test.each<[string, (nonce: string) => Promise<string>]>([
  [
    'another audience',
    nonce => sign(claimsOf('4', { nonce, aud: 'another-app', azp: 'another-app' })),
  ],
  ['another party', nonce => sign(claimsOf('4', { nonce, azp: 'another-app' }))],
  ['another nonce', () => sign(claimsOf('4', { nonce: 'of somebody else' }))],
  ['no nonce', () => sign(claimsOf('4'))],
  [
    'an end in the past',
    nonce => sign(claimsOf('4', { nonce, iat: now() - 7_200, exp: now() - 3_600 })),
  ],
  ['the signature of another key', nonce => forge(claimsOf('4', { nonce }))],
  ['alg none', async () => unsigned({ alg: 'none' })],
  [
    'HS256 with the client secret',
    async () => {
      const body = unsigned({ alg: 'HS256' }).slice(0, -1)
      return `${body}.${createHmac('sha256', clientSecret).update(body).digest('base64url')}`
    },
  ],
])('C5: a redirect that ends with an ID token with %s signs nobody in', async (_what, make) => {
  const answer = await redirectWith(make)
  expect(answer.status).toBe(400)
  expect(['identity_token_invalid', 'provider_refused']).toContain(codeOf(answer))
})

test('access tokens of an OpenID Connect provider are not taken: they name no audience', async () => {
  const answer = await game.game('POST', '/auth/oauth/google', { access_token: 'ya29.a0Af' })
  expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_request'])
})

test('a provider that is not set up, or switched off, is not there', async () => {
  expect(codeOf(await game.game('POST', '/auth/oauth/github', { access_token: 'gho_x' }))).toBe(
    'not_found',
  )
  const id_token = await sign(claimsOf('5'))
  await game.setProvider('google', { client_id: clientId, enabled: false })
  expect(codeOf(await trade(id_token))).toBe('not_found')
  await game.setProvider('google', { client_id: clientId })
  expect((await trade(id_token)).status).toBe(200)
})

test('C8: an e-mail that the provider has not verified is not kept, and a changed one changes nothing', async () => {
  const unverified = await trade(await sign(claimsOf('6', { email_verified: false })))
  const { user } = SignedInAnswer.parse(unverified.body)
  expect([user.email, user.email_verified]).toEqual([null, false])
  const moved = await trade(await sign(claimsOf('6', { email: 'elsewhere@gmail.example' })))
  expect(SignedInAnswer.parse(moved.body).user.id).toBe(user.id)
})

test('A22, C8: an account that registered with the e-mail before stays out of reach, and so does the newcomer', async () => {
  const email = 'victim@gmail.example'
  const account = { email, password: 'correct horse battery', username: 'Not the victim' }
  const registered = SignedInAnswer.parse((await game.game('POST', '/auth/register', account)).body)
  const answer = await trade(await sign(claimsOf('victim')))
  const { user } = SignedInAnswer.parse(answer.body)
  expect(user.id).not.toBe(registered.user.id)
  expect([user.email, user.email_verified]).toEqual([null, false])
  expect(Object.keys(Object(answer.body)).sort()).toEqual(['session', 'user'])
  const again = await trade(await sign(claimsOf('victim')))
  expect(SignedInAnswer.parse(again.body).user.id).toBe(user.id)
})

test('names are made unique, and fit to be usernames', async () => {
  const nameOf = async (sub: string, name: string) =>
    SignedInAnswer.parse((await trade(await sign(claimsOf(sub, { name })))).body).user.username
  expect(await nameOf('n1', 'Zoë <b>Ångström</b>')).toBe('Zoë bÅngströmb')
  expect(await nameOf('n2', 'Zoë bÅngströmb')).toMatch(/^Zoë bÅngströmb-\d{4}$/)
  expect(await nameOf('n3', '☃☃☃')).toMatch(/^player-\d{9}$/)
  expect(await nameOf('n4', 'Аdmin')).toMatch(/^player-\d{9}$/)
  expect(await nameOf('n5', 'administrator')).not.toBe('administrator')
})

test('the first visits of one account at the same moment make one player', async () => {
  const token = await sign(claimsOf('rush'))
  const answers = await Promise.all(Array.from({ length: 10 }, () => trade(token)))
  const ids = answers.map(({ body }) => SignedInAnswer.parse(body).user.id)
  expect(new Set(ids).size).toBe(1)
})
