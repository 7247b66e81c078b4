import { codeOf, startTestRedis } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { openCookieBrowser } from '../../testing/cookie-browser.js'
import {
  codeIn,
  homePage,
  type OauthGame,
  openOauthGame,
  pkcePair,
} from '../../testing/oauth-game.js'
import {
  type ProviderDouble,
  startProviderDouble,
  type Told,
} from '../../testing/provider-double.js'

const stack = inject('stack')
let double: ProviderDouble
let game: OauthGame

beforeAll(async () => {
  double = await startProviderDouble()
  game = await openOauthGame(stack, {
    OAUTH_ENDPOINTS: `github=${double.url}`,
  })
  await game.setProvider('github', { client_id: 'the-game', client_secret: 'the secret' })
})
afterAll(async () => {
  await Promise.all([game?.close(), double?.close()])
})

const big = () => JSON.stringify({ access_token: 'x', filler: 'x'.repeat(10_000_000) })

const failures: [what: string, told: Told, status: number, code: string][] = [
  ['does not answer for 30 s', { afterMs: 30_000, json: {} }, 504, 'provider_timeout'],
  ['answers 500', { status: 500, json: { message: 'Server Error' } }, 502, 'provider_unavailable'],
  [
    'answers 503 with a page',
    { status: 503, bytes: '<h1>Unicorn!</h1>' },
    502,
    'provider_unavailable',
  ],
  ['answers 10 MB', { bytes: big() }, 502, 'provider_unavailable'],
  [
    'leads to 169.254.169.254',
    { status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data/' } },
    502,
    'provider_unavailable',
  ],
  ['answers nonsense', { bytes: '<!doctype html>' }, 400, 'provider_refused'],
  ['answers 401', { status: 401, json: { message: 'Bad credentials' } }, 400, 'provider_refused'],
]

/** Comes back from the provider; how long that took, and what the game hears when it trades the code. */
async function comeBack() {
  const flow = await game.begin('github')
  const search = new URLSearchParams({
    code: 'a-code',
    state: flow.providerUrl.searchParams.get('state') ?? '',
  })
  const startedAt = performance.now()
  const back = await flow.browser.load(`${game.apiUrl}/api/v1/auth/oauth/callback/github?${search}`)
  const tookMs = performance.now() - startedAt
  return { tookMs, answer: await game.trade(codeIn(back.location), flow.verifier) }
}

test.each(failures)(
  'C9: a token endpoint that %s costs nobody more than five seconds',
  async (_what, told, status, code) => {
    double.tell('/login/oauth/access_token', told)
    const { tookMs, answer } = await comeBack()
    expect([answer.status, codeOf(answer)]).toEqual([status, code])
    expect(tookMs).toBeLessThan(5_000)
  },
)

test.each(failures.slice(0, 5))(
  'C9: a profile that %s is no player',
  async (_what, told, status, code) => {
    double.tell('/login/oauth/access_token', {
      json: { access_token: 'gho_x', token_type: 'bearer' },
    })
    double.tell('/user', told)
    const { tookMs, answer } = await comeBack()
    expect([answer.status, codeOf(answer)]).toEqual([status, code])
    expect(tookMs).toBeLessThan(5_000)
  },
)

test('C9: an issuer that fails is told to the game at once, before anybody is sent there', async () => {
  const path = '/.well-known/openid-configuration'
  const documentOf = (issuer: string) => ({
    issuer,
    authorization_endpoint: `${double.url}/auth`,
    token_endpoint: `${double.url}/token`,
    jwks_uri: `${double.url}/jwks`,
  })
  await game.setProvider('oidc:own', { client_id: 'the-game', issuer: double.url })
  const begin = () =>
    game.game('POST', '/auth/oauth/oidc/own', {
      redirect_uri: homePage,
      code_challenge: pkcePair().challenge,
    })
  const cases: [Told, number, string][] = [
    [{ afterMs: 30_000, json: {} }, 504, 'provider_timeout'],
    [{ status: 500, json: {} }, 502, 'provider_unavailable'],
    [{ bytes: '<p>' }, 502, 'provider_unavailable'],
    [{ json: { issuer: double.url } }, 502, 'provider_unavailable'],
    [{ json: documentOf('https://another.example') }, 502, 'provider_unavailable'],
    [{ bytes: big() }, 502, 'provider_unavailable'],
  ]
  for (const [told, status, code] of cases) {
    double.tell(path, told)
    const answer = await begin()
    expect([answer.status, codeOf(answer)]).toEqual([status, code])
    expect(JSON.stringify(answer.body)).not.toContain(double.host)
  }
})

test('C9, I1: an issuer within our own network is not called unless the operator has named it', async () => {
  for (const issuer of [
    'http://127.0.0.1:1',
    'https://127.0.0.1:1',
    'https://169.254.169.254',
    'https://localhost:1',
    'https://[::1]:1',
  ]) {
    await game.setProvider('oidc:inside', { client_id: 'the-game', issuer })
    const answer = await game.game('POST', '/auth/oauth/oidc/inside', {
      redirect_uri: homePage,
      code_challenge: pkcePair().challenge,
    })
    expect([issuer, codeOf(answer)]).toEqual([issuer, 'provider_unavailable'])
  }
})

test('without Redis no sign-in begins or ends: what cannot be remembered is refused', async () => {
  const redis = await startTestRedis()
  const alone = await openOauthGame(stack, {
    REDIS_URL: redis.url,
    OAUTH_ENDPOINTS: `github=${double.url}`,
  })
  try {
    await alone.setProvider('github', { client_id: 'the-game', client_secret: 'the secret' })
    const flow = await alone.begin('github')
    await redis.kill()
    const state = flow.providerUrl.searchParams.get('state') ?? ''
    const back = await flow.browser.load(
      `${alone.apiUrl}/api/v1/auth/oauth/callback/github?${new URLSearchParams({ state, code: 'c' })}`,
    )
    expect([back.status, JSON.parse(back.text).code]).toEqual([503, 'unavailable'])
    const wish = { redirect_uri: homePage, code_challenge: pkcePair().challenge }
    for (const [path, body] of [
      ['/auth/oauth/github', wish],
      ['/auth/oauth/token', { code: 'x', code_verifier: pkcePair().verifier }],
      ['/auth/device/code', undefined],
      ['/auth/device/token', { device_code: 'x' }],
    ] as const) {
      const answer = await alone.game('POST', path, body)
      expect([path, answer.status, codeOf(answer)]).toEqual([path, 503, 'unavailable'])
    }
  } finally {
    // Jobs say goodbye to their queue, so it has to be there when the process ends.
    await redis.start()
    await alone.close()
    await redis.close()
  }
})

test('C1: on https the mark of the browser is a __Host- cookie, and browsers are told to stay there', async () => {
  const secure = await openOauthGame(stack, {
    PUBLIC_URL: 'https://cloud.example',
    OAUTH_ENDPOINTS: `github=${double.url}`,
  })
  try {
    await secure.setProvider('github', { client_id: 'the-game', client_secret: 'the secret' })
    const wish = { redirect_uri: homePage, code_challenge: pkcePair().challenge }
    const { authorization_url } = Object(
      (await secure.game('POST', '/auth/oauth/github', wish)).body,
    )
    expect(authorization_url).toMatch(/^https:\/\/cloud\.example\/api\/v1\/auth\/oauth\/begin\//)
    const page = await openCookieBrowser().load(
      authorization_url.replace('https://cloud.example', secure.apiUrl),
    )
    expect(page.headers.getSetCookie()[0]).toMatch(
      /^__Host-aethex_sign_in_[\w-]{16}=[\w-]{32}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
    )
    expect(page.headers.get('strict-transport-security')).toBe('max-age=31536000')
    expect(new URL(page.location ?? '').searchParams.get('redirect_uri')).toBe(
      'https://cloud.example/api/v1/auth/oauth/callback/github',
    )
  } finally {
    await secure.close()
  }
})
