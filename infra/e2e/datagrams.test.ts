import { freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import {
  join,
  openBrowser,
  openRoomPage,
  type RoomPage,
  type RoomWindow,
  type SeenFrame,
  say,
  showState,
  statesIn,
  told,
  type Way,
} from './room-page.js'

/** Real browsers whose states go by a data channel to the relay, and by the socket when that breaks. */

/** What the page keeps of its data channels; see the script below. */
interface TappedWindow extends RoomWindow {
  channels: { readyState: string; close(): void }[]
  /** So many of the next states are lost on their way to the relay, and so many frames from it. */
  loseOut: number
  loseIn: number
  sent: number
  got: number
}
declare const window: TappedWindow

const stack = inject('stack')
let environment: TestEnvironment
let browser: Browser
const open: RoomPage[] = []
const patient = { timeout: 30_000 }

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  browser = await openBrowser()
})
afterAll(() => browser?.close())
afterEach(async () => {
  for (const { context } of open.splice(0)) await context.close()
})

/** Counts datagrams, and loses some. The first byte 3 is a state. */
const tap = `Object.assign(window, { channels: [], loseOut: 0, loseIn: 0, sent: 0, got: 0 })
window.RTCPeerConnection = class extends RTCPeerConnection {
  createDataChannel(...how) {
    const channel = super.createDataChannel(...how)
    const { send, addEventListener } = channel
    channel.send = bytes => {
      if (bytes[0] === 3 && window.loseOut-- > 0) return
      window.loseOut = Math.max(0, window.loseOut)
      if (bytes[0] === 3) window.sent += 1
      send.call(channel, bytes)
    }
    channel.addEventListener = (type, listener) =>
      addEventListener.call(channel, type, event => {
        if (type === 'message' && window.loseIn > 0) {
          window.loseIn -= 1
          return
        }
        if (type === 'message') window.got += 1
        listener(event)
      })
    window.channels.push(channel)
    return channel
  }
}`

const lineOf = ({ page }: RoomPage) =>
  page.evaluate(() => window.channels.at(-1)?.readyState ?? 'none')

async function openOne(roomId: string, way: Way): Promise<RoomPage> {
  const page = await openRoomPage(browser, environment, stack.game_url, {
    datagrams: true,
    before: tap,
    ...way,
  })
  open.push(page)
  await join(page, roomId)
  await expect.poll(() => lineOf(page), patient).toBe('open')
  return page
}

async function pair(way: Way = {}): Promise<[RoomPage, RoomPage]> {
  const roomId = `datagrams-${crypto.randomUUID()}`
  return [await openOne(roomId, way), await openOne(roomId, way)]
}

const counts = ({ page }: RoomPage) => page.evaluate(() => ({ sent: window.sent, got: window.got }))

const saysState = ({ way, text }: SeenFrame) =>
  way === 'out' && text.includes('player_state_update')
