import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { Cloud, createCloud } from '@aethex/sdk'
import type { TestEnvironment } from '@aethex/shared/testing'
import type { Browser, Page } from 'playwright-core'

const require = createRequire(import.meta.url)
const sdk = readFileSync(
  path.join(path.dirname(require.resolve('@aethex/sdk/package.json')), 'dist/aethex.min.js'),
  'utf8',
)

const spy = readFileSync(new URL('voice-spy.mjs', import.meta.url), 'utf8')

/** Where a frame of sound was seen: at the sender or the receiver, before the worker's step or after it. */
export type Spot = 'out before' | 'out after' | 'in before' | 'in after'

/**
 * Another browser: Chromium before it had `RTCRtpScriptTransform`, or one that takes a transform and sends in clear all
 * the same, as Chromium does when it is told too late. Or a changed client: one whose keys are not
 * the right ones, or one that plays what comes in as it is.
 */
export type Trick = 'none' | 'older browser' | 'deaf browser' | 'wrong keys' | 'unopened'

interface Heard {
  /** The greatest effective value of a tenth of a second, from 0 to 1. */
  loudest: number
  /** From 0 to 1: how much the tones of what the page plays are those of a microphone. */
  likeness: number
}

/** What the page keeps for the test. */
export interface VoiceWindow {
  createCloud: typeof createCloud
  cloud: Cloud
  events: string[]
  /** 32 random bytes each, or what keys were derived to, in base64. */
  secrets: string[]
  frames: { spot: Spot; bytes: string }[]
  /** To other players, the newest last. */
  connections: { close(): void }[]
  microphonesAsked: number
  /** For so long, or until it is enough. */
  listen(ms: number, isEnough?: (heard: Heard) => boolean): Promise<Heard>
}

declare const window: VoiceWindow

/** Everything that the relay could see of a page. */
export interface Talker {
  page: Page
  id: string
  /** What passed its socket, in both directions. */
  wire: string[]
  complaints: string[]
}

/** A page of a game of that environment, signed in as a fresh guest, with voice not yet enabled. */
export async function openTalker(
  browser: Browser,
  environment: TestEnvironment,
  gameUrl: string,
  trick: Trick = 'none',
): Promise<Talker> {
  const context = await browser.newContext()
  const at = new URL('/voice-page', gameUrl).href
  await context.route(at, route =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><title>voice</title><script type="module">
        import { createCloud } from '/voice-sdk.js'
        globalThis.createCloud = createCloud
      </script>`,
    }),
  )
  await context.route(new URL('/voice-sdk.js', gameUrl).href, route =>
    route.fulfill({ contentType: 'text/javascript', body: sdk }),
  )
  const page = await context.newPage()
  const wire: string[] = []
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(error.message))
  page.on('websocket', socket => {
    socket.on('framesent', ({ payload }) => void wire.push(payload.toString()))
    socket.on('framereceived', ({ payload }) => void wire.push(payload.toString()))
  })
  await page.addInitScript(`window.trick = ${JSON.stringify(trick)};${spy}`)
  await page.goto(at)
  const id = await page.evaluate(
    async ({ apiKey, url }) => {
      const cloud = window.createCloud({ apiKey, url })
      window.cloud = cloud
      const signedIn = await cloud.auth.loginAnonymous()
      if (!signedIn.success) throw new Error(signedIn.error.message)
      const { voice } = cloud.multiplayer
      voice.on('joined', who => window.events.push(`joined ${who}`))
      voice.on('left', who => window.events.push(`left ${who}`))
      voice.on('error', ({ code }) => window.events.push(`error ${code}`))
      voice.on('speaking', (who, is) => window.events.push(`${is ? 'speaks' : 'stops'} ${who}`))
      return signedIn.user.id
    },
    { apiKey: environment.publishableKey, url: environment.apiUrl },
  )
  return { page, id, wire, complaints }
}
