import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { call, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { findChromium } from './chromium.js'

/** A player on two devices, one of them without a network, and the dialog that asks what becomes of both saves. */

const stack = inject('stack')
const require = createRequire(import.meta.url)
const read = (file: string) => readFileSync(require.resolve(file), 'utf8')
const axe = read('axe-core/axe.min.js')
const scripts: Record<string, string> = {
  '/a-game/sdk.js': read('@aethex/sdk/aethex.min.js'),
  '/a-game/save-dialog.js': read('@aethex/sdk/aethex-save-dialog.min.js'),
  '/a-game/game.js': `import * as sdk from '/a-game/sdk.js'
    import '/a-game/save-dialog.js'
    window.sdk = sdk
    window.dialog = document.querySelector('aethex-save-conflict')`,
}
const markup = `<!doctype html><html lang="en"><title>A game</title><main><h1>A game</h1>
  <button id="game">Play</button></main><aethex-save-conflict></aethex-save-conflict>
  <script type="module" src="/a-game/game.js"></script></html>`
/** As strict as a page can be: no style in it, no picture, no script but its own. */
const policy = "default-src 'none'; script-src 'self'; connect-src 'self'"
const pictures = path.join(tmpdir(), 'aethex-save-conflict')

let environment: TestEnvironment
let browser: Browser

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true })
  environment = await freshEnvironment(stack)
  const { apiUrl, environmentId, memberToken } = environment
  const settings = `${apiUrl}/api/v1/studio/environments/${environmentId}/settings`
  const put = await call('PUT', `${settings}/saves.conflicts`, {
    headers: { authorization: `Bearer ${memberToken}` },
    json: {
      rules: {
        fields: [
          { path: '/coins', rule: 'sum' },
          { path: '/best_times/*', rule: 'min' },
          { path: '/achievements', rule: 'union' },
          { path: '/title', rule: 'ask' },
          { path: '/position', rule: 'last_writer', whole: true },
        ],
      },
    },
  })
  expect(put.status).toBe(200)
  browser = await chromium.launch({
    executablePath: await findChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  })
})
afterAll(async () => {
  await browser?.close()
})

interface Device {
  page: Page
  context: BrowserContext
  faults: string[]
  /** Runs code of the game, which has `cloud`, `sdk` and `dialog`. */
  run<T>(code: string): Promise<T>
}

/** A device of a player: with the sign-in of another one, or of a new guest. */
async function openDevice(name: string, signIn: string | null = null): Promise<Device> {
  const { apiUrl, publishableKey } = environment
  const context = await browser.newContext({
    locale: 'en-GB',
    viewport: { width: 900, height: 1000 },
  })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', error => faults.push(error.message))
  page.on('console', message => {
    const isNetwork = /Failed to load resource|net::ERR/.test(message.text())
    if (message.type() === 'error' && !isNetwork) faults.push(message.text())
  })
  await page.route('**/a-game**', route => {
    const script = scripts[new URL(route.request().url()).pathname]
    return route.fulfill({
      body: script ?? markup,
      contentType: script === undefined ? 'text/html' : 'text/javascript',
      headers: { 'content-security-policy': policy },
    })
  })
  if (signIn !== null) {
    const entries = JSON.stringify(signIn)
    await page.addInitScript(
      `for (const [key, value] of JSON.parse(${entries})) localStorage.setItem(key, value)`,
    )
  }
  await page.goto(`${apiUrl}/a-game`)
  await page.waitForFunction('window.dialog !== undefined')
  const run = <T>(code: string): Promise<T> =>
    page.evaluate<T>(`(async ({ sdk, cloud, dialog }) => { ${code} })(window)`)
  await run(`window.cloud = sdk.createCloud({
      apiKey: ${JSON.stringify(publishableKey)}, url: '',
      saves: { device: ${JSON.stringify(name)}, platform: 'web', delayMs: 10 },
    })
    if (localStorage.length === 0) sdk.unwrap(await window.cloud.auth.loginAnonymous())`)
  return { page, context, faults, run }
}