/** In JSON: an array that begins with a tick, alone or in a frame with others. */
const bringsStates = ({ way, text }: SeenFrame) =>
  way === 'in' && (/^\[\d/.test(text) || /^\[.*[,[]\[\d/.test(text))

/** Shows one state after the other, a little faster than they are sent. */
const walk = ({ page }: RoomPage, from: number, steps: number) =>
  page.evaluate(
    async ({ from, steps }) => {
      for (let x = from; x < from + steps; x++) {
        window.cloud.multiplayer.sendState({ x, name: 'mover' })
        await new Promise(resolve => setTimeout(resolve, 40))
      }
    },
    { from, steps },
  )

const expectSeen = (viewer: RoomPage, mover: RoomPage, state: object) =>
  expect.poll(() => statesIn(viewer, [mover.id]), patient).toEqual([state])

describe.each(['json', 'msgpack'] as const)('in %s', codec => {
  test('states go by the data channel and messages by the socket, and all arrive', async () => {
    const [ann, bob] = await pair({ codec })
    await showState(ann, { x: 0 })
    await showState(bob, { x: 0 })
    await expectSeen(bob, ann, { x: 0 })
    await expectSeen(ann, bob, { x: 0 })
    const before = { ann: await counts(ann), bob: await counts(bob) }
    for (const { frames } of [ann, bob]) frames.length = 0
    await Promise.all([walk(ann, 1, 60), walk(bob, 1, 60)])
    await expectSeen(bob, ann, { x: 60, name: 'mover' })
    await expectSeen(ann, bob, { x: 60, name: 'mover' })
    for (const [page, { sent, got }] of [
      [ann, before.ann],
      [bob, before.bob],
    ] as const) {
      const now = await counts(page)
      expect(now.sent - sent).toBeGreaterThan(15)
      expect(now.got - got).toBeGreaterThan(15)
      // Only what nothing newer followed is said on the socket too, to be sure; on a busy machine that is not the last alone.
      expect(page.frames.filter(saysState).length).toBeLessThan((now.sent - sent) / 3)
      if (codec === 'json') expect(page.frames.filter(bringsStates)).toEqual([])
    }
    expect(await say(ann, 'by the socket')).toBe('taken')
    for (const { complaints } of [ann, bob]) expect(complaints).toEqual([])
  }, 120_000)
})

test('the state shown last arrives though its datagram is lost, also when it looks as one before', async () => {
  const [ann, bob] = await pair()
  await showState(ann, { jumping: false })
  await expectSeen(bob, ann, { jumping: false })
  // By now the socket has said it too.
  await expect.poll(() => ann.frames.filter(saysState).length, patient).toBe(1)
  await ann.page.evaluate(async () => {
    const { multiplayer } = window.cloud
    multiplayer.sendState({ jumping: true, at: 1 })
    await new Promise(resolve => setTimeout(resolve, 80))
    window.loseOut = 1
    multiplayer.sendState({ jumping: false, at: 1 })
  })
  await expectSeen(bob, ann, { jumping: false, at: 1 })
  // A field that only a datagram has told goes away again.
  await showState(ann, { jumping: false })
  await expectSeen(bob, ann, { jumping: false })
  expect((await counts(ann)).sent).toBe(2)
}, 90_000)

test('what the relay sent last arrives though its datagram is lost and nothing moves any more', async () => {
  const [ann, bob] = await pair()
  await showState(ann, { x: 1 })
  await expectSeen(bob, ann, { x: 1 })
  bob.frames.length = 0
  await bob.page.evaluate(() => {
    window.loseIn = 2
  })
  await showState(ann, { x: 2 })
  await expectSeen(bob, ann, { x: 2 })
  expect(bob.frames.filter(bringsStates)).toEqual([])
  expect(await bob.page.evaluate(() => window.loseIn)).toBe(0)
}, 90_000)

test('when the channel closes, states go by the socket within seconds, in both directions', async () => {
  const [ann, bob] = await pair()
  await showState(ann, { x: 1 })
  await expectSeen(bob, ann, { x: 1 })
  await ann.page.evaluate(() => window.channels.at(-1)?.close())
  ann.frames.length = 0
  const closedAt = performance.now()
  await Promise.all([walk(ann, 2, 20), walk(bob, 2, 20)])
  await expectSeen(bob, ann, { x: 21, name: 'mover' })
  await expectSeen(ann, bob, { x: 21, name: 'mover' })
  expect(performance.now() - closedAt).toBeLessThan(15_000)
  expect(ann.frames.filter(saysState).length).toBeGreaterThan(5)
  expect(ann.frames.filter(bringsStates).length).toBeGreaterThan(0)
}, 90_000)

test('after a lost connection states go by a new channel', async () => {
  const [ann, bob] = await pair()
  await walk(ann, 0, 30)
  await expectSeen(bob, ann, { x: 29, name: 'mover' })
  await ann.page.evaluate(() => window.cutSockets())
  await expect.poll(() => told(ann), patient).toContain('in again')
  await expect.poll(() => ann.page.evaluate(() => window.channels.length), patient).toBe(2)
  await expect.poll(() => lineOf(ann), patient).toBe('open')
  const { sent, got } = await counts(ann)
  ann.frames.length = 0
  await Promise.all([walk(ann, 30, 40), walk(bob, 0, 40)])
  await expectSeen(bob, ann, { x: 69, name: 'mover' })
  await expectSeen(ann, bob, { x: 39, name: 'mover' })
  const now = await counts(ann)
  expect(now.sent - sent).toBeGreaterThan(10)
  expect(now.got - got).toBeGreaterThan(10)
  expect(ann.frames.filter(saysState).length).toBeLessThan((now.sent - sent) / 3)
}, 90_000)

test('a browser without data channels plays on by the socket', async () => {
  const roomId = `datagrams-${crypto.randomUUID()}`
  const way = { datagrams: true, before: 'delete window.RTCPeerConnection' }
  const ann = await openRoomPage(browser, environment, stack.game_url, way)
  open.push(ann)
  await join(ann, roomId)
  const bob = await openOne(roomId, {})
  await showState(ann, { x: 1 })
  await showState(bob, { x: 2 })
  await expectSeen(bob, ann, { x: 1 })
  await expectSeen(ann, bob, { x: 2 })
}, 60_000)
