import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type * as Sdk from '@aethex/sdk'
import type { Codec } from '@aethex/sdk/msgpack'
import type { TestEnvironment } from '@aethex/shared/testing'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { findChromium } from './chromium.js'

const require = createRequire(import.meta.url)
const dist = path.join(path.dirname(require.resolve('@aethex/sdk/package.json')), 'dist')

/** What pages in a room keep for the test. */
export interface RoomWindow {
  sdk: typeof Sdk
  msgpack: Codec
  cloud: Sdk.Cloud
  network: Sdk.NetworkSimulator
  /** What was said in the room, as it was heard. */
  heard: unknown[]
  /** What became of the room, its members and the connection. */
  told: string[]
  /** How often others were told to look some way. */
  looks: number
  cutSockets(): void
}

/** How a page plays. */
export interface Way {
  codec?: 'json' | 'msgpack'
  datagrams?: boolean
  /** The conditions of a simulated network. */
  network?: Sdk.NetworkConditions
  /** A script that runs before anything of the page. */
  before?: string
}

/** A frame of the page's sockets, as text. */
export interface SeenFrame {
  way: 'out' | 'in'
  text: string
}

export interface RoomPage {
  page: Page
  context: BrowserContext
  id: string
  frames: SeenFrame[]
  /** What the page complained of. */
  complaints: string[]
}

/** Runs in the page, before the game. */
declare const window: RoomWindow

/** A Chromium whose pages may talk to this machine. */
export async function openBrowser(): Promise<Browser> {
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({
    executablePath: await findChromium(),
    args: [
      ...asRoot,
      '--disable-gpu',
      '--disable-dev-shm-usage',
      // Names of mDNS, which hide local addresses, are not resolved here; nor is there anybody to ask whether a page
      // may reach this machine. Pages in the background must keep their timers.
      `--disable-features=${[
        'WebRtcHideLocalIpsWithMdns',
        'LocalNetworkAccessChecks',
        'LocalNetworkAccessChecksWebRTC',
        'LocalNetworkAccessChecksWebSockets',
      ].join(',')}`,
      '--disable-background-timer-throttling',
      '--disable-renderer-backgrounding',
      '--disable-backgrounding-occluded-windows',
    ],
  })
}

/** Lets a test break the sockets of a page, as a network does that goes away. */
const cutter = `{
  const sockets = []
  window.WebSocket = class extends WebSocket {
    constructor(...how) {
      super(...how)
      sockets.push(this)
    }
  }
  window.cutSockets = () => {
    for (const socket of sockets.splice(0)) socket.close()
  }
}`

/** A page of the game; in the context of another one it is a second tab of the same player. */
async function openPage(context: BrowserContext, gameUrl: string, before: string) {
  const at = (file: string) => new URL(file, gameUrl).href
  await context.route(at('/room-page'), route =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><title>room</title><script type="module">
        import * as sdk from '/room-sdk/index.js'
        import { msgpack } from '/room-sdk/msgpack.js'
        Object.assign(globalThis, { sdk, msgpack })
      </script>`,
    }),
  )
  await context.route(at('/room-sdk/*'), route => {
    const file = path.basename(new URL(route.request().url()).pathname)
    return route.fulfill({
      contentType: 'text/javascript',
      body: readFileSync(path.join(dist, file), 'utf8'),
    })
  })
  const page = await context.newPage()
  const frames: SeenFrame[] = []
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(error.message))
  page.on('websocket', socket => {
    const keep =
      (way: SeenFrame['way']) =>
      ({ payload }: { payload: string | Buffer }) =>
        void frames.push({ way, text: payload.toString() })
    socket.on('framesent', keep('out'))
    socket.on('framereceived', keep('in'))
  })
  await page.addInitScript(`${cutter};${before}`)
  await page.goto(at('/room-page'))
  await page.waitForFunction(() => window.msgpack !== undefined)
  return { page, frames, complaints }
}

/** A page of a guest, or in the context of another page one of the same guest. */
export async function openRoomPage(
  browser: Browser,
  environment: TestEnvironment,
  gameUrl: string,
  way: Way = {},
  tabOf?: RoomPage,
): Promise<RoomPage> {
  const context = tabOf?.context ?? (await browser.newContext())
  const opened = await openPage(context, gameUrl, way.before ?? '')
  const id = await opened.page.evaluate(
    async ({ apiKey, url, way }) => {
      const { sdk, msgpack } = window
      const { codec, datagrams = false, network } = way
      if (network !== undefined) window.network = sdk.createNetworkSimulator(network, { seed: 7 })
      const cloud = sdk.createCloud({
        apiKey,
        url,
        datagrams,
        reconnect: { firstMs: 100, maxMs: 500 },
        ...(codec === 'msgpack' ? { codec: msgpack } : {}),
        ...(network === undefined ? {} : { WebSocket: window.network.WebSocket }),
      })
      Object.assign(window, { cloud, heard: [], told: [], looks: 0 })
      const { auth, multiplayer } = cloud
      const tell = (...words: unknown[]) => window.told.push(words.join(' '))
      multiplayer.on('message', ({ data }) => window.heard.push(data))
      multiplayer.on('player_state', () => {
        window.looks += 1
      })
      multiplayer.on('player_joined', ({ player_id }) => tell('joined', player_id))
      multiplayer.on('player_left', ({ player_id }) => tell('left', player_id))
      multiplayer.on('player_away', ({ player_id, away }) =>
        tell(away ? 'away' : 'back', player_id),
      )
      multiplayer.on('gap', () => tell('gap'))
      multiplayer.on('room_joined', ({ resumed }) => tell(resumed ? 'in again' : 'in'))
      multiplayer.on('room_left', ({ error }) => tell('out', error?.code ?? ''))
      multiplayer.on('error', ({ code }) => tell('error', code))
      multiplayer.on('state', state => tell(state))
      const known = auth.getCurrentUser()
      if (known !== null) return known.id
      return sdk.unwrap(await auth.loginAnonymous()).user.id
    },
    { apiKey: environment.publishableKey, url: environment.apiUrl, way },
  )
  return { ...opened, context, id }
}

export const join = ({ page }: RoomPage, roomId: string) =>
  page.evaluate(async id => {
    window.sdk.unwrap(await window.cloud.multiplayer.joinRoom(id))
  }, roomId)

/** Says it; resolves with what became of it when the relay has taken it. */
export const say = ({ page }: RoomPage, data: unknown) =>
  page.evaluate(async said => {
    const taken = await window.cloud.multiplayer.sendMessage(said)
    return taken.success ? 'taken' : taken.error.code
  }, data)

export const showState = ({ page }: RoomPage, state: object) =>
  page.evaluate(shown => window.cloud.multiplayer.sendState(shown), state)

/** What the page knows of the states of these players; of one that it does not know, undefined. */
export const statesIn = ({ page }: RoomPage, ids: readonly string[]) =>
  page.evaluate(known => {
    const members = window.cloud.multiplayer.getMembers()
    return known.map(id => members.find(({ player_id }) => player_id === id)?.state)
  }, ids)

export const awayIn = ({ page }: RoomPage) =>
  page.evaluate(() =>
    window.cloud.multiplayer.getMembers().flatMap(member => (member.away ? member.player_id : [])),
  )

/** The network of a page is gone: what was open breaks, and nothing new gets through. */
export async function unplug({ page, context }: RoomPage): Promise<void> {
  await context.setOffline(true)
  await page.evaluate(() => window.cutSockets())
}

export const heard = ({ page }: RoomPage) => page.evaluate(() => window.heard)
export const told = ({ page }: RoomPage) => page.evaluate(() => window.told)