/** The same player twice, both with the same save in their hands. */
async function openDevices(): Promise<{ phone: Device; desk: Device }> {
  const phone = await openDevice('Phone')
  const begun = {
    coins: 100,
    title: 'Squire',
    achievements: ['first_steps'],
    best_times: { forest: 61.5, castle: 120 },
    position: { x: 0, y: 0 },
    music: true,
  }
  await phone.run(`const { save, flush } = cloud.saves
    sdk.unwrap(await save('main', ${JSON.stringify(begun)}, { name: 'The long way home', play_time_seconds: 3_600 }))
    sdk.unwrap(await flush())`)
  const signIn = await phone.run<string>(`return JSON.stringify(Object.entries(localStorage))`)
  const desk = await openDevice('Desk', signIn)
  await desk.run(`sdk.unwrap(await cloud.saves.load('main'))`)
  return { phone, desk }
}

/** The phone plays without a network, the desk with one; then the phone finds its network again. */
async function meet({ phone, desk }: { phone: Device; desk: Device }): Promise<void> {
  await phone.context.setOffline(true)
  const saved = await phone.run<{ synced: boolean }>(`
    const { data } = sdk.unwrap(await cloud.saves.load('main'))
    Object.assign(data, { coins: 130, title: 'Dragonslayer', position: { x: 4, y: 2 } })
    data.achievements.push('slain_a_dragon')
    data.best_times.forest = 58.2
    return sdk.unwrap(await cloud.saves.save('main', data, { name: 'The long way home', play_time_seconds: 5_400 }))`)
  expect(saved.synced).toBe(false)
  await desk.run(`
    const { data } = sdk.unwrap(await cloud.saves.load('main'))
    Object.assign(data, { coins: 80, title: 'Merchant', position: { x: 9, y: 9 }, music: false })
    data.achievements.push('first_trade')
    data.best_times.forest = 59.9
    sdk.unwrap(await cloud.saves.save('main', data, { name: 'The long way home', play_time_seconds: 4_320 }))
    sdk.unwrap(await cloud.saves.flush())
    sdk.unwrap(await cloud.saves.setThumbnail('main', await window.drawn(['#dcd2a8', '#7a9c59', '#c98a3a'])))`)
  await phone.context.setOffline(false)
}

/** Makes pictures as a game would, of its own screen. */
const drawing = `window.drawn = ([sky, land, sun]) => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 })
  const pen = canvas.getContext('2d')
  for (const [color, top] of [[sky, 0], [land, 120]]) {
    pen.fillStyle = color
    pen.fillRect(0, top, 320, 180)
  }
  pen.fillStyle = sun
  pen.beginPath()
  pen.arc(240, 60, 26, 0, 7)
  pen.fill()
  return new Promise(resolve => canvas.toBlob(resolve))
}`

const attach = `window.told = []
  for (const name of ['conflict-resolved', 'conflict-postponed']) {
    dialog.addEventListener(name, ({ detail }) => window.told.push(name + ' ' + detail.slot))
  }
  dialog.attach(cloud, { picture: () => window.drawn(['#1d2b53', '#29435c', '#f4e9c1']) })`

async function openConflict() {
  const devices = await openDevices()
  for (const { run } of [devices.phone, devices.desk]) await run(drawing)
  await devices.phone.run(attach)
  await meet(devices)
  const dialog = devices.phone.page.getByRole('dialog', { name: 'Two versions of your progress' })
  await dialog.waitFor()
  return { ...devices, dialog }
}

const Findings = z.array(z.object({ id: z.string(), nodes: z.array(z.unknown()) }))

/** All that axe-core finds, however small. */
async function findingsOf(page: Page): Promise<string[]> {
  const found = await page.evaluate(
    `(() => { ${axe}; return axe.run(document).then(result => JSON.stringify(result.violations)) })()`,
  )
  return Findings.parse(JSON.parse(String(found))).map(
    ({ id, nodes }) => `${id}: ${JSON.stringify(nodes).slice(0, 300)}`,
  )
}

