import { readFileSync } from 'node:fs'
import { call, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import {
  awayIn,
  heard,
  join,
  openBrowser,
  openRoomPage,
  type RoomPage,
  say,
  showState,
  statesIn,
  told,
  unplug,
  type Way,
} from './room-page.js'

/** Real browsers in one room, by the SDK: what one says all hear, also those whose network was away for a while. */

type Say = (message: object) => void
type Tell = (it: { type: string; data?: string }, say: Say, states: Map<number, object>) => void

/** What the page of the client without the SDK keeps. */
declare const window: {
  play(api: string, headers: Record<string, string>, roomId: string, tell: Tell): void
  say: Say
  said: string[]
  shown: object[]
}

const stack = inject('stack')
let environment: TestEnvironment
let browser: Browser
const open: RoomPage[] = []

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  browser = await openBrowser()
})
afterAll(() => browser?.close())
afterEach(async () => {
  const contexts = new Set(open.splice(0).map(({ context }) => context))
  for (const context of contexts) await context.close()
})

const patient = { timeout: 30_000 }
const freshRoom = () => `rooms-${crypto.randomUUID()}`
const range = (from: number, count: number) => Array.from({ length: count }, (_, n) => from + n)

async function openOne(way: Way = {}, tabOf?: RoomPage): Promise<RoomPage> {
  const page = await openRoomPage(browser, environment, stack.game_url, way, tabOf)
  open.push(page)
  return page
}

async function seat(ways: readonly Way[], roomId = freshRoom()): Promise<RoomPage[]> {
  const pages: RoomPage[] = []
  for (const way of ways) {
    const page = await openOne(way)
    await join(page, roomId)
    pages.push(page)
  }
  return pages
}

/** Every page knows what each of them shows. */
async function expectStates(pages: readonly RoomPage[], states: readonly object[]): Promise<void> {
  const ids = pages.map(({ id }) => id)
  for (const [index, viewer] of pages.entries()) {
    const others = <T>(all: readonly T[]) => all.filter((_, at) => at !== index)
    await expect.poll(() => statesIn(viewer, others(ids)), patient).toEqual(others(states))
  }
}

/** All have heard the same, in one order. */
async function expectSameHeard(pages: readonly RoomPage[], count: number): Promise<unknown[]> {
  const [first] = pages
  if (first === undefined) throw new Error('no pages')
  for (const page of pages) {
    await expect.poll(async () => (await heard(page)).length, patient).toBe(count)
  }
  const all = await heard(first)
  for (const page of pages) expect(await heard(page)).toEqual(all)
  return all
}

describe.each(['json', 'msgpack'] as const)('in %s', codec => {
  test('four pages see and hear each other, and one that was offline for seconds has missed nothing', async () => {
    const pages = await seat(range(0, 4).map(() => ({ codec })))
    const [ann, bob, , dan] = pages as [RoomPage, RoomPage, RoomPage, RoomPage]
    await Promise.all(pages.map((page, at) => showState(page, { at, hp: 9, deep: { a: [at] } })))
    await expectStates(
      pages,
      range(0, 4).map(at => ({ at, hp: 9, deep: { a: [at] } })),
    )
    await Promise.all(pages.flatMap((page, at) => range(0, 5).map(n => say(page, { at, n }))))
    await expectSameHeard(pages, 20)

    await unplug(dan)
    await expect.poll(() => awayIn(ann), patient).toEqual([dan.id])
    const sentAway = say(dan, 'from the tunnel')
    await showState(dan, { at: 3, hp: 1 })
    for (const n of range(0, 30)) {
      expect(await say(n % 2 === 0 ? ann : bob, { after: n })).toBe('taken')
      await showState(ann, n < 29 ? { at: 0, hp: n, [`key${n}`]: true } : { at: 0, hp: 29 })
    }
    await dan.context.setOffline(false)

    expect(await sentAway).toBe('taken')
    const all = await expectSameHeard(pages, 51)
    const after = all.filter(data => Object.hasOwn(Object(data), 'after'))
    expect(after).toEqual(range(0, 30).map(n => ({ after: n })))
    await expectStates(pages, [
      { at: 0, hp: 29 },
      { at: 1, hp: 9, deep: { a: [1] } },
      { at: 2, hp: 9, deep: { a: [2] } },
      { at: 3, hp: 1 },
    ])
    await showState(dan, { at: 3, hp: 2 })
    await expect.poll(() => statesIn(bob, [dan.id]), patient).toEqual([{ at: 3, hp: 2 }])
    expect(await awayIn(ann)).toEqual([])
    expect((await told(dan)).filter(words => /gap|again|left|error/.test(words))).toEqual([
      'in again',
    ])
    expect((await told(bob)).slice(-2)).toEqual([`away ${dan.id}`, `back ${dan.id}`])
    for (const { complaints } of pages) expect(complaints).toEqual([])
  }, 180_000)
})

