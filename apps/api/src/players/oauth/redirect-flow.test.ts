import { codeOf } from '@aethex/shared/testing'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { inParallel, tally } from '../../testing/caller.js'
import { openCookieBrowser } from '../../testing/cookie-browser.js'
import { freePort } from '../../testing/free-port.js'
import { type Issuer, startIssuer } from '../../testing/issuer.js'
import {
  type BegunFlow,
  codeIn,
  homePage,
  type OauthGame,
  openOauthGame,
  SignedInAnswer,
} from '../../testing/oauth-game.js'

const stack = inject('stack')
let issuer: Issuer
let other: Issuer
let game: OauthGame

beforeAll(async () => {
  const port = await freePort()
  const callback = (slug: string) =>
    `http://127.0.0.1:${port}/api/v1/auth/oauth/callback/oidc:${slug}`
  issuer = await startIssuer(callback('acme'))
  other = await startIssuer(callback('other'))
  game = await openOauthGame(stack, {
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
  })
  for (const [slug, { url, client }] of [
    ['acme', issuer],
    ['other', other],
  ] as const) {
    const input = { client_id: client.id, client_secret: client.secret, issuer: url }
    expect((await game.setProvider(`oidc:${slug}`, input)).status).toBe(200)
  }
})
afterAll(async () => {
  await game?.close()
  await Promise.all([issuer?.close(), other?.close()])
})

/** Lets somebody sign in at the issuer; answers the address with which the issuer sends them back to us. */
const comeBackAddress = ({ browser, providerUrl }: BegunFlow, login: string) =>
  issuer.signIn(browser, providerUrl.href, login)

async function signInAs(login: string, wish: Record<string, unknown> = {}) {
  const flow = await game.begin('oidc/acme', wish)
  const back = await flow.browser.load(await comeBackAddress(flow, login))
  return { flow, back, answer: await game.trade(codeIn(back.location), flow.verifier) }
}

test('a real issuer signs a player in by redirect, and the same one again the next time', async () => {
  const { back, answer } = await signInAs('ada', { state: 'level 3 & more' })
  expect([back.status, answer.status]).toEqual([302, 200])
  const address = new URL(back.location ?? '')
  expect(address.origin + address.pathname).toBe(homePage)
  expect(address.searchParams.get('state')).toBe('level 3 & more')
  expect(back.headers.get('referrer-policy')).toBe('no-referrer')
  const { user } = SignedInAnswer.parse(answer.body)
  expect(user).toMatchObject({ email: 'ada@issuer.example', email_verified: true, username: 'ada' })
  const again = await signInAs('ada')
  expect(SignedInAnswer.parse(again.answer.body).user.id).toBe(user.id)
  const bob = await signInAs('bob')
  expect(SignedInAnswer.parse(bob.answer.body).user.id).not.toBe(user.id)
})

test('the access token that comes of it verifies with our public keys alone', async () => {
  const { answer } = await signInAs('carol')
  const { user, session } = SignedInAnswer.parse(answer.body)
  const keys = createRemoteJWKSet(new URL(`${game.apiUrl}/.well-known/jwks.json`))
  const { payload } = await jwtVerify(session.access_token, keys, {
    issuer: game.apiUrl,
    audience: game.environment.environmentId,
    algorithms: ['ES256'],
  })
  expect(payload.sub).toBe(user.id)
})

test('a native game gets the code on any port of its own machine', async () => {
  for (const redirect_uri of ['http://127.0.0.1:49152/callback', 'http://[::1]:1/callback']) {
    const { back, answer } = await signInAs('dora', { mode: 'loopback', redirect_uri })
    expect(back.location?.startsWith(`${redirect_uri}?code=`)).toBe(true)
    expect(answer.status).toBe(200)
  }
})