const inSaves = (device: Device) =>
  device.run<{ data: unknown; hash: string; version: number }>(`
    const { save, data } = sdk.unwrap(await cloud.saves.load('main'))
    return { data, hash: save.hash, version: save.version }`)

test('a save made offline meets a newer one, the player sees both and decides, and both devices agree', async () => {
  const { phone, desk, dialog } = await openConflict()
  const { page } = phone
  expect(await dialog.getByRole('heading', { level: 3 }).allTextContents()).toEqual([
    'This device: Phone',
    'Other device: Desk',
    'What differs',
  ])
  await expect.poll(() => dialog.getByRole('img').count()).toBe(2)
  const fields = await dialog.getByRole('listitem').allInnerTexts()
  const words = fields.map(text => text.replaceAll(/\s+/g, ' '))
  expect(words).toEqual([
    'Title Choose This device Dragonslayer Other device Merchant Before Squire',
    'Coins Added up This device 130 Other device 80 Before 100 Result 110',
    'Achievements All that either has This device first_steps, slain_a_dragon Other device first_steps, first_trade Before first_steps Result first_steps, first_trade, slain_a_dragon',
    'Best times › forest The smaller one This device 58.2 Other device 59.9 Before 61.5 Result 58.2',
    'Position The later one This device x: 4, y: 2 Other device x: 9, y: 9 Before x: 0, y: 0 Result x: 9, y: 9',
    'Music From the other device This device Yes Other device No Before Yes Result No',
  ])
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    expect(await findingsOf(page)).toEqual([])
    await page.screenshot({ path: path.join(pictures, `${colorScheme}.png`) })
  }
  await dialog.getByRole('radio', { name: 'This device Dragonslayer' }).check()
  await dialog.getByRole('button', { name: 'Combine both' }).click()
  await dialog.waitFor({ state: 'detached' })
  expect(await phone.run('return (await cloud.saves.flush()).pending')).toBe(0)
  const merged = await inSaves(phone)
  expect(merged).toMatchObject({
    version: 3,
    data: {
      coins: 110,
      title: 'Dragonslayer',
      best_times: { forest: 58.2, castle: 120 },
      position: { x: 9, y: 9 },
      music: false,
    },
  })
  expect(await inSaves(desk)).toEqual(merged)
  expect(await phone.run('return window.told')).toEqual(['conflict-resolved main'])
  for (const { faults, context } of [phone, desk]) {
    expect(faults).toEqual([])
    await context.close()
  }
})

test('Escape leaves the decision for later, the keyboard reaches everything, and nothing is lost meanwhile', async () => {
  const { phone, desk, dialog } = await openConflict()
  const { page } = phone
  await page.evaluate(
    `window.keys = []; addEventListener('keydown', ({ key }) => window.keys.push(key))`,
  )
  // What had the focus is out of reach, and the first key that the player still presses for the game decides nothing.
  await page.keyboard.press('Enter')
  expect(await dialog.isVisible()).toBe(true)
  const reached = new Set<string>()
  for (let presses = 0; presses < 12; presses++) {
    await page.keyboard.press('Tab')
    reached.add(
      await phone.run<string>(`const { activeElement } = dialog.shadowRoot
        return activeElement?.textContent || activeElement?.value || document.activeElement?.id || ''`),
    )
  }
  const texts = [...reached].join(' | ')
  for (const text of ['Combine both', 'Keep this', 'Take the other', 'Keep both', 'Decide later']) {
    expect(texts).toContain(text)
  }
  expect(reached).not.toContain('game')
  expect(await phone.run('return window.keys')).toEqual([])
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  expect(await phone.run('return window.told')).toEqual(['conflict-postponed main'])
  expect(await phone.run('return cloud.saves.conflicts().length')).toBe(1)
  expect(await inSaves(desk)).toMatchObject({ version: 2, data: { coins: 80 } })
  expect((await inSaves(phone)).data).toMatchObject({ coins: 130 })
  expect(await phone.run('return dialog.open()')).toBe(true)
  await dialog.getByRole('button', { name: 'Keep both' }).press('Enter')
  await dialog.waitFor({ state: 'detached' })
  await phone.run('return cloud.saves.flush()')
  const slots = await desk.run<string[]>(
    'return (await cloud.saves.list()).items.map(({ save_id }) => save_id)',
  )
  expect(slots).toHaveLength(2)
  const branch = slots.find(slot => slot !== 'main') ?? ''
  expect(branch).toMatch(/^main-/)
  expect(await desk.run(`return (await cloud.saves.load('${branch}')).data.coins`)).toBe(130)
  for (const { faults, context } of [phone, desk]) {
    expect(faults).toEqual([])
    await context.close()
  }
})

