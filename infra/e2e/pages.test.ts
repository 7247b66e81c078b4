import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { call, freshEnvironment, mailboxAt, type TestEnvironment } from '@aethex/shared/testing'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { findChromium } from './chromium.js'

const stack = inject('stack')
const require = createRequire(import.meta.url)
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')
const pictures = path.join(tmpdir(), 'aethex-pages')

let environment: TestEnvironment
let browser: Browser

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true })
  environment = await freshEnvironment(stack)
  browser = await chromium.launch({
    executablePath: await findChromium(),
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  })
})
afterAll(async () => {
  await browser?.close()
})

const studio = (method: string, at: string, json: unknown) =>
  call(
    method,
    `${environment.apiUrl}/api/v1/studio/environments/${environment.environmentId}${at}`,
    {
      headers: { authorization: `Bearer ${environment.memberToken}` },
      json,
    },
  )

/** A page, failing the test for every error that the browser reports, a blocked script included. */
async function openPage(
  url: string,
  colorScheme: 'light' | 'dark' = 'light',
  prepare: (page: Page) => Promise<void> = async () => {},
) {
  const context = await browser.newContext({ locale: 'en-GB', colorScheme })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', error => faults.push(error.message))
  page.on('console', message => {
    const isAnswer = message.text().includes('the server responded with a status of')
    if (message.type() === 'error' && !isAnswer) faults.push(message.text())
  })
  await prepare(page)
  await page.goto(url)
  return { page, faults, close: () => context.close() }
}

const hosted = (view: string, rest = '') =>
  `${environment.apiUrl}/auth/${view}?env=${environment.environmentId}${rest}`

const Findings = z.array(
  z.object({ id: z.string(), impact: z.string().nullable(), nodes: z.array(z.unknown()) }),
)