const Made = z.object({ room: z.object({ room_id: z.string() }) })

/** A room with figures of its own. */
async function makeRoom(wish: object): Promise<string> {
  const { apiUrl, secretKey } = environment
  const made = await call('POST', `${apiUrl}/api/v1/rooms`, {
    headers: { 'x-api-key': secretKey },
    json: wish,
  })
  expect(made.status).toBe(201)
  return Made.parse(made.body).room.room_id
}

test('a page that stays away longer than its seat is kept is told of the gap, and goes on with what is true now', async () => {
  const roomId = await makeRoom({ reconnect_seconds: 2 })
  const pages = await seat([{}, {}], roomId)
  const [ann, bob] = pages as [RoomPage, RoomPage]
  await showState(ann, { x: 1, gone: true })
  await showState(bob, { y: 1 })
  await expectStates(pages, [{ x: 1, gone: true }, { y: 1 }])
  await unplug(bob)
  await expect.poll(() => told(ann), patient).toContain(`left ${bob.id}`)
  expect(await say(ann, 'nobody hears this')).toBe('taken')
  await showState(ann, { x: 2 })
  await bob.context.setOffline(false)
  await expect.poll(() => told(bob), patient).toContain('in again')
  expect(await told(bob)).toContain('gap')
  await expectStates(pages, [{ x: 2 }, { y: 1 }])
  expect(await say(ann, 'and on')).toBe('taken')
  await expect.poll(() => heard(bob), patient).toEqual(['and on'])
}, 90_000)

test('a second tab of the same player takes the seat, and the first one is told that it was replaced', async () => {
  const roomId = freshRoom()
  const [ann, bob] = (await seat([{}, {}], roomId)) as [RoomPage, RoomPage]
  const first = { from: 'first', only: 'there' }
  await showState(bob, first)
  await expect.poll(() => statesIn(ann, [bob.id]), patient).toEqual([first])
  const second = await openOne({}, bob)
  expect(second.id).toBe(bob.id)
  await join(second, roomId)
  await expect.poll(() => told(bob), patient).toContain('error replaced')
  expect((await told(bob)).slice(-3)).toContain('closed')
  await showState(second, { from: 'second' })
  await expect.poll(() => statesIn(ann, [bob.id]), patient).toEqual([{ from: 'second' }])
  expect(await say(ann, 'hello')).toBe('taken')
  await expect.poll(() => heard(second), patient).toEqual(['hello'])
  expect(await heard(bob)).toEqual([])
  // The seat is the same one: nobody has come or gone.
  expect((await told(ann)).filter(words => words.endsWith(bob.id))).toEqual([`joined ${bob.id}`])
}, 90_000)