test('speaks German on a narrow dark screen, and takes what the other device has', async () => {
  const { phone, desk, dialog: english } = await openConflict()
  const { page } = phone
  await page.setViewportSize({ width: 390, height: 844 })
  await english.getByRole('button', { name: 'Decide later' }).click()
  await phone.run(`dialog.setAttribute('locale', 'de-AT')
    dialog.setAttribute('theme', 'dark')
    dialog.open()`)
  const dialog = page.getByRole('dialog', { name: 'Dein Spielstand in zwei Fassungen' })
  await dialog.waitFor()
  expect(await findingsOf(page)).toEqual([])
  await page.screenshot({ path: path.join(pictures, 'narrow.png') })
  await dialog.getByRole('button', { name: 'Den vom anderen Gerät nehmen' }).click()
  await dialog.waitFor({ state: 'detached' })
  expect(await inSaves(phone)).toEqual(await inSaves(desk))
  expect((await inSaves(phone)).data).toMatchObject({ coins: 80, title: 'Merchant' })
  for (const { context } of [phone, desk]) await context.close()
})

test('a slot that the other device has deleted meanwhile comes back only when the player wants it', async () => {
  const { phone, desk } = await openDevices()
  await phone.run(attach)
  await phone.context.setOffline(true)
  await phone.run(`sdk.unwrap(await cloud.saves.save('main', { coins: 1 }))`)
  await desk.run(`sdk.unwrap(await cloud.saves.delete('main'))
    sdk.unwrap(await cloud.saves.flush())`)
  await phone.context.setOffline(false)
  const dialog = phone.page.getByRole('dialog')
  await dialog.getByText('There the save was deleted.').waitFor()
  expect(await findingsOf(phone.page)).toEqual([])
  expect(await dialog.getByRole('button').allInnerTexts()).toEqual([
    expect.stringContaining('Keep this device’s'),
    expect.stringContaining('Delete here too'),
    'Decide later',
  ])
  await dialog.getByRole('button', { name: 'Keep this device’s' }).click()
  await dialog.waitFor({ state: 'detached' })
  await phone.run('return cloud.saves.flush()')
  expect(await inSaves(desk)).toMatchObject({ version: 3, data: { coins: 1 } })
  for (const { faults, context } of [phone, desk]) {
    expect(faults).toEqual([])
    await context.close()
  }
})

test('what the player has chosen already stays when the same conflict is met again', async () => {
  const { phone, desk, dialog } = await openConflict()
  const mine = dialog.getByRole('radio', { name: 'This device Dragonslayer' })
  expect(await mine.isChecked()).toBe(false)
  await mine.check()
  await phone.run('return cloud.saves.flush()')
  expect(await mine.isChecked()).toBe(true)
  await desk.run(`sdk.unwrap(await cloud.saves.save('main', { coins: 7, title: 'King' }))
    sdk.unwrap(await cloud.saves.flush())`)
  // The desk has gone on: the dialog asks about what is there now.
  await dialog.getByRole('button', { name: 'Combine both' }).click()
  await dialog.getByRole('radio', { name: 'Other device King' }).check()
  await dialog.getByRole('button', { name: 'Combine both' }).click()
  await dialog.waitFor({ state: 'detached' })
  await phone.run('return cloud.saves.flush()')
  expect((await inSaves(desk)).data).toMatchObject({ coins: 37, title: 'King' })
  expect(await inSaves(phone)).toEqual(await inSaves(desk))
  for (const { context } of [phone, desk]) await context.close()
})
