import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import type { Running } from '@aethex/shared/lifecycle'
import { startTestClickHouse, type TestClickHouse } from '@aethex/shared/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newSpoolDir, startTestAnalytics } from '../test-analytics.js'
import {
  countEvents,
  dayFromNow,
  eventually,
  newEvent,
  player,
  post,
  server,
} from '../test-caller.js'

let clickhouse: TestClickHouse
let spoolDir: string
let app: Running
let environmentId: string

beforeAll(async () => {
  clickhouse = await startTestClickHouse()
  spoolDir = await newSpoolDir()
  app = await startTestAnalytics({ clickhouseUrl: clickhouse.url, spoolDir })
}, 60_000)

beforeEach(() => {
  environmentId = randomUUID()
})

afterAll(async () => {
  await app.close()
  await clickhouse.close()
  await rm(spoolDir, { recursive: true, force: true })
})

const ask = (query: object, who = server(environmentId)) => post(app.url, 'query', query, who)

const onDay = (days: number, name: string, playerId?: string) =>
  newEvent({
    name,
    time: `${dayFromNow(days)}T12:00:00+02:00`,
    ...(playerId === undefined ? {} : { player_id: playerId }),
  })

async function store(events: object[]) {
  const sent = await post(
    app.url,
    'events',
    { events: [...events, newEvent({ name: 'the.last' })] },
    server(environmentId),
  )
  expect(sent.status).toBe(202)
  await eventually(
    () => countEvents(app.url, environmentId, 'the.last'),
    seen => seen === 1,
  )
}

test('counts the events of each name on each day, in order, and leaves out other days', async () => {
  await store([
    onDay(-3, 'b'),
    onDay(-3, 'a'),
    onDay(-3, 'b'),
    onDay(-2, 'a'),
    onDay(-4, 'a'),
    onDay(-1, 'a'),
  ])
  const range = { from: dayFromNow(-3), to: dayFromNow(-2) }
  expect(await ask({ question: 'events_per_day', ...range })).toMatchObject({
    status: 200,
    body: {
      rows: [
        { day: dayFromNow(-3), name: 'a', events: 1 },
        { day: dayFromNow(-3), name: 'b', events: 2 },
        { day: dayFromNow(-2), name: 'a', events: 1 },
      ],
    },
  })
  const { body } = await ask({ question: 'events_per_day', ...range, name: 'b' })
  expect(body).toEqual({ rows: [{ day: dayFromNow(-3), name: 'b', events: 2 }] })
})

test('counts every player once a day, and nobody for events about nobody', async () => {
  const [ada, bob] = [randomUUID(), randomUUID()]
  await store([
    onDay(-3, 'a', ada),
    onDay(-3, 'b', ada),
    onDay(-3, 'a', bob),
    onDay(-3, 'a'),
    onDay(-2, 'a', bob),
    onDay(-1, 'a'),
  ])
  const { body } = await ask({
    question: 'daily_active_players',
    from: dayFromNow(-3),
    to: dayFromNow(-1),
  })
  expect(body).toEqual({
    rows: [
      { day: dayFromNow(-3), players: 2 },
      { day: dayFromNow(-2), players: 1 },
    ],
  })
})

test('answers an empty list for an environment without events', async () => {
  const range = { from: '2026-01-01', to: '2026-12-31' }
  for (const question of ['events_per_day', 'daily_active_players']) {
    expect(await ask({ question, ...range })).toMatchObject({ status: 200, body: { rows: [] } })
  }
})

test.each([
  ['a range backwards', { from: '2026-01-02', to: '2026-01-01' }],
  ['401 days', { from: '2025-01-01', to: '2026-02-05' }],
  ['a day that does not exist', { from: '2026-02-30', to: '2026-03-01' }],
  ['a day ClickHouse does not know', { from: '9999-01-01', to: '9999-01-02' }],
  ['a time', { from: '2026-01-01T00:00:00Z', to: '2026-01-02' }],
  ['SQL for a name', { from: '2026-01-01', to: '2026-01-02', name: "' OR 1=1 --" }],
  ['an unknown field', { from: '2026-01-01', to: '2026-01-02', environment_id: randomUUID() }],
  ['an unknown question', { question: 'drop_table', from: '2026-01-01', to: '2026-01-02' }],
])('refuses %s', async (_, query) => {
  const answer = await ask({ question: 'events_per_day', ...query })
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
})

test('takes a range of 400 days', async () => {
  const range = { from: '2025-01-01', to: '2026-02-04' }
  expect((await ask({ question: 'events_per_day', ...range })).status).toBe(200)
})

test('answers only a secret key with the scope', async () => {
  const query = { question: 'events_per_day', from: '2026-01-01', to: '2026-01-02' }
  expect(await ask(query, player())).toMatchObject({
    status: 403,
    body: { code: 'wrong_key_kind' },
  })
  const writer = server(environmentId, { scopes: ['analytics:write'] })
  expect(await ask(query, writer)).toMatchObject({
    status: 403,
    body: { code: 'insufficient_scope' },
  })
  expect((await post(app.url, 'query', query, undefined)).status).toBe(401)
})

test('says so while ClickHouse is away, stays ready for events, and answers again afterwards', async () => {
  const query = { question: 'events_per_day', from: '2026-01-01', to: '2026-01-02' }
  await clickhouse.kill()
  const answer = await ask(query)
  expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
  expect(answer.headers.get('retry-after')).toBe('1')
  expect(JSON.stringify(answer.body)).not.toMatch(/ECONNREFUSED|127\.0\.0\.1|SELECT/)
  const ready = await fetch(`${app.url}/readyz`)
  expect(ready.status).toBe(200)
  expect(await ready.json()).toMatchObject({
    status: 'degraded',
    parts: { spool: { ok: true }, clickhouse: { ok: false } },
  })
  await clickhouse.start()
  expect(
    (
      await eventually(
        () => ask(query),
        seen => seen.status === 200,
      )
    ).body,
  ).toEqual({ rows: [] })
})