test('pages behind a lossy, slow and uneven network come to the same states and messages', async () => {
  const network = { delay_ms: 60, jitter_ms: 60, loss: 0.1 }
  const pages = await seat([{ network }, { network, codec: 'msgpack' }, {}])
  const said = pages.flatMap((page, at) => range(0, 15).map(n => say(page, { at, n })))
  for (const n of range(0, 15)) {
    await Promise.all(pages.map((page, at) => showState(page, { at, n, [`only${n}`]: 1 })))
  }
  expect(new Set(await Promise.all(said))).toEqual(new Set(['taken']))
  const all = await expectSameHeard(pages, 45)
  for (const at of range(0, 3)) {
    expect(all.filter(data => Object(data).at === at)).toEqual(range(0, 15).map(n => ({ at, n })))
  }
  await expectStates(
    pages,
    range(0, 3).map(at => ({ at, n: 14, only14: 1 })),
  )
}, 120_000)

test('a room with a declared state looks the same in JSON and in MessagePack', async () => {
  const number = { type: 'number', min: -100, max: 100, step: 0.5 }
  const roomId = await makeRoom({
    state_schema: { x: number, y: number, mood: { type: 'enum', values: ['calm', 'angry'] } },
  })
  const pages = await seat([{}, { codec: 'msgpack' }, { codec: 'msgpack' }], roomId)
  const [ann, , cat] = pages as [RoomPage, RoomPage, RoomPage]
  await Promise.all(pages.map((page, at) => showState(page, { x: at, y: 1.5, mood: 'calm' })))
  await expectStates(
    pages,
    range(0, 3).map(at => ({ x: at, y: 1.5, mood: 'calm' })),
  )
  await showState(ann, { x: -4, mood: 'angry' })
  await showState(cat, { x: 7, y: 1.5, undeclared: 'too' })
  await expectStates(pages, [
    { x: -4, mood: 'angry' },
    { x: 1, y: 1.5, mood: 'calm' },
    { x: 7, y: 1.5, undeclared: 'too' },
  ])
  for (const { complaints } of pages) expect(complaints).toEqual([])
}, 90_000)

test('the client of docs/realtime.md plays with one of the SDK, loses its connection, and misses nothing', async () => {
  const docs = readFileSync(new URL('../../docs/realtime.md', import.meta.url), 'utf8')
  const [, source = ''] = /```js\n(export async function play[\s\S]*?)```/.exec(docs) ?? []
  const roomId = freshRoom()
  const [ann] = (await seat([{}], roomId)) as [RoomPage]
  const bare = await openOne()
  const player = await freshPlayer(environment)
  await bare.page.addScriptTag({ type: 'module', content: `${source}\nwindow.play = play` })
  await bare.page.evaluate(
    ({ api, headers, roomId }) => {
      window.said = []
      window.play(api, headers, roomId, (it, say, states) => {
        window.say = say
        window.shown = [...states.values()]
        window.said.push(it.data ?? it.type)
      })
    },
    { api: environment.apiUrl, headers: player.headers, roomId },
  )
  const said = () => bare.page.evaluate(() => window.said)
  await expect.poll(said, patient).toContain('room_joined')
  await showState(ann, { x: 1, y: 1 })
  await showState(ann, { x: 2 })
  expect(await say(ann, 'one')).toBe('taken')
  await expect.poll(said, patient).toContain('one')
  await bare.page.evaluate(() => {
    window.say({ type: 'player_state_update', state: { hp: 3 } })
    window.say({ type: 'send_message', id: 2, channel: 'room', data: 'bare' })
  })
  await expect.poll(() => heard(ann), patient).toEqual(['one', 'bare'])
  await expect.poll(() => statesIn(ann, [player.id]), patient).toEqual([{ hp: 3 }])
  await unplug(bare)
  await expect.poll(() => awayIn(ann), patient).toEqual([player.id])
  for (const text of ['two', 'three']) expect(await say(ann, text)).toBe('taken')
  await bare.context.setOffline(false)
  await expect.poll(said, patient).toContain('resumed')
  expect(await say(ann, 'four')).toBe('taken')
  await expect.poll(said, patient).toContain('four')
  const words = (await said()).filter(word => /^(one|bare|two|three|four|gap)$/.test(word))
  expect(words).toEqual(['one', 'bare', 'two', 'three', 'four'])
  expect(await bare.page.evaluate(() => window.shown)).toContainEqual({ x: 2 })
}, 90_000)