test('C7: a loopback address is 127.0.0.1 or [::1], on any port, at exactly the agreed path', async () => {
  const wrong = [
    'http://localhost:5000/callback',
    'http://127.0.0.2:5000/callback',
    'http://127.0.0.1:5000/',
    'http://127.0.0.1:5000/callback/',
    'http://127.0.0.1:5000/callback/more',
    'http://127.0.0.1:5000/callback?next=1',
    'http://127.0.0.1:5000/callback#x',
    'http://127.0.0.1/callback',
    'http://127.0.0.1:65536/callback',
    'http://127.0.0.1:5000@evil.example/callback',
    'http://user@127.0.0.1:5000/callback',
    'http://127.0.0.1.evil.example:5000/callback',
    'http://2130706433:5000/callback',
    'https://127.0.0.1:5000/callback',
    homePage,
  ]
  for (const redirect_uri of wrong) {
    const wish = { redirect_uri, mode: 'loopback', code_challenge: 'A'.repeat(43) }
    const answer = await game.game('POST', '/auth/oauth/oidc/acme', wish)
    expect([redirect_uri, codeOf(answer)]).toEqual([redirect_uri, 'redirect_not_allowed'])
  }
})

test('C6: a sign-in leads to allowed addresses only, letter by letter', async () => {
  const wrong = [
    '//evil.example',
    '/\\evil.example',
    'https:evil.example',
    'javascript:alert(1)',
    '%0d%0aLocation:https://evil.example',
    `${homePage}\r\nLocation: https://evil.example`,
    `${homePage}/`,
    `${homePage}?next=//evil.example`,
    homePage.toUpperCase(),
    'https://game.example.evil.example/signed-in',
    'https://game.example@evil.example/signed-in',
    'http://game.example/signed-in',
    'http://127.0.0.1:5000/callback',
  ]
  for (const redirect_uri of wrong) {
    const wish = { redirect_uri, code_challenge: 'A'.repeat(43) }
    const answer = await game.game('POST', '/auth/oauth/oidc/acme', wish)
    expect([redirect_uri, codeOf(answer)]).toEqual([redirect_uri, 'redirect_not_allowed'])
  }
  for (const redirect_uri of [[homePage], { href: homePage }, 7, null]) {
    const wish = { redirect_uri, code_challenge: 'A'.repeat(43) }
    expect(codeOf(await game.game('POST', '/auth/oauth/oidc/acme', wish))).toBe('invalid_request')
  }
  for (const target of [
    'http://game.example/',
    'https://game.example',
    'https://a.example/#x',
    'javascript:alert(1)',
  ]) {
    const answer = await game.setSetting('auth.redirects', { allowed: [target] })
    expect([target, codeOf(answer)]).toEqual([target, 'invalid_request'])
  }
})

test('C1: without its state, with a wrong one, or twice, an answer of the provider opens nothing', async () => {
  const flow = await game.begin('oidc/acme')
  const address = new URL(await comeBackAddress(flow, 'eve'))
  const without = new URL(address)
  without.searchParams.delete('state')
  const wrong = new URL(address)
  wrong.searchParams.set('state', 'made-up')
  for (const [bent, code] of [
    [without, 'invalid_request'],
    [wrong, 'sign_in_state_invalid'],
  ] as const) {
    const page = await flow.browser.load(bent.href)
    expect([page.status, JSON.parse(page.text).code]).toEqual([400, code])
  }
  expect((await flow.browser.load(address.href)).status).toBe(302)
  const again = await flow.browser.load(address.href)
  expect([again.status, JSON.parse(again.text).code]).toEqual([400, 'sign_in_state_invalid'])
})

test('C1: the answer counts only in the browser that set out', async () => {
  const flow = await game.begin('oidc/acme')
  const address = await comeBackAddress(flow, 'eve')
  const stranger = await openCookieBrowser().load(address)
  expect([stranger.status, JSON.parse(stranger.text).code]).toEqual([400, 'sign_in_state_invalid'])
  expect(stranger.location).toBeUndefined()
})

