import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findChromium } from './chromium.js'

/** The store of saves in a browser's own database: what no stand-in for IndexedDB can prove. */

const sdkFile = fileURLToPath(import.meta.resolve('@aethex/sdk/aethex.min.js'))
const html =
  '<!doctype html><script type="module">import * as sdk from "/sdk.js"; window.sdk = sdk</script>'

let server: Server
let url: string
let folder: string
let context: BrowserContext

const launch = async () =>
  chromium.launchPersistentContext(folder, {
    executablePath: await findChromium(),
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
    ],
  })

beforeAll(async () => {
  const script = await readFile(sdkFile)
  server = createServer((request, response) => {
    const isScript = request.url === '/sdk.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : html)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  folder = await mkdtemp(path.join(tmpdir(), 'aethex-browser-'))
  context = await launch()
})

afterAll(async () => {
  await context?.close()
  server?.closeAllConnections()
  server?.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
})

/** A tab. What runs in it is written as text: here there is no window, and no DOM to check it against. */
async function openPage(before = ''): Promise<Page> {
  const page = await context.newPage()
  if (before !== '') await page.addInitScript(before)
  await page.goto(url)
  await page.waitForFunction('window.sdk !== undefined')
  return page
}

const run = <T>(page: Page, code: string): Promise<T> =>
  page.evaluate<T>(
    `(async ({ createIndexedStore, createCloud, Vector3 }) => { ${code} })(window.sdk)`,
  )

test('keeps bytes of any size for the next start of the browser', async () => {
  const bytes = 16 * 1024 * 1024
  await run(
    await openPage(),
    `const store = createIndexedStore('lasting')
    await store.write('ada/slot1/large', new Uint8Array(${bytes}).map((_, index) => index % 251))
    await store.write('ada/slot1/record', new Uint8Array([1, 2, 3]))
    await store.write('ada/slot10/record', new Uint8Array([4]))
    await store.remove('ada/slot10/record')`,
  )
  await context.close()
  context = await launch()
  const found = await run(
    await openPage(),
    `const store = createIndexedStore('lasting')
    const large = await store.read('ada/slot1/large')
    return {
      keys: await store.keys('ada/slot1/'),
      record: [...(await store.read('ada/slot1/record'))],
      size: large.length,
      isWhole: large.every((byte, index) => byte === index % 251),
      isGone: (await store.read('ada/slot10/record')) === undefined,
    }`,
  )
  expect(found).toEqual({
    keys: ['ada/slot1/large', 'ada/slot1/record'],
    record: [1, 2, 3],
    size: bytes,
    isWhole: true,
    isGone: true,
  })
})

test.each([
  ['by the locks of the browser', 'locks', ''],
  [
    'by leases where it has none',
    'leases',
    "Object.defineProperty(navigator, 'locks', { value: undefined })",
  ],
])('lets one tab at a time work under a name, %s', async (_how, means, before) => {
  const tabs = await Promise.all([openPage(before), openPage(before), openPage(before)])
  // Reads, waits and writes: two at a time would lose counts.
  const count = `const store = createIndexedStore('counted by ${means}')
    for (let turn = 0; turn < 5; turn++) {
      await store.lock('count', async () => {
        const [before = 0] = (await store.read('count')) ?? []
        await new Promise(resolve => setTimeout(resolve, 5))
        await store.write('count', new Uint8Array([before + 1]))
      })
    }
    return navigator.locks === undefined ? 'leases' : 'locks'`
  expect(await Promise.all(tabs.map(tab => run(tab, count)))).toEqual([means, means, means])
  const read = `return [...(await createIndexedStore('counted by ${means}').read('count'))]`
  expect(await Promise.all(tabs.map(tab => run(tab, read)))).toEqual([[15], [15], [15]])
  for (const tab of tabs) await tab.close()
})

test('tells the other tabs, and not itself', async () => {
  const [one, two] = await Promise.all([openPage(), openPage()])
  const listen = `window.heard = []
    window.store = createIndexedStore('told')
    window.store.onTold(message => window.heard.push(message))`
  for (const tab of [one, two]) await run(tab, listen)
  await run(one, "window.store.tell('ada/slot1')")
  await two.waitForFunction('window.heard.length > 0')
  expect(await run(two, 'return window.heard')).toEqual(['ada/slot1'])
  expect(await run(one, 'return window.heard')).toEqual([])
})

test('says that the disk is full, and still has what was there', async () => {
  await run(await openPage(), "await createIndexedStore('full').write('kept', new Uint8Array([7]))")
  // A browser that runs goes by how much room it has found before.
  await context.close()
  context = await launch()
  const page = await openPage()
  const session = await context.newCDPSession(page)
  const { origin } = new URL(url)
  // What the other tests have written counts too.
  const { usage } = await session.send('Storage.getUsageAndQuota', { origin })
  const quotaSize = usage + 1_000_000
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize })
  const found = await run(
    page,
    `const store = createIndexedStore('full')
    const noise = new Uint8Array(5_000_000)
    for (let at = 0; at < noise.length; at += 50_000) {
      crypto.getRandomValues(noise.subarray(at, at + 50_000))
    }
    const refusal = await store.write('kept', noise).then(() => '', error => error.name)
    return { refusal, size: (await store.read('kept')).length }`,
  )
  await session.send('Storage.overrideQuotaForOrigin', { origin })
  expect(found).toEqual({ refusal: 'QuotaExceededError', size: 1 })
})

test('lets a game save without a network, and find it after the page was closed', async () => {
  const signedIn = `localStorage.setItem('aethex.pk_test.session', JSON.stringify({
    user: { id: 'ada', email: null, username: 'Ada', avatar_url: null, created_at: '' },
    access_token: 'a', refresh_token: 'r', expires_at: Date.now() + 900_000,
  }))`
  // Nobody listens there.
  const open = "const { saves } = createCloud({ apiKey: 'pk_test', url: 'http://127.0.0.1:9' })\n"
  const page = await openPage(signedIn)
  const save = "return saves.save('slot1', { at: new Vector3(1, 2, 3), gold: 10n ** 20n })"
  expect(await run(page, open + save)).toMatchObject({ success: true, synced: false })
  await page.close()
  const loaded = await run(
    await openPage(signedIn),
    `${open} const { data, from } = await saves.load('slot1')
    return { from, isVector: data.at instanceof Vector3, z: data.at.z, gold: String(data.gold) }`,
  )
  expect(loaded).toEqual({ from: 'device', isVector: true, z: 3, gold: '100000000000000000000' })
})
