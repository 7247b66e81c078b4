import { fileURLToPath } from 'node:url'
import { freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { build } from 'esbuild'
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { findChromium } from './chromium.js'

/** Passkeys in a real browser, with an authenticator of its own, through the SDK as a game ships it. */

const stack = inject('stack')
const { port } = new URL(stack.api_url)
const origin = `http://localhost:${port}`
let browser: Browser
let environment: TestEnvironment
let script: string

beforeAll(async () => {
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  browser = await chromium.launch({
    executablePath: await findChromium(),
    args: [
      ...asRoot,
      '--disable-gpu',
      '--disable-background-networking',
      // Pages that the test serves itself have no address, and would have to ask before they call one.
      '--disable-features=LocalNetworkAccessChecks',
    ],
  })
  environment = await freshEnvironment(stack)
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../../packages/sdk/src/index.ts', import.meta.url))],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  })
  script = outputFiles[0]?.text ?? ''
})
afterAll(() => browser?.close())
afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
})

interface Stage {
  page: Page
  authenticator: CDPSession
  authenticatorId: string
}

const gamePage = () => `<!doctype html><title>Game</title><script type="module">
  import { createCloud } from '/sdk.js'
  const [apiKey, url] = ${JSON.stringify([environment.publishableKey, origin])}
  window.cloud = createCloud({ apiKey, url })
</script>`

/** A page of the game with a finger reader, its SDK at hand as `cloud`. */
async function open(from = origin, { isOld = false } = {}): Promise<Stage> {
  const context = await browser.newContext()
  const page = await context.newPage()
  const serve = (path: string, contentType: string, body: string) =>
    page.route(`${from}${path}`, route => route.fulfill({ contentType, body }))
  await serve('/sdk.js', 'text/javascript', script)
  await serve('/game', 'text/html', gamePage())
  if (isOld) {
    await page.addInitScript(`
      delete PublicKeyCredential.parseCreationOptionsFromJSON
      delete PublicKeyCredential.parseRequestOptionsFromJSON
      delete PublicKeyCredential.prototype.toJSON
    `)
  }
  const authenticator = await context.newCDPSession(page)
  await authenticator.send('WebAuthn.enable')
  const { authenticatorId } = await authenticator.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  await page.goto(`${from}/game`)
  await page.waitForFunction('window.cloud !== undefined')
  return { page, authenticator, authenticatorId }
}

/** What a call of the SDK resolves to, in the page; errors as their code and details. */
const run = (page: Page, call: string) =>
  page.evaluate(`(async () => {
    const result = await cloud.${call}
    if (result.success) return result
    return { code: result.error.code, details: result.error.details }
  })()`) as Promise<Record<string, never>>

async function guest(page: Page): Promise<string> {
  const { user, ...failure } = await run(page, 'auth.loginAnonymous()')
  if (user === undefined) throw new Error(`the guest was refused: ${JSON.stringify(failure)}`)
  return Object(user).id
}

test('a player adds a passkey, signs out, and signs in with nothing but the passkey', async () => {
  const { page } = await open()
  const id = await guest(page)
  expect(await page.evaluate('cloud.auth.passkeys.isSupported()')).toBe(true)
  const added = await run(page, "auth.passkeys.register('Laptop')")
  expect(added).toMatchObject({ passkey: { name: 'Laptop', transports: ['internal'] } })
  expect(await run(page, 'auth.passkeys.register()')).toMatchObject({ code: 'passkey_exists' })
  await run(page, 'auth.logout()')
  expect(await run(page, 'auth.passkeys.login()')).toMatchObject({ user: { id } })
  expect(await run(page, 'auth.getProfile()')).toMatchObject({ user: { id } })
  const { items } = await run(page, 'auth.passkeys.list()')
  expect(items).toMatchObject([{ name: 'Laptop', last_used_at: expect.any(String) }])
})

test('a browser without the newer functions does the same', async () => {
  const { page } = await open(origin, { isOld: true })
  const id = await guest(page)
  expect(await run(page, "auth.passkeys.register('Laptop')")).toMatchObject({ success: true })
  expect(await run(page, 'auth.passkeys.register()')).toMatchObject({ code: 'passkey_exists' })
  await run(page, 'auth.logout()')
  expect(await run(page, 'auth.passkeys.login()')).toMatchObject({ user: { id } })
})