test('C1: the mark of the browser is a cookie that scripts and other sites cannot use', async () => {
  const wish = { redirect_uri: homePage, code_challenge: 'A'.repeat(43) }
  const { authorization_url } = Object(
    (await game.game('POST', '/auth/oauth/oidc/acme', wish)).body,
  )
  const page = await openCookieBrowser().load(authorization_url)
  const [mark = ''] = page.headers.getSetCookie()
  expect(mark).toMatch(
    /^aethex_sign_in_[\w-]{16}=[\w-]{32}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/,
  )
  const again = await openCookieBrowser().load(authorization_url)
  expect([again.status, JSON.parse(again.text).code]).toEqual([400, 'sign_in_state_invalid'])
})

test('C2: the provider is always asked with S256, and the verifier is ours alone', async () => {
  const flow = await game.begin('oidc/acme')
  const asked = flow.providerUrl.searchParams
  expect(asked.get('code_challenge_method')).toBe('S256')
  expect(asked.get('code_challenge')).toMatch(/^[\w-]{43}$/)
  expect(asked.get('response_type')).toBe('code')
  expect(asked.get('nonce')).toMatch(/^[\w-]{20,}$/)
  expect(flow.authorizationUrl).not.toContain(asked.get('code_challenge') ?? '')
  // Somebody else's code, caught and pushed into a flow of one's own: its verifier does not fit.
  const victim = await game.begin('oidc/acme')
  const caught = new URL(await comeBackAddress(victim, 'victim'))
  const mine = new URL(await comeBackAddress(flow, 'mallory'))
  mine.searchParams.set('code', caught.searchParams.get('code') ?? '')
  const back = await flow.browser.load(mine.href)
  expect(codeOf(await game.trade(codeIn(back.location), flow.verifier))).toBe('provider_refused')
})

test('C2: the game proves its own verifier, and gets one try', async () => {
  const wish = { redirect_uri: homePage }
  expect(codeOf(await game.game('POST', '/auth/oauth/oidc/acme', wish))).toBe('invalid_request')
  const flow = await game.begin('oidc/acme')
  const back = await flow.browser.load(await comeBackAddress(flow, 'fred'))
  const code = codeIn(back.location)
  const short = await game.trade(code, 'short')
  expect([short.status, codeOf(short)]).toEqual([400, 'invalid_request'])
  const missing = await game.game('POST', '/auth/oauth/token', { code })
  expect(codeOf(missing)).toBe('invalid_request')
  expect(codeOf(await game.trade(code, 'w'.repeat(43)))).toBe('sign_in_code_invalid')
  expect(codeOf(await game.trade(code, flow.verifier))).toBe('sign_in_code_invalid')
})

test('C3: the answer of one issuer is not taken for that of another', async () => {
  const flow = await game.begin('oidc/acme')
  const address = new URL(await comeBackAddress(flow, 'gina'))
  expect(address.searchParams.get('iss')).toBe(issuer.url)
  address.searchParams.set('iss', other.url)
  const swapped = await flow.browser.load(address.href)
  expect([swapped.status, JSON.parse(swapped.text).code]).toEqual([400, 'sign_in_state_invalid'])
  const second = await game.begin('oidc/acme')
  const elsewhere = (await comeBackAddress(second, 'gina')).replace('oidc:acme', 'oidc:other')
  const crossed = await second.browser.load(elsewhere)
  expect([crossed.status, JSON.parse(crossed.text).code]).toEqual([400, 'sign_in_state_invalid'])
})

test('C3: an issuer that always names itself is not believed without its name', async () => {
  const flow = await game.begin('oidc/acme')
  const address = new URL(await comeBackAddress(flow, 'gina'))
  address.searchParams.delete('iss')
  const back = await flow.browser.load(address.href)
  expect(codeOf(await game.trade(codeIn(back.location), flow.verifier))).toBe('provider_refused')
})

