import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { freePort } from '../../apps/api/src/testing/free-port.js'
import { type Issuer, startIssuer } from '../../apps/api/src/testing/issuer.js'
import { type OauthGame, openOauthGame, pkcePair } from '../../apps/api/src/testing/oauth-game.js'
import { findChromium } from './chromium.js'

/** A game's page in a real browser, the platform, and a real issuer: three origins, as it will be. */
const stack = inject('stack')
const sdk = new URL('../../packages/sdk/dist/aethex.min.js', import.meta.url)

let issuer: Issuer
let game: OauthGame
let site: Server
let home: string
let browser: Browser

const pageOf = (apiKey: string, url: string) => `<!doctype html>
<title>A game</title>
<button id="popup">In a window</button>
<button id="redirect">On this page</button>
<output></output>
<script type="module">
import { createCloud } from '/sdk.js'
const cloud = createCloud({ apiKey: '${apiKey}', url: '${url}' })
const show = result => {
  document.querySelector('output').textContent = result.success ? result.user?.username : result.error.code
}
for (const mode of ['popup', 'redirect']) {
  document.getElementById(mode).onclick = async () => show(await cloud.auth.loginOAuth('oidc:acme', { mode }))
}
show(await cloud.auth.completeOAuthRedirect())
</script>`

beforeAll(async () => {
  const [apiPort, sitePort] = [await freePort(), await freePort()]
  const publicUrl = `http://127.0.0.1:${apiPort}`
  home = `http://127.0.0.1:${sitePort}/play`
  issuer = await startIssuer(`${publicUrl}/api/v1/auth/oauth/callback/oidc:acme`)
  game = await openOauthGame(stack, {
    PORT: String(apiPort),
    PUBLIC_URL: publicUrl,
  })
  await game.setProvider('oidc:acme', {
    client_id: issuer.client.id,
    client_secret: issuer.client.secret,
    issuer: issuer.url,
  })
  await game.setSetting('auth.redirects', { allowed: [home] })
  site = createServer((request, response) => {
    const isSdk = request.url === '/sdk.js'
    response.writeHead(200, { 'content-type': isSdk ? 'text/javascript' : 'text/html' })
    response.end(isSdk ? readFileSync(sdk) : pageOf(game.environment.publishableKey, publicUrl))
  }).listen(sitePort, '127.0.0.1')
  await once(site, 'listening')
  browser = await chromium.launch({
    executablePath: await findChromium(),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
}, 120_000)
afterAll(async () => {
  await browser?.close()
  site?.close()
  await Promise.all([game?.close(), issuer?.close()])
})

/** Signs in at the issuer's own pages, and agrees. */
async function signInAtIssuer(page: Page, login: string): Promise<void> {
  await page.locator('input[name=login]').fill(login)
  await page.locator('input[name=password]').fill('any')
  await page.locator('button[type=submit]').click()
  await page.getByRole('button', { name: 'Continue' }).click()
}

async function openGame(): Promise<Page> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(home)
  return page
}

const shown = (page: Page) => page.locator('output')

test('a player signs in through a popup, which closes itself', async () => {
  const page = await openGame()
  const [popup] = await Promise.all([page.waitForEvent('popup'), page.click('#popup')])
  await signInAtIssuer(popup, 'ada')
  await expect.poll(() => shown(page).textContent()).toBe('ada')
  await expect.poll(() => popup.isClosed()).toBe(true)
  expect(page.url()).toBe(home)
})

test('a player who closes the popup is told so', async () => {
  const page = await openGame()
  const [popup] = await Promise.all([page.waitForEvent('popup'), page.click('#popup')])
  await popup.waitForURL(/interaction/)
  await popup.close()
  await expect.poll(() => shown(page).textContent(), { timeout: 5_000 }).toBe('cancelled')
})

test('a popup that its page has lost comes back by redirect, and signs in all the same', async () => {
  const page = await openGame()
  const [popup] = await Promise.all([page.waitForEvent('popup'), page.click('#popup')])
  await popup.addInitScript("Object.defineProperty(window, 'opener', { value: null })")
  await signInAtIssuer(popup, 'bob')
  await expect.poll(() => shown(popup).textContent()).toBe('bob')
})

test('a player signs in by redirect, and the code is gone from the address', async () => {
  const page = await openGame()
  await page.click('#redirect')
  await signInAtIssuer(page, 'carol')
  await expect.poll(() => shown(page).textContent()).toBe('carol')
  expect(page.url()).toBe(home)
})

test('the hosted page signs in with a provider, though the studio has allowed no address for it', async () => {
  const context = await browser.newContext({ locale: 'en-GB' })
  const page = await context.newPage()
  const { apiUrl, environmentId } = game.environment
  await page.goto(`${apiUrl}/auth/sign-in?env=${environmentId}`)
  const button = page.getByRole('button', { name: 'Continue with acme' })
  const [popup] = await Promise.all([page.waitForEvent('popup'), button.click()])
  await signInAtIssuer(popup, 'dora')
  await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
  await page.getByText('Signed in as dora.').waitFor()
  await expect.poll(() => popup.isClosed()).toBe(true)
  const elsewhere = { redirect_uri: `${apiUrl}/auth/sign-in`, mode: 'redirect' }
  const refused = await game.game('POST', '/auth/oauth/oidc/acme', {
    ...elsewhere,
    code_challenge: pkcePair().challenge,
  })
  expect(refused.body).toMatchObject({ code: 'redirect_not_allowed' })
})

test('C1: somebody else’s finished sign-in, sent as a link, signs nobody in', async () => {
  const flow = await game.begin('oidc/acme', { redirect_uri: home })
  const link = await issuer.signIn(flow.browser, flow.providerUrl.href, 'mallory')
  const victim = await openGame()
  const answer = await victim.goto(link)
  expect(answer?.status()).toBe(400)
  expect(await answer?.json()).toMatchObject({ code: 'sign_in_state_invalid' })
})