/** What axe-core finds that is serious or worse. */
async function seriousFindings(page: Page) {
  // Not as a script of the page: its policy lets nothing but our own run.
  const found = await page.evaluate(
    `(() => { ${axe}; return axe.run(document).then(result => JSON.stringify(result.violations)) })()`,
  )
  const violations = Findings.parse(JSON.parse(String(found)))
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${JSON.stringify(nodes).slice(0, 300)}`)
}

const shoot = (page: Page, name: string) =>
  page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage: true })

describe('the hosted pages', () => {
  test.each(['sign-in', 'sign-up', 'forgot', 'reset', 'verify', 'device'])(
    '%s has no serious finding of axe-core, in light and in dark, and breaks no policy',
    async view => {
      for (const scheme of ['light', 'dark'] as const) {
        const { page, faults, close } = await openPage(hosted(view), scheme)
        await page.locator('h1').waitFor()
        expect(await seriousFindings(page)).toEqual([])
        expect(faults).toEqual([])
        await shoot(page, `${view}-${scheme}`)
        await close()
      }
    },
  )

  test('of no environment, or of no such name, are not there', async () => {
    const nobody = '01890000-0000-7000-8000-000000000000'
    for (const address of [`/auth/sign-in?env=${nobody}`, '/auth/sign-in', '/auth/unknown']) {
      expect((await call('GET', environment.apiUrl + address)).status).toBe(404)
    }
  })

  test('C10: show nothing of their address as markup', async () => {
    const nasty = encodeURIComponent('"><img src=x onerror=alert(1)>')
    const { page, faults, close } = await openPage(
      hosted('sign-in', `&state=${nasty}&locale=${nasty}`),
    )
    await page.locator('h1').waitFor()
    expect(await page.locator('img').count()).toBe(0)
    expect(faults).toEqual([])
    await close()
  })

  test('forbid being framed and running anything but our script', async () => {
    const response = await fetch(hosted('sign-in'))
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval|\*/)
  })
})

const email = () => `${crypto.randomUUID()}@player.example`
const password = 'correct horse battery'

describe('a player', () => {
  test('signs up with the policies accepted and a proof of work done, and signs out', async () => {
    await studio('PUT', '/settings/auth.captcha', { provider: 'proof_of_work', difficulty: 10 })
    await studio('PUT', '/settings/policies.enforcement', { mode: 'required' })
    const url = 'https://studio.example/terms'
    const published = await studio('POST', '/policies', {
      kind: 'terms',
      documents: [{ locale: 'en', title: 'Terms of use', url }],
      requires_acceptance: true,
    })
    expect(published.status).toBe(201)
    try {
      const { page, close } = await openPage(hosted('sign-up'))
      await page.getByLabel('Name in the game').fill(`P ${crypto.randomUUID().slice(0, 8)}`)
      await page.getByLabel('E-mail').fill(email())
      await page.getByRole('textbox', { name: 'Password' }).fill(password)
      await page.getByRole('button', { name: 'Create an account' }).click()
      // The browser asks for the box to be ticked; nothing was sent.
      expect(await page.getByRole('heading', { name: 'Create an account' }).count()).toBe(1)
      await shoot(page, 'sign-up-policies')
      await page.getByRole('checkbox').check()
      expect(await seriousFindings(page)).toEqual([])
      await page.getByRole('button', { name: 'Create an account' }).click()
      await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
      await shoot(page, 'done')
      expect(await seriousFindings(page)).toEqual([])
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByRole('heading', { name: 'Sign in' }).waitFor()
      await close()
    } finally {
      await studio('PUT', '/settings/auth.captcha', {})
      await studio('PUT', '/settings/policies.enforcement', {})
    }
  })

  test('says when they were born where the game asks, and cannot think better of it by loading again', async () => {
    await studio('PUT', '/settings/age.gate', { enabled: true })
    // A process may have read the setting a moment ago.
    const options = `${environment.apiUrl}/api/v1/auth/options`
    const headers = { 'x-api-key': environment.publishableKey }
    await expect
      .poll(async () => (await call('GET', options, { headers })).body)
      .toMatchObject({ age: 'birth_date' })
    try {
      const { page, faults, close } = await openPage(hosted('sign-up'))
      const signUp = async (born: string) => {
        await page.getByLabel('Name in the game').fill(`P ${crypto.randomUUID().slice(0, 8)}`)
        await page.getByLabel('E-mail').fill(email())
        await page.getByRole('textbox', { name: 'Password' }).fill(password)
        expect(await page.getByLabel('Date of birth').inputValue()).toBe('')
        await page.getByLabel('Date of birth').fill(born)
        await page.getByLabel('Country').selectOption('DE')
        for (const box of await page.getByRole('checkbox').all()) await box.check()
        await page.getByRole('button', { name: 'Create an account' }).click()
      }
      const child = `${new Date().getUTCFullYear() - 9}-01-01`
      await signUp(child)
      await page.getByText('This account cannot be created here.').waitFor()
      await shoot(page, 'sign-up-age')
      expect(await seriousFindings(page)).toEqual([])
      await page.reload()
      await signUp('1990-05-17')
      await page.getByText('You have given another answer before.').waitFor()
      expect(faults).toEqual([])
      await close()
      const grown = await openPage(hosted('sign-up'), 'dark')
      expect(await seriousFindings(grown.page)).toEqual([])
      await grown.close()
    } finally {
      await studio('PUT', '/settings/age.gate', {})
    }
  })

  test('is told what is wrong, and comes back into a forgotten account by the letter', async () => {
    const address = email()
    const account = { email: address, password, username: `P ${crypto.randomUUID().slice(0, 8)}` }
    const api = `${environment.apiUrl}/api/v1`
    const key = { 'x-api-key': environment.publishableKey }
    const made = await call('POST', `${api}/auth/register`, { headers: key, json: account })
    expect(made.status).toBe(201)
    const { page, close } = await openPage(hosted('sign-in'))
    await page.getByLabel('E-mail').fill(address)
    await page.getByRole('textbox', { name: 'Password' }).fill('something else')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByText('The e-mail or the password is not right.').waitFor()
    await shoot(page, 'sign-in-wrong')
    expect(await seriousFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Forgot the password?' }).click()
    await page.getByLabel('E-mail').fill(address)
    await page.getByRole('button', { name: 'Send the letter' }).click()
    await page.getByRole('heading', { name: 'Check your mail' }).waitFor()
    await shoot(page, 'sent')
    const letter = await mailboxAt(stack.mail_url, address).next(/password/i)
    const link = /https?:\/\/\S+\/auth\/reset\S+/.exec(letter.text)?.[0] ?? ''
    expect(link).toMatch(/^http:\/\/[^/]+\/auth\/reset\?env=/)
    await page.goto(link)
    await page.getByRole('textbox', { name: 'New password' }).fill('another long password')
    await page.getByRole('button', { name: 'Save the new password' }).click()
    await page.getByText('The new password is saved.').waitFor()
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('E-mail').fill(address)
    await page.getByRole('textbox', { name: 'Password' }).fill('another long password')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
    await close()
  })

  test('signs in for a game, which gets a session of its own by its verifier alone', async () => {
    const address = email()
    const account = { email: address, password, username: `P ${crypto.randomUUID().slice(0, 8)}` }
    const api = `${environment.apiUrl}/api/v1`
    const key = { 'x-api-key': environment.publishableKey }
    await call('POST', `${api}/auth/register`, { headers: key, json: account })
    const redirect = 'https://elsewhere.example/back'
    await studio('PUT', '/settings/auth.redirects', { allowed: ['https://game.example/back'] })
    const verifier = randomBytes(32).toString('base64url')
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    const rest = (uri: string) =>
      `&redirect_uri=${encodeURIComponent(uri)}&code_challenge=${challenge}&state=abc`
    const signIn = async (uri: string) => {
      const { page, close } = await openPage(hosted('sign-in', rest(uri)))
      await page.route('https://game.example/**', route => route.fulfill({ body: 'the game' }))
      await page.getByLabel('E-mail').fill(address)
      await page.getByRole('textbox', { name: 'Password' }).fill(password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      return { page, close }
    }
    const stranger = await signIn(redirect)
    await stranger.page.locator('.alert:not(:empty)').waitFor()
    expect(stranger.page.url()).toContain('/auth/sign-in')
    await stranger.close()
    const { page, close } = await signIn('https://game.example/back')
    await page.waitForURL('https://game.example/**')
    const back = new URL(page.url())
    expect(back.searchParams.get('state')).toBe('abc')
    const code = back.searchParams.get('code')
    const trade = (code_verifier: string) =>
      call('POST', `${api}/auth/hand-over/token`, { headers: key, json: { code, code_verifier } })
    expect((await trade(verifier)).status).toBe(200)
    expect((await trade(verifier)).status).toBe(400)
    await close()
  })
})

/** A game's own page; its origin is one that the platform lets in. */
async function openGame() {
  const bundle = readFileSync(require.resolve('@aethex/sdk/aethex-auth.min.js'), 'utf8')
  const { apiUrl, publishableKey } = environment
  const markup = `<!doctype html><html lang="en"><title>A game</title><main>
    <aethex-auth api-key="${publishableKey}" url="${apiUrl}" locale="en"></aethex-auth></main>
    <script type="module" src="/a-game.js"></script></html>`
  return openPage(`${apiUrl}/a-game`, 'light', async page => {
    await page.route('**/a-game', route =>
      route.fulfill({ body: markup, contentType: 'text/html' }),
    )
    await page.route('**/a-game.js', route =>
      route.fulfill({ body: bundle, contentType: 'text/javascript' }),
    )
  })
}

describe('<aethex-auth> in a page of a game', () => {
  test('signs in, tells the game, and has no serious finding of axe-core', async () => {
    const { page, faults, close } = await openGame()
    await page.evaluate(`document.addEventListener('signed-in', event => {
      document.title = 'Playing as ' + event.detail.user.username
    })`)
    const username = `P ${crypto.randomUUID().slice(0, 8)}`
    await page.getByRole('button', { name: 'Create an account' }).click()
    await page.getByRole('heading', { name: 'Create an account' }).waitFor()
    expect(await seriousFindings(page)).toEqual([])
    await shoot(page, 'embedded')
    await page.getByLabel('Name in the game').fill(username)
    await page.getByLabel('E-mail').fill(email())
    await page.getByRole('textbox', { name: 'Password' }).fill(password)
    for (const box of await page.getByRole('checkbox').all()) await box.check()
    await page.getByRole('button', { name: 'Create an account' }).click()
    await expect.poll(() => page.title()).toBe(`Playing as ${username}`)
    expect(faults).toEqual([])
    await close()
  })
})
