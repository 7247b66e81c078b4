import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { Cloud, createCloud, PeerMessage } from '@aethex/sdk'
import type { Running } from '@aethex/shared/lifecycle'
import { freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../apps/api/src/testing/another-api.js'
import { startTurnServer, type TurnServer } from '../local/coturn.js'
import { scratchFolder } from '../local/scratch-folder.js'
import { findChromium } from './chromium.js'

/** Two browsers in one room reach each other: directly, by a real TURN server, or by the relay. */

interface PeerWindow {
  createCloud: typeof createCloud
  cloud: Cloud
  told: string[]
  messages: PeerMessage[]
}
declare const window: PeerWindow

interface Peer {
  page: Page
  id: string
  /** The kinds of signals that it has sent to the relay. */
  signals: string[]
}

const stack = inject('stack')
const require = createRequire(import.meta.url)
const sdk = readFileSync(
  path.join(path.dirname(require.resolve('@aethex/sdk/package.json')), 'dist/aethex.min.js'),
  'utf8',
)
const secret = 'shared-by-coturn-and-the-api'
const scratch = scratchFolder()
let environment: TestEnvironment
let turn: TurnServer
let browser: Browser
const apis: Record<'good' | 'bad' | 'none', Running | undefined> = {
  good: undefined,
  bad: undefined,
  none: undefined,
}
const pages: Page[] = []

const startTurn = (port?: number) =>
  startTurnServer({
    folder: scratch.folder,
    secret,
    toLoopback: true,
    ...(port === undefined ? {} : { port }),
  })

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  turn = await startTurn()
  const withSecret = (TURN_SECRET: string) =>
    startAnotherApi(stack, { TURN_URLS: turn.url, TURN_SECRET })
  apis.good = await withSecret(secret)
  apis.bad = await withSecret('another-secret-than-that-of-coturn')
  apis.none = await startAnotherApi(stack)
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  browser = await chromium.launch({
    executablePath: await findChromium(),
    args: [
      ...asRoot,
      '--disable-gpu',
      // Pages find each other on loopback by address: names of mDNS are not resolved here, and nobody answers a
      // question whether a page may reach this machine.
      `--disable-features=${[
        'WebRtcHideLocalIpsWithMdns',
        'LocalNetworkAccessChecks',
        'LocalNetworkAccessChecksWebRTC',
        'LocalNetworkAccessChecksWebSockets',
      ].join(',')}`,
    ],
  })
})
afterAll(async () => {
  await browser?.close()
  for (const api of Object.values(apis)) await api?.close()
  await turn?.process.stop()
  scratch.remove()
})
afterEach(async () => {
  for (const page of pages.splice(0)) await page.context().close()
})

function kindsIn(payload: string | Buffer): string[] {
  const message: unknown = JSON.parse(payload.toString())
  const { type, kind } = Object(message)
  return type === 'signal' ? [String(kind)] : []
}