test('C4: of twenty tries at one code, and at one answer of the provider, one signs in', async () => {
  const flow = await game.begin('oidc/acme')
  const back = await flow.browser.load(await comeBackAddress(flow, 'hugo'))
  const code = codeIn(back.location)
  const answers = await inParallel(20, () => game.trade(code, flow.verifier))
  expect(tally(answers)).toEqual({ 200: 1, 400: 19 })
  expect(codeOf(await game.trade(code, flow.verifier))).toBe('sign_in_code_invalid')
  const second = await game.begin('oidc/acme')
  const address = await comeBackAddress(second, 'hugo')
  const pages = await inParallel(20, () => second.browser.load(address))
  expect(pages.filter(({ status }) => status === 302)).toHaveLength(1)
  expect(pages.filter(({ status }) => status === 400)).toHaveLength(19)
})

test('a player who is banned hears so when the game trades the code', async () => {
  const { answer } = await signInAs('banned')
  const { user } = SignedInAnswer.parse(answer.body)
  const path = `/studio/environments/${game.environment.environmentId}/players/${user.id}/ban`
  const ban = await game.studio('POST', path, { reason: 'cheating', ends_at: null })
  expect(ban.status).toBeLessThan(300)
  const again = await signInAs('banned')
  expect([again.answer.status, codeOf(again.answer)]).toEqual([403, 'account_banned'])
})

test('a code is worth nothing in another environment', async () => {
  const away = await openOauthGame(stack)
  const flow = await game.begin('oidc/acme')
  const back = await flow.browser.load(await comeBackAddress(flow, 'ines'))
  const answer = await away.trade(codeIn(back.location), flow.verifier)
  await away.close()
  expect(codeOf(answer)).toBe('sign_in_code_invalid')
})

test('C10: what a provider says of its error is never shown, and a no reaches the game', async () => {
  const html = '<script>alert(1)</script>'
  const callback = `${game.apiUrl}/api/v1/auth/oauth/callback/oidc:acme`
  const page = await openCookieBrowser().load(`${callback}?error=${encodeURIComponent(html)}`)
  expect(page.status).toBe(400)
  expect(page.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(page.text).not.toContain('<script>')
  for (const [error, code] of [
    ['access_denied', 'sign_in_denied'],
    [html, 'provider_refused'],
  ] as const) {
    const flow = await game.begin('oidc/acme')
    const search = new URLSearchParams({
      error,
      error_description: html,
      state: flow.providerUrl.searchParams.get('state') ?? '',
      iss: issuer.url,
    })
    const back = await flow.browser.load(`${callback}?${search}`)
    expect(back.status).toBe(302)
    expect(back.location).not.toContain('script')
    const answer = await game.trade(codeIn(back.location), flow.verifier)
    expect([answer.status, codeOf(answer)]).toEqual([400, code])
    expect(JSON.stringify(answer.body)).not.toContain('alert')
  }
})

test('C10: an answer sent as a form counts like one in the address, and comes back as a page load', async () => {
  const flow = await game.begin('oidc/acme')
  const address = new URL(await comeBackAddress(flow, 'jana'))
  const form = new URLSearchParams(address.searchParams)
  const target = address.origin + address.pathname
  const sent = await openCookieBrowser().load(target, { method: 'POST', body: form })
  expect(sent.status).toBe(303)
  const back = await flow.browser.load(sent.location ?? '')
  expect((await game.trade(codeIn(back.location), flow.verifier)).status).toBe(200)
  form.append('state', 'twice')
  const twice = await openCookieBrowser().load(target, { method: 'POST', body: form })
  expect([twice.status, JSON.parse(twice.text).code]).toEqual([400, 'invalid_request'])
})

test('a popup page hands the code to the allowed origin and runs nothing but its own script', async () => {
  const flow = await game.begin('oidc/acme', {
    mode: 'popup',
    state: `"><img src=x onerror=alert(1)>`,
  })
  const page = await flow.browser.load(await comeBackAddress(flow, 'kira'))
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  expect(page.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; script-src 'sha256-[\w+/=]+'; base-uri 'none'/,
  )
  expect(page.text).toContain('data-origin="https:&#47;&#47;game.example"'.replaceAll('&#47;', '/'))
  expect(page.text).not.toContain('<img')
})
