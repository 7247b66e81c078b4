import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type Closable, House } from '@aethex/shared/lifecycle'
import { startTestClickHouse, type TestClickHouse } from '@aethex/shared/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { newSpoolDir, spawnAnalytics, startTestAnalytics } from '../test-analytics.js'
import { countEvents, eventually, newEvent, player, post } from '../test-caller.js'
import { decodeLines, encodeLine } from './spool/lines.js'

let clickhouse: TestClickHouse
let spoolDir: string
let house: House

beforeAll(async () => {
  clickhouse = await startTestClickHouse()
}, 60_000)

beforeEach(async () => {
  spoolDir = await newSpoolDir()
  house = new House()
})

afterEach(async () => {
  await house.close()
  await rm(spoolDir, { recursive: true, force: true })
})

afterAll(() => clickhouse.close())

const settings = () => ({ clickhouseUrl: clickhouse.url, spoolDir })
const open = async <T extends Closable>(room: Promise<T>) => house.keep(await room)
const batch = (size: number, over = {}) => Array.from({ length: size }, () => newEvent(over))
const segments = async () =>
  (await readdir(spoolDir))
    .filter(name => name.endsWith('.events'))
    .map(name => path.join(spoolDir, name))

/** The events that wait in the spool of an app that has ended. */
async function spooledIds(): Promise<string[]> {
  const contents = await Promise.all((await segments()).map(file => readFile(file)))
  return contents.flatMap(content =>
    decodeLines(content).rows.map(row => JSON.parse(String(row)).event_id),
  )
}

/** Takes events while ClickHouse is away, and ends: they are in the spool alone. */
async function leaveBehind(events: object[], who: ReturnType<typeof player>) {
  await clickhouse.kill()
  const app = await startTestAnalytics(settings())
  expect((await post(app.url, 'events', { events }, who)).status).toBe(202)
  await app.close()
  await clickhouse.start()
}

test('takes events while ClickHouse is away, and stores each once when it is back', async () => {
  const who = player()
  const app = await open(startTestAnalytics(settings()))
  await post(app.url, 'events', { events: batch(50) }, who)
  await clickhouse.kill()
  for (let i = 0; i < 20; i++) {
    expect((await post(app.url, 'events', { events: batch(50) }, who)).status).toBe(202)
  }
  await clickhouse.start()
  await eventually(
    () => countEvents(app.url, who.environment_id),
    seen => seen === 1_050,
  )
  await eventually(segments, seen => seen.length === 0)
  expect(await countEvents(app.url, who.environment_id)).toBe(1_050)
})

test('starts without ClickHouse, takes events, and hands them to its successor', async () => {
  const who = player()
  const events = batch(300)
  await leaveBehind(events, who)
  expect((await spooledIds()).sort()).toEqual(events.map(event => event.event_id).sort())
  const app = await open(startTestAnalytics(settings()))
  await eventually(
    () => countEvents(app.url, who.environment_id),
    seen => seen === 300,
  )
})

test('ships at the end what came last', async () => {
  const who = player()
  const app = await startTestAnalytics(settings())
  await post(app.url, 'events', { events: batch(10) }, who)
  await app.close()
  expect(await segments()).toEqual([])
  const next = await open(startTestAnalytics(settings()))
  expect(await countEvents(next.url, who.environment_id)).toBe(10)
})

test('stores a segment once that was inserted, but not deleted before the process died', async () => {
  const who = player()
  await leaveBehind(batch(400), who)
  const copy = await newSpoolDir()
  house.onClose(() => rm(copy, { recursive: true }))
  await cp(spoolDir, copy, { recursive: true })
  for (let round = 0; round < 3; round++) {
    const app = await startTestAnalytics(settings())
    await eventually(segments, seen => seen.length === 0)
    expect(await countEvents(app.url, who.environment_id)).toBe(400)
    await app.close()
    await cp(copy, spoolDir, { recursive: true })
  }
})

test('sets damaged and refused lines aside, counts them, and stores all others', async () => {
  const who = player()
  await leaveBehind(batch(100), who)
  const [file = ''] = await segments()
  const lines = (await readFile(file)).toString().split('\n').slice(0, -1)
  const [first = '', second = '', third = ''] = lines
  const refused = encodeLine(first.slice(9).replace(/"event_id":"[^"]*"/, '"event_id":"nonsense"'))
  const flipped = second.replace('level', 'lever')
  await writeFile(file, [refused.trimEnd(), flipped, third, ...lines.slice(3), 'torn'].join('\n'))

  const app = await open(startTestAnalytics(settings()))
  await eventually(segments, seen => seen.length === 0)
  expect(await countEvents(app.url, who.environment_id)).toBe(98)
  const aside = await readFile(path.join(spoolDir, 'damaged.lines'), 'utf8')
  expect(aside).toContain(`${flipped}\n`)
  expect(aside).toContain(refused.slice(9))
  const metrics = await (await fetch(`${app.url}/metrics`)).text()
  expect(metrics).toMatch(/analytics_spool_damaged_total\{app="analytics"\} 2\n/)
})

test('passes over a segment that cannot be read', async () => {
  const who = player()
  await leaveBehind(batch(5), who)
  await mkdir(path.join(spoolDir, '000000000000000.events'))
  const app = await open(startTestAnalytics(settings()))
  await eventually(
    () => countEvents(app.url, who.environment_id),
    seen => seen === 5,
  )
})

test('answers 503 while the spool is full, and takes events again once ClickHouse is back', async () => {
  const who = player()
  await clickhouse.kill()
  const app = await open(startTestAnalytics({ ...settings(), maxSpoolBytes: 65_536 }))
  let accepted = 0
  let answer = await post(app.url, 'events', { events: batch(20) }, who)
  for (; answer.status === 202; accepted += 20) {
    answer = await post(app.url, 'events', { events: batch(20) }, who)
  }
  expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(accepted).toBeGreaterThan(20)
  await clickhouse.start()
  await eventually(
    () => countEvents(app.url, who.environment_id),
    seen => seen === accepted,
  )
  expect((await post(app.url, 'events', { events: batch(20) }, who)).status).toBe(202)
})

test('acknowledges only what reached a failing disk, and goes on', async () => {
  const who = player()
  await clickhouse.kill()
  const app = await spawnAnalytics({ ...settings(), maxFileKiB: 64 })
  house.onClose(() => app.kill())
  const acknowledged: string[] = []
  const statuses = new Set<number>()
  for (let i = 0; i < 20; i++) {
    const events = batch(30)
    const { status } = await post(app.url, 'events', { events }, who)
    statuses.add(status)
    if (status === 202) acknowledged.push(...events.map(event => event.event_id))
  }
  expect([...statuses].sort()).toEqual([202, 503])
  await app.kill()
  expect((await segments()).length).toBeGreaterThan(1)
  const spooled = await spooledIds()
  expect(acknowledged.filter(id => !spooled.includes(id))).toEqual([])
  await clickhouse.start()
})
