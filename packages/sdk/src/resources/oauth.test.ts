import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Cloud } from '../cloud.js'
import { createMemoryStorage } from '../core/storage.js'
import { soon } from '../testing/soon.js'
import { player, problem, startTestApi, type TestApi, tokens } from '../testing/test-api.js'
import { createTestCloud, signIn } from '../testing/test-cloud.js'
import { createLoopback } from './oauth-loopback.js'

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
const authorizationUrl = 'https://cloud.example/api/v1/auth/oauth/begin/flow'
const flow = { body: { authorization_url: authorizationUrl, flow_id: 'flow', expires_in: 600 } }

/** What the game proved when it traded the code belongs to what it promised when it began. */
function expectFitting(): void {
  const begun = api.requests.find(({ body }) => 'code_challenge' in body)
  const traded = api.seen('POST /auth/oauth/token').at(-1)
  const verifier = String(traded?.body.code_verifier)
  const digest = createHash('sha256').update(verifier).digest('base64url')
  expect(begun?.body.code_challenge).toBe(digest)
}

test('trades an ID token, an access token and a token of the studio', async () => {
  for (const route of ['google', 'oidc/acme', 'discord'])
    api.answer(`POST /auth/oauth/${route}`, signedIn)
  api.answer('POST /auth/custom', signedIn)
  expect(await cloud.auth.loginWithIdToken('google', 'jwt', 'once')).toMatchObject({
    success: true,
  })
  await cloud.auth.loginWithIdToken('oidc:acme', 'jwt')
  await cloud.auth.loginWithAccessToken('discord', 'token')
  await cloud.auth.loginCustom('of the studio')
  expect(api.requests.map(({ route, body }) => [route, body])).toEqual([
    ['POST /auth/oauth/google', { id_token: 'jwt', nonce: 'once' }],
    ['POST /auth/oauth/oidc/acme', { id_token: 'jwt' }],
    ['POST /auth/oauth/discord', { access_token: 'token' }],
    ['POST /auth/custom', { token: 'of the studio' }],
  ])
  expect(cloud.auth.getCurrentUser()).toEqual(player('ada'))
})

test('hands back why a sign-in was refused, and keeps who is signed in', async () => {
  await signIn(api, cloud, 'guest')
  api.answer('POST /auth/oauth/google', problem(400, 'identity_token_invalid'))
  const result = await cloud.auth.loginWithIdToken('google', 'jwt')
  expect(result).toMatchObject({ success: false, error: { code: 'identity_token_invalid' } })
  expect(cloud.auth.getCurrentUser()?.id).toBe('guest')
})

const deviceCode = (interval: number) => ({
  body: {
    device_code: 'device',
    user_code: 'BCDF-GHJK',
    verification_uri: 'https://cloud.example/auth/device',
    verification_uri_complete: 'https://cloud.example/auth/device?user_code=BCDF-GHJK',
    expires_in: 600,
    interval,
  },
})

test('shows a device code once and asks until the player has decided, as slowly as it is told', async () => {
  api.answer('POST /auth/device/code', deviceCode(0.01))
  api.answer(
    'POST /auth/device/token',
    problem(400, 'authorization_pending', { interval: 0.01 }),
    problem(400, 'slow_down', { interval: 0.3 }),
    problem(503, 'unavailable'),
    signedIn,
  )
  const onCode = vi.fn()
  const startedAt = performance.now()
  const result = await cloud.auth.loginDeviceCode({ onCode })
  expect(result).toMatchObject({ success: true, user: { id: 'ada' } })
  expect(onCode).toHaveBeenCalledTimes(1)
  expect(onCode.mock.calls[0]?.[0]).toMatchObject({ user_code: 'BCDF-GHJK', expires_in: 600 })
  expect(onCode.mock.calls[0]?.[0]).not.toHaveProperty('device_code')
  expect(api.seen('POST /auth/device/token')).toHaveLength(4)
  expect(performance.now() - startedAt).toBeGreaterThan(600)
})

test('a no on the other device ends the waiting, and so does the game', async () => {
  api.answer('POST /auth/device/code', deviceCode(0.01))
  api.answer('POST /auth/device/token', problem(400, 'sign_in_denied'))
  const denied = await cloud.auth.loginDeviceCode({ onCode: () => {} })
  expect(denied).toMatchObject({ success: false, error: { code: 'sign_in_denied' } })
  api.answer('POST /auth/device/code', deviceCode(60))
  const giveUp = new AbortController()
  const waiting = cloud.auth.loginDeviceCode({
    onCode: () => giveUp.abort(),
    signal: giveUp.signal,
  })
  expect(await waiting).toMatchObject({ success: false, error: { code: 'cancelled' } })
})

test('a signed-in player looks at a device, and says yes or no', async () => {
  expect(await cloud.auth.approveDevice('BCDF-GHJK')).toMatchObject({
    error: { code: 'not_signed_in' },
  })
  await signIn(api, cloud)
  const device = { device_name: 'Living room', expires_in: 500 }
  api.answer('POST /auth/device/describe', { body: { device } })
  api.answer('POST /auth/device/approve', { status: 204 })
  api.answer('POST /auth/device/deny', problem(400, 'code_invalid'))
  expect(await cloud.auth.describeDevice('BCDF-GHJK')).toEqual({ success: true, device })
  expect(await cloud.auth.approveDevice('BCDF-GHJK')).toEqual({ success: true })
  expect(await cloud.auth.denyDevice('XXXX')).toMatchObject({ error: { code: 'code_invalid' } })
})