test('a page of another origin makes no passkey and opens no session, though the browser would', async () => {
  const elsewhere = await open(`http://localhost:${new URL(stack.game_url).port}`)
  await guest(elsewhere.page)
  expect(await run(elsewhere.page, 'auth.passkeys.register()')).toMatchObject({
    code: 'passkey_invalid',
  })
  const { credentials } = await elsewhere.authenticator.send('WebAuthn.getCredentials', {
    authenticatorId: elsewhere.authenticatorId,
  })
  expect(credentials).toHaveLength(1)

  // The same key, registered on a page that may, and then shown on the one that may not.
  const here = await open()
  await guest(here.page)
  await run(here.page, 'auth.passkeys.register()')
  const kept = await here.authenticator.send('WebAuthn.getCredentials', {
    authenticatorId: here.authenticatorId,
  })
  const [credential] = kept.credentials
  if (credential === undefined) throw new Error('the authenticator has no key')
  await elsewhere.authenticator.send('WebAuthn.clearCredentials', {
    authenticatorId: elsewhere.authenticatorId,
  })
  await elsewhere.authenticator.send('WebAuthn.addCredential', {
    authenticatorId: elsewhere.authenticatorId,
    credential,
  })
  expect(await run(elsewhere.page, 'auth.passkeys.login()')).toMatchObject({
    code: 'invalid_credentials',
  })
  expect(await run(here.page, 'auth.passkeys.login()')).toMatchObject({ success: true })
})

test('a passkey answers the second step of a sign-in, and proves anew who one is', async () => {
  const { page } = await open()
  const id = await guest(page)
  await run(page, 'auth.passkeys.register()')
  const enrolled = await page.evaluate(`(async () => {
    const { totp } = await cloud.auth.secondFactor.enrol()
    const bits = [...totp.secret]
      .map(letter => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
      .join('')
    const bytes = Uint8Array.from(bits.match(/.{8}/g), byte => parseInt(byte, 2))
    const step = new DataView(new ArrayBuffer(8))
    step.setUint32(4, Math.floor(Date.now() / 30000))
    const hmac = { name: 'HMAC', hash: 'SHA-1' }
    const key = await crypto.subtle.importKey('raw', bytes, hmac, false, ['sign'])
    const mac = new DataView(await crypto.subtle.sign('HMAC', key, step))
    const number = mac.getUint32(mac.getUint8(19) & 15) & 0x7fffffff
    const code = String(number % 1000000).padStart(6, '0')
    return cloud.auth.secondFactor.confirm(code)
  })()`)
  expect(Object(enrolled).recovery_codes).toHaveLength(10)
  await run(page, 'auth.logout()')

  const refused = await run(page, 'auth.loginAnonymous()')
  expect(refused).toMatchObject({
    code: 'second_factor_required',
    details: { factors: ['totp', 'recovery_code', 'passkey'] },
  })
  const token = JSON.stringify(Object(refused.details).mfa_token)
  const complete = `auth.secondFactor.complete(${token}, { passkey: true })`
  expect(await run(page, complete)).toMatchObject({ user: { id } })
  expect(await run(page, complete)).toMatchObject({ code: 'mfa_token_invalid' })
  expect(await run(page, 'auth.reauthenticate({ passkey: true })')).toMatchObject({
    fresh_until: expect.any(String),
  })

  // Two factors in one: nothing more is asked.
  await run(page, 'auth.logout()')
  expect(await run(page, 'auth.passkeys.login()')).toMatchObject({ user: { id } })
})

test('a question that the page takes back is a failure, and the next one is answered', async () => {
  const { page, authenticator, authenticatorId } = await open()
  const id = await guest(page)
  await run(page, 'auth.passkeys.register()')
  const simulate = (enabled: boolean) =>
    authenticator.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
  await simulate(false)
  const cancelled = await run(page, 'auth.passkeys.login({ signal: AbortSignal.timeout(500) })')
  expect(cancelled).toMatchObject({ code: 'passkey_cancelled' })
  await simulate(true)
  expect(await run(page, 'auth.passkeys.login()')).toMatchObject({ user: { id } })
})

test('a member adds a passkey and logs in with it', async () => {
  const { page } = await open()
  const account = {
    email: `${crypto.randomUUID()}@studio.example`,
    password: 'a long studio password',
    name: 'Grace',
  }
  const seen = await page.evaluate(`(async () => {
    const post = async (path, body, token) => {
      const answer = await fetch('/api/v1/studio' + path, {
        method: 'POST',
        headers: {
          ...(body ? { 'content-type': 'application/json' } : {}),
          ...(token ? { authorization: 'Bearer ' + token } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      return answer.json()
    }
    const { member, session } = await post('/signup', ${JSON.stringify(account)})
    const token = session.access_token
    const offer = await post('/passkeys/registration-options', undefined, token)
    const made = await navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(offer.options),
    })
    const kept = await post('/passkeys', { credential: made.toJSON(), name: 'Laptop' }, token)
    const asked = await post('/login/passkey/options')
    const shown = await navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked.options),
    })
    const login = await post('/login/passkey', { credential: shown.toJSON() })
    return { member, kept, login }
  })()`)
  const { member, kept, login } = Object(seen)
  expect(kept.passkey).toMatchObject({ name: 'Laptop' })
  expect(login).toMatchObject({ member: { id: member.id }, session: { token_type: 'Bearer' } })
})