async function openPage(): Promise<{ page: Page; signals: string[] }> {
  const context = await browser.newContext()
  const at = (file: string) => new URL(file, stack.game_url).href
  await context.route(at('/peer-page'), route =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><title>peer</title><script type="module">
        import { createCloud } from '/peer-sdk.js'
        globalThis.createCloud = createCloud
      </script>`,
    }),
  )
  await context.route(at('/peer-sdk.js'), route =>
    route.fulfill({ contentType: 'text/javascript', body: sdk }),
  )
  const page = await context.newPage()
  pages.push(page)
  const signals: string[] = []
  page.on('websocket', socket => {
    socket.on('framesent', ({ payload }) => signals.push(...kindsIn(payload)))
  })
  await page.goto(at('/peer-page'))
  await page.waitForFunction(() => window.createCloud !== undefined)
  return { page, signals }
}

/** A fresh guest in a room, who takes part. */
async function enter(roomId: string, by: keyof typeof apis, hideAddress: boolean): Promise<Peer> {
  const { page, signals } = await openPage()
  const id = await page.evaluate(
    async ({ url, apiKey, roomId, hideAddress }) => {
      window.cloud = window.createCloud({ url, apiKey })
      window.told = []
      window.messages = []
      const { auth, multiplayer } = window.cloud
      const { peers } = multiplayer
      peers.on('connected', () => window.told.push('connected'))
      peers.on('disconnected', () => window.told.push('disconnected'))
      peers.on('state', ({ route }) => window.told.push(route))
      peers.on('message', message => window.messages.push(message))
      const signedIn = await auth.loginAnonymous()
      if (!signedIn.success) throw signedIn.error
      const joined = await multiplayer.joinRoom(roomId)
      if (!joined.success) throw joined.error
      const enabled = await peers.enable({ hideAddress })
      if (!enabled.success) throw enabled.error
      return signedIn.user.id
    },
    { url: apis[by]?.url ?? '', apiKey: environment.publishableKey, roomId, hideAddress },
  )
  return { page, id, signals }
}

async function pair(by: keyof typeof apis, hideAddress = true): Promise<[Peer, Peer]> {
  const roomId = `peers-${crypto.randomUUID()}`
  return [await enter(roomId, by, hideAddress), await enter(roomId, by, hideAddress)]
}

const routeTo = ({ page }: Peer, { id }: Peer) =>
  page.evaluate(other => window.cloud.multiplayer.peers.getRoute(other), id)

const say = ({ page }: Peer, { id }: Peer, said: unknown[], reliable = true) =>
  page.evaluate(
    async ({ id, said, reliable }) => {
      for (const data of said) {
        const sent = await window.cloud.multiplayer.peers.send(id, data, { reliable })
        if (!sent.success) throw sent.error
      }
    },
    { id, said, reliable },
  )

const heard = ({ page }: Peer) => page.evaluate(() => window.messages)
const told = ({ page }: Peer) => page.evaluate(() => window.told)

const numbers = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))

async function expectTalk(ann: Peer, bob: Peer): Promise<void> {
  await say(ann, bob, numbers(100))
  await say(bob, ann, ['back'])
  await say(bob, ann, [{ x: 1 }], false)
  const expected = numbers(100).map(data => ({ from: ann.id, data, reliable: true }))
  await expect.poll(() => heard(bob), { timeout: 15_000 }).toEqual(expected)
  await expect.poll(() => heard(ann), { timeout: 15_000 }).toHaveLength(2)
  expect(await heard(ann)).toContainEqual({ from: bob.id, data: 'back', reliable: true })
  expect(await heard(ann)).toContainEqual({ from: bob.id, data: { x: 1 }, reliable: false })
}

test('two pages that hide their addresses talk through a TURN server, of which the relay hears nothing', async () => {
  const [ann, bob] = await pair('good')
  for (const [one, other] of [
    [ann, bob],
    [bob, ann],
  ] as const) {
    await expect.poll(() => routeTo(one, other), { timeout: 20_000 }).toBe('turn')
  }
  await expectTalk(ann, bob)
  for (const { signals } of [ann, bob]) expect(signals).not.toContain('data')
  expect([await told(ann), await told(bob)]).toEqual([
    ['connected', 'turn'],
    ['connected', 'turn'],
  ])
  // The server knows them by the names that the API gave out, for this session and this hour.
  for (const { id } of [ann, bob])
    expect(turn.log()).toContain(`:${environment.environmentId}:${id}:`)
}, 60_000)

test('H19: with a credential that the TURN server refuses, pages talk by the relay with the same events', async () => {
  const [ann, bob] = await pair('bad')
  await expect.poll(() => told(ann), { timeout: 20_000 }).toEqual(['connected'])
  await expectTalk(ann, bob)
  expect([await routeTo(ann, bob), await routeTo(bob, ann)]).toEqual(['relay', 'relay'])
  expect(ann.signals).toContain('data')
  expect([await told(ann), await told(bob)]).toEqual([['connected'], ['connected']])
  // No way to the other one, and none shown.
  expect(ann.signals).not.toContain('candidate')
}, 60_000)

test('two pages on one network talk directly', async () => {
  const [ann, bob] = await pair('none', false)
  await expect.poll(() => routeTo(ann, bob), { timeout: 20_000 }).toBe('direct')
  await expectTalk(ann, bob)
  expect(await told(ann)).toEqual(['connected', 'direct'])
}, 60_000)

test('when the TURN server dies the relay takes over without loss or duplicate, and gives back when it is there again', async () => {
  const [ann, bob] = await pair('good')
  await expect.poll(() => routeTo(ann, bob), { timeout: 20_000 }).toBe('turn')
  await expect.poll(() => routeTo(bob, ann), { timeout: 20_000 }).toBe('turn')
  await say(ann, bob, numbers(50))
  turn.process.kill('SIGKILL')
  await turn.process.exited
  await say(ann, bob, numbers(50))
  await expect.poll(async () => (await heard(bob)).length, { timeout: 15_000 }).toBe(100)
  expect(await routeTo(ann, bob)).toBe('relay')
  turn = await startTurn(turn.port)
  await expect.poll(() => routeTo(ann, bob), { timeout: 60_000 }).toBe('turn')
  await expect.poll(() => routeTo(bob, ann), { timeout: 60_000 }).toBe('turn')
  await say(ann, bob, numbers(50))
  await expect.poll(async () => (await heard(bob)).length, { timeout: 15_000 }).toBe(150)
  const three = [...numbers(50), ...numbers(50), ...numbers(50)]
  expect((await heard(bob)).map(({ data }) => data)).toEqual(three)
}, 120_000)
