import { randomInt } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { startTestClickHouse, type TestClickHouse } from '@aethex/shared/testing'
import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AnalyticsProcess, newSpoolDir, spawnAnalytics } from '../test-analytics.js'
import { countEvents, eventually, newEvent, player, post } from '../test-caller.js'

const seed = Number(process.env.KILL_SEED ?? randomInt(1, 1_000_000))
const rounds = Number(process.env.KILL_ROUNDS ?? 5)

let clickhouse: TestClickHouse
let spoolDir: string
let app: AnalyticsProcess | undefined

beforeAll(async () => {
  clickhouse = await startTestClickHouse()
  spoolDir = await newSpoolDir()
}, 60_000)

afterAll(async () => {
  await app?.kill()
  await clickhouse.close()
  await rm(spoolDir, { recursive: true, force: true })
})

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
function chances(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const who = player()
const acknowledged = new Set<string>()

/** Sends batches one after another until the process is gone. */
async function sendUntilKilled(url: string, size: number): Promise<void> {
  for (;;) {
    const events = Array.from({ length: size }, () => newEvent())
    try {
      const answer = await post(url, 'events', { events }, who)
      if (answer.status !== 202) throw new Error(`answered ${answer.status}`)
    } catch (error) {
      if (error instanceof TypeError) return
      throw error
    }
    for (const { event_id } of events) acknowledged.add(event_id)
  }
}

async function storedIds(): Promise<string[]> {
  const client = createClient({ url: clickhouse.url, log: { level: ClickHouseLogLevel.OFF } })
  try {
    const result = await client.query({
      query: 'SELECT event_id FROM events FINAL WHERE environment_id = {id:UUID}',
      query_params: { id: who.environment_id },
      format: 'JSONEachRow',
    })
    return (await result.json<{ event_id: string }>()).map(row => row.event_id)
  } finally {
    await client.close()
  }
}

test(`keeps every acknowledged event, and none twice, through kill -9 of the app and of ClickHouse at any moment (KILL_SEED=${seed})`, async () => {
  const chance = chances(seed)
  for (let round = 0; round < rounds; round++) {
    app = await spawnAnalytics({ clickhouseUrl: clickhouse.url, spoolDir })
    const { url } = app
    const senders = [1, 7, 50, 500].map(size => sendUntilKilled(url, size))
    // A segment is shipped about once a second: this covers writing, inserting and deleting.
    await sleep(50 + chance() * 2_200)
    if (chance() < 0.4) {
      await clickhouse.kill()
      await sleep(chance() * 500)
      await clickhouse.start()
    }
    await app.kill()
    await Promise.all(senders)
  }
  app = await spawnAnalytics({ clickhouseUrl: clickhouse.url, spoolDir })
  const { url } = app
  const last = newEvent({ name: 'the.last' })
  expect((await post(url, 'events', { events: [last] }, who)).status).toBe(202)
  acknowledged.add(last.event_id)
  await eventually(
    () => countEvents(url, who.environment_id, 'the.last'),
    seen => seen === 1,
  )

  const stored = await storedIds()
  const distinct = new Set(stored)
  expect(acknowledged.size).toBeGreaterThan(rounds)
  expect([...acknowledged].filter(id => !distinct.has(id))).toEqual([])
  expect(stored.length).toBe(distinct.size)
  expect(await countEvents(url, who.environment_id)).toBe(distinct.size)
  expect(await app.terminate()).toBe(0)
}, 120_000)
