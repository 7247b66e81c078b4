import { call, freshEnvironment, freshPlayer, mailboxAt } from '@aethex/shared/testing'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { findChromium } from './chromium.js'

/** A parent has a letter and a browser, and nothing else. */

const stack = inject('stack')
let browser: Browser

beforeAll(async () => {
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  browser = await chromium.launch({
    executablePath: await findChromium(),
    args: [...asRoot, '--disable-gpu', '--disable-background-networking'],
  })
})
afterAll(() => browser?.close())

const askAs = (headers: Record<string, string>) => (method: string, path: string, json?: unknown) =>
  call(method, `${stack.api_url}/api/v1${path}`, {
    headers,
    ...(json === undefined ? {} : { json }),
  })

async function openLetter() {
  const environment = await freshEnvironment(stack)
  const path = `/studio/environments/${environment.environmentId}`
  const studio = askAs({ authorization: `Bearer ${environment.memberToken}` })
  await studio('PUT', `${path}/settings/age.gate`, { enabled: true })
  await studio('POST', `${path}/policies`, {
    kind: 'privacy',
    documents: [
      { locale: 'en', title: 'Privacy', text: '<img src=x onerror=alert(1)> what we do' },
    ],
  })
  const player = await freshPlayer(environment)
  const child = askAs(player.headers)
  const birth_date = `${new Date().getUTCFullYear() - 8}-01-01`
  await child('POST', '/auth/age', { birth_date, country: 'DE' })
  const parent_email = `${crypto.randomUUID()}@parent.example`
  await child('POST', '/privacy/parental-consent/request', { parent_email })
  const letter = await mailboxAt(stack.mail_url, parent_email).next(/asks for your consent/)
  const [link = ''] = /http\S+\/parents#\S+/.exec(letter.text) ?? []
  const permissions = async () => Object((await child('GET', '/auth/permissions')).body).permissions
  return { link, permissions, username: player.username }
}

async function openPage(link: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('dialog', async dialog => {
    complaints.push(dialog.message())
    await dialog.dismiss()
  })
  await page.goto(link)
  return { page, complaints }
}

test('I5: a parent reads the letter, allows one thing, takes it back, and nothing runs that is not ours', async () => {
  const { link, permissions, username } = await openLetter()
  const { page, complaints } = await openPage(link)
  await page.getByRole('heading', { name: 'A child asks for your consent' }).waitFor()
  expect(await page.textContent('main')).toContain(username)
  await page.getByText('Privacy', { exact: true }).click()
  expect(await page.textContent('pre')).toBe('<img src=x onerror=alert(1)> what we do')
  await page.getByLabel('writing to other players').check()
  await page.getByRole('button', { name: 'I agree' }).click()
  expect(await permissions()).toMatchObject({ chat: false })
  await page.getByLabel('I am a parent or guardian').check()
  await page.getByRole('button', { name: 'I agree' }).click()
  await page.getByRole('heading', { name: 'Thank you' }).waitFor()
  expect(await permissions()).toMatchObject({ chat: true, voice: false, third_parties: false })
  await page.getByRole('link', { name: 'Look after it now' }).click()
  await page.getByRole('heading', { name: 'Your consent' }).waitFor()
  await page.getByRole('button', { name: 'Take my consent back' }).click()
  await page.getByText('You took it back on').waitFor()
  expect(await permissions()).toMatchObject({ chat: false })
  expect(complaints).toEqual([])
})

test('a link that was used says so', async () => {
  const { page } = await openPage(`${stack.api_url}/parents#code=pc_used`)
  await page.getByText('This link has expired').waitFor()
})