test('in Node the player’s own browser signs in, and comes back to this machine', async () => {
  api.answer('POST /auth/oauth/google', flow)
  api.answer('POST /auth/oauth/token', signedIn)
  const pages: number[] = []
  const openBrowser = async (url: string) => {
    expect(url).toBe(authorizationUrl)
    const { redirect_uri, state, mode } = api.seen('POST /auth/oauth/google')[0]?.body ?? {}
    expect(mode).toBe('loopback')
    expect(redirect_uri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)
    for (const search of ['', `?code=theirs&state=guessed`, `?code=ours&state=${state}`]) {
      pages.push((await fetch(`${redirect_uri}${search}`)).status)
    }
  }
  const loopback = createLoopback({ createServer, openBrowser })
  const result = await cloud.auth.loginOAuth('google', { loopback })
  expect(result).toMatchObject({ success: true, user: { id: 'ada' } })
  expect(pages).toEqual([404, 404, 200])
  expect(api.seen('POST /auth/oauth/token')[0]?.body.code).toBe('ours')
  expectFitting()
})

test('in Node a refusal, or nobody coming back, ends the waiting', async () => {
  api.answer('POST /auth/oauth/google', problem(404, 'not_found'))
  const waiting = (timeoutMs: number) => ({
    loopback: createLoopback({ createServer, openBrowser: () => {}, timeoutMs }),
  })
  expect(await cloud.auth.loginOAuth('google', waiting(20_000))).toMatchObject({
    error: { code: 'not_found' },
  })
  api.answer('POST /auth/oauth/google', flow)
  expect(await cloud.auth.loginOAuth('google', waiting(50))).toMatchObject({
    error: { code: 'timed_out' },
  })
})

/** As much of a page as a sign-in touches. */
function openPage(href: string) {
  const page = new EventTarget()
  const url = new URL(href)
  const assign = vi.fn()
  vi.stubGlobal('location', { href, origin: url.origin, pathname: url.pathname, assign })
  vi.stubGlobal('history', { state: null, replaceState: vi.fn() })
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page))
  const hear = (origin: string, data: unknown) =>
    page.dispatchEvent(Object.assign(new Event('message'), { origin, data }))
  return { assign, hear }
}

const stateOf = (route: string) => String(api.seen(route)[0]?.body.state)

test('leaves the page for a redirect, and finishes on the page that it comes back to', async () => {
  const storage = createMemoryStorage()
  api.answer('POST /auth/oauth/github', flow)
  api.answer('POST /auth/oauth/token', signedIn)
  const before = openPage('https://game.example/play?level=3')
  const leaving = createTestCloud(api, { storage })
  void leaving.auth.loginOAuth('github', { mode: 'redirect' })
  await soon(() => expect(before.assign).toHaveBeenCalledWith(authorizationUrl))
  expect(api.requests[0]?.body).toMatchObject({
    redirect_uri: 'https://game.example/play',
    mode: 'redirect',
  })
  leaving.close()
  const state = stateOf('POST /auth/oauth/github')
  const back = createTestCloud(api, { storage })
  openPage('https://game.example/play?code=theirs&state=of-another')
  expect(await back.auth.completeOAuthRedirect()).toEqual({ success: true, user: null })
  openPage(`https://game.example/play?level=3&code=ours&state=${state}`)
  expect(await back.auth.completeOAuthRedirect()).toMatchObject({ user: { id: 'ada' } })
  const shown = vi.mocked(history.replaceState).mock.calls[0]?.[2]
  expect(String(shown)).toBe('https://game.example/play?level=3')
  expectFitting()
  expect(await back.auth.completeOAuthRedirect()).toEqual({ success: true, user: null })
  back.close()
})

function stubPopup() {
  const popup = { closed: false, close: vi.fn(), location: { href: '' } }
  vi.stubGlobal('open', () => popup)
  return popup
}

test('takes the code from a popup of the right origin with the right state only', async () => {
  const { hear } = openPage('https://game.example/play')
  const popup = stubPopup()
  api.answer('POST /auth/oauth/discord', flow)
  api.answer('POST /auth/oauth/token', signedIn)
  const result = cloud.auth.loginOAuth('discord')
  await soon(() => expect(popup.location.href).toBe(authorizationUrl))
  const state = stateOf('POST /auth/oauth/discord')
  const message = { type: 'aethex.signed_in', code: 'ours', state }
  hear('https://evil.example', { ...message, code: 'theirs' })
  hear('https://cloud.example', { ...message, code: 'theirs', state: 'guessed' })
  hear('https://cloud.example', { ...message, type: 'something else' })
  hear('https://cloud.example', null)
  hear('https://cloud.example', message)
  expect(await result).toMatchObject({ success: true, user: { id: 'ada' } })
  expect(api.seen('POST /auth/oauth/token').map(({ body }) => body.code)).toEqual(['ours'])
  expect(popup.close).toHaveBeenCalled()
  expectFitting()
})

test('says when the popup was blocked, closed, or not allowed', async () => {
  openPage('https://game.example/play')
  vi.stubGlobal('open', () => null)
  expect(await cloud.auth.loginOAuth('google')).toMatchObject({ error: { code: 'popup_blocked' } })
  api.answer('POST /auth/oauth/google', problem(400, 'redirect_not_allowed'), flow)
  const popup = stubPopup()
  expect(await cloud.auth.loginOAuth('google')).toMatchObject({
    error: { code: 'redirect_not_allowed' },
  })
  expect(popup.close).toHaveBeenCalled()
  const closed = cloud.auth.loginOAuth('google')
  popup.closed = true
  expect(await closed).toMatchObject({ error: { code: 'cancelled' } })
})

test('without a page and without a loopback there is no way to sign in', async () => {
  expect(await cloud.auth.loginOAuth('google', { mode: 'redirect' })).toMatchObject({
    error: { code: 'invalid_request' },
  })
  expect(await cloud.auth.completeOAuthRedirect()).toEqual({ success: true, user: null })
})
