import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { identityHeader, writeIdentity } from '@aethex/shared/auth'
import type { Running } from '@aethex/shared/lifecycle'
import { startTestClickHouse, type TestClickHouse } from '@aethex/shared/testing'
import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { newSpoolDir, startTestAnalytics } from '../test-analytics.js'
import {
  countEvents,
  eventually,
  internalSecret,
  newEvent,
  player,
  post,
  server,
} from '../test-caller.js'

let clickhouse: TestClickHouse
let spoolDir: string
let app: Running

beforeAll(async () => {
  clickhouse = await startTestClickHouse()
  spoolDir = await newSpoolDir()
  app = await startTestAnalytics({ clickhouseUrl: clickhouse.url, spoolDir })
}, 60_000)

afterAll(async () => {
  await app.close()
  await clickhouse.close()
  await rm(spoolDir, { recursive: true, force: true })
})

const ingest = (events: object[], who = player(), headers = {}) =>
  post(app.url, 'events', { events }, who, headers)

async function storedEvent(eventId: string): Promise<unknown> {
  const client = createClient({ url: clickhouse.url, log: { level: ClickHouseLogLevel.OFF } })
  const query = `SELECT *, toUnixTimestamp64Milli(time) AS time_ms,
    toUnixTimestamp64Milli(received_at) AS received_ms FROM events FINAL WHERE event_id = {id:UUID}`
  const look = async () => {
    const result = await client.query({
      query,
      query_params: { id: eventId },
      format: 'JSONEachRow',
    })
    return result.json<Record<string, unknown>>()
  }
  try {
    const rows = await eventually(look, rows => rows.length > 0)
    expect(rows).toHaveLength(1)
    return rows[0]
  } finally {
    await client.close()
  }
}

describe.concurrent('an accepted event', () => {
  test('is stored whole, under the player who is signed in', async () => {
    const who = player()
    const event = newEvent({
      properties: { text: 'ü\n"\\', list: [1, 'two', null], map: { a: 1.5 } },
    })
    const answer = await ingest([event], who)
    expect(answer).toMatchObject({ status: 202, body: { accepted: 1 } })
    expect(await storedEvent(event.event_id)).toMatchObject({
      environment_id: who.environment_id,
      event_id: event.event_id,
      player_id: who.player_id,
      sent_by: 'player',
      name: 'level.finished',
      client_time: event.time,
      properties: JSON.stringify(event.properties),
    })
  })

  test('is found once, however often it was sent', async () => {
    const who = player()
    const events = Array.from({ length: 500 }, () => newEvent())
    const [repeated = newEvent()] = events
    for (let i = 0; i < 3; i++) expect((await ingest(events, who)).status).toBe(202)
    expect((await ingest([repeated, repeated], who)).status).toBe(202)
    const marker = newEvent({ name: 'the.last' })
    await ingest([marker], who)
    const count = (name: string) => countEvents(app.url, who.environment_id, name)
    await eventually(
      () => count('the.last'),
      seen => seen === 1,
    )
    expect(await count('level.finished')).toBe(500)
  })

  test('stays what it was when its id is sent again with another content', async () => {
    const who = player()
    const first = newEvent({ name: 'the.first' })
    await ingest([first], who)
    await storedEvent(first.event_id)
    await ingest([{ ...first, name: 'a.forgery' }, newEvent({ name: 'the.last' })], who)
    await eventually(
      () => countEvents(app.url, who.environment_id, 'the.last'),
      seen => seen === 1,
    )
    expect(await storedEvent(first.event_id)).toMatchObject({ name: 'the.first' })
  })

  test('is not seen by another environment, even under the same id', async () => {
    const [one, other] = [player(), player()]
    const event = newEvent()
    await ingest([event], one)
    await ingest([event], other)
    await eventually(
      () => countEvents(app.url, one.environment_id),
      seen => seen === 1,
    )
    await eventually(
      () => countEvents(app.url, other.environment_id),
      seen => seen === 1,
    )
    expect(await countEvents(app.url, randomUUID())).toBe(0)
  })

  test.each([
    ['9999-12-31T23:59:59.999Z', 5 * 60_000],
    ['1970-01-01T00:00:00Z', -30 * 86_400_000],
    ['0000-01-01T00:00:00+14:00', -30 * 86_400_000],
  ])('keeps the clock %s of its sender, and counts at a believable time', async (time, offset) => {
    const event = newEvent({ time })
    expect((await ingest([event])).status).toBe(202)
    const row = await storedEvent(event.event_id)
    expect(row).toMatchObject({ client_time: time })
    const { time_ms, received_ms } = row as Record<string, unknown>
    expect(Number(time_ms) - Number(received_ms)).toBe(offset)
  })

  test('of a secret key is about the player it names, or about nobody', async () => {
    const environmentId = randomUUID()
    const about = randomUUID()
    const [named, plain] = [newEvent({ player_id: about }), newEvent()]
    expect((await ingest([named, plain], server(environmentId))).status).toBe(202)
    expect(await storedEvent(named.event_id)).toMatchObject({ player_id: about, sent_by: 'server' })
    expect(await storedEvent(plain.event_id)).toMatchObject({ player_id: null })
  })

  test('may come compressed', async () => {
    const who = player()
    const body = new Uint8Array(gzipSync(JSON.stringify({ events: [newEvent()] })))
    const answer = await post(app.url, 'events', body, who, { 'content-encoding': 'gzip' })
    expect(answer.status).toBe(202)
  })
})

describe('who may send', () => {
  test('a player who has not agreed is told where to agree, and is counted', async () => {
    const answer = await ingest([newEvent(), newEvent()], player({ consents: ['marketing'] }))
    expect(answer).toMatchObject({ status: 403, body: { code: 'consent_required' } })
    expect(answer.body.detail).toContain('PUT /api/v1/privacy/consents')
    const metrics = await (await fetch(`${app.url}/metrics`)).text()
    expect(metrics).toMatch(/analytics_events_without_consent_total\{app="analytics"\} 2\n/)
  })

  test('a player cannot speak for another', async () => {
    const answer = await ingest([newEvent(), newEvent({ player_id: randomUUID() })])
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ pointer: '/events/1/player_id' }] },
    })
  })

  test('a key without the scope is refused', async () => {
    const who = server(randomUUID(), { scopes: ['analytics:read'] })
    expect(await ingest([newEvent()], who)).toMatchObject({
      status: 403,
      body: { code: 'insufficient_scope' },
    })
  })

  test('a studio member is refused', async () => {
    const who = server(randomUUID(), { caller: 'member' })
    expect(await ingest([newEvent()], who)).toMatchObject({
      status: 403,
      body: { code: 'wrong_key_kind' },
    })
  })

  const missing = { status: 401, body: { code: 'credential_missing' } }

  test('nobody without the signature of the gateway is let in', async () => {
    const genuine = writeIdentity(internalSecret, player())
    const [payload = '', signature = ''] = genuine.split('.')
    const forged = { ...player(), issued_at: Date.now() }
    const otherPayload = Buffer.from(JSON.stringify(forged)).toString('base64url')
    const headers = [
      undefined,
      '',
      'x',
      payload,
      `${payload}.`,
      `${otherPayload}.${signature}`,
      `${otherPayload}.`,
      `${genuine}x`,
      writeIdentity('another secret, just as long as that', player()),
    ]
    for (const header of headers) {
      const given = header === undefined ? {} : { [identityHeader]: header }
      const answer = await post(app.url, 'events', { events: [newEvent()] }, undefined, given)
      expect(answer).toMatchObject(missing)
    }
  })

  test('a signature is worth nothing a minute later', async () => {
    vi.useFakeTimers({ now: Date.now() - 61_000, toFake: ['Date'] })
    const old = writeIdentity(internalSecret, player())
    vi.useRealTimers()
    const body = { events: [newEvent()] }
    expect(await post(app.url, 'events', body, undefined, { [identityHeader]: old })).toMatchObject(
      missing,
    )
  })
})

describe('what is refused', () => {
  const event = newEvent()
  const withText = (text: string) => JSON.stringify({ events: [event] }).replace('"shield"', text)
  const deep = `${'['.repeat(49_000)}${']'.repeat(49_000)}`

  test.each([
    ['depth', withText(deep), 400, 'json_too_deep'],
    ['no JSON', '{"events":[', 400, 'malformed_json'],
    ['a scalar', '1', 400, 'invalid_request'],
    ['an empty body', '', 400, 'malformed_json'],
    ['a duplicate key', withText('{"a":1,"a":2}'), 400, 'duplicate_key'],
    ['__proto__', withText('{"__proto__":1}'), 400, 'forbidden_key'],
    ['an infinite number', withText('1e999'), 400, 'unsafe_number'],
    ['a number that would be rounded', withText('9007199254740993'), 400, 'unsafe_number'],
    ['NUL', withText('"\\u0000"'), 400, 'invalid_text'],
    ['half a surrogate pair', withText('"\\ud800"'), 400, 'invalid_text'],
    ['invalid UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400, 'invalid_text'],
    ['a body above 1 MiB', ' '.repeat(1_048_577), 413, 'body_too_large'],
  ])('%s', async (_, body, status, code) => {
    const answer = await post(app.url, 'events', body, player())
    expect(answer).toMatchObject({ status, body: { code } })
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  })

  test.each([
    ['text/plain', {}, 415, 'unsupported_media_type'],
    ['application/json; charset=utf-16', {}, 415, 'unsupported_media_type'],
    ['application/json', { 'content-encoding': 'gzip, gzip' }, 415, 'unsupported_encoding'],
    ['application/json', { 'content-encoding': 'gzip' }, 400, 'malformed_request'],
  ])('%s with %o', async (type, headers, status, code) => {
    const answer = await ingest([event], player(), { 'content-type': type, ...headers })
    expect(answer).toMatchObject({ status, body: { code } })
  })

  test('a gzip bomb', async () => {
    const body = new Uint8Array(gzipSync(Buffer.alloc(20_000_000)))
    const answer = await post(app.url, 'events', body, player(), { 'content-encoding': 'gzip' })
    expect(answer).toMatchObject({ status: 413, body: { code: 'body_too_large' } })
  })

  test.each([
    ['an unknown field', { ...event, extra: 1 }, '/events/0/extra'],
    ['a name in capitals', { ...event, name: 'Level' }, '/events/0/name'],
    ['a name of 65 characters', { ...event, name: 'x'.repeat(65) }, '/events/0/name'],
    ['an id that is no UUID', { ...event, event_id: '1' }, '/events/0/event_id'],
    ['a time without a zone', { ...event, time: '2026-01-01T00:00:00' }, '/events/0/time'],
    ['a day that does not exist', { ...event, time: '2026-02-30T00:00:00Z' }, '/events/0/time'],
    [
      'properties above 8 KiB',
      { ...event, properties: { a: 'ü'.repeat(4_100) } },
      '/events/0/properties',
    ],
    ['deep properties', { ...event, properties: { a: { b: { c: 1 } } } }, '/events/0/properties'],
    ['properties that are a list', { ...event, properties: [1] }, '/events/0/properties'],
  ])('%s', async (_, bad, pointer) => {
    expect(await ingest([bad])).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ pointer }] },
    })
  })

  test('no event at all, or 501 of them', async () => {
    for (const events of [[], Array.from({ length: 501 }, () => ({ ...event, properties: {} }))]) {
      expect(await ingest(events)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    }
  })

  test('is refused whole: one bad event keeps its neighbours out', async () => {
    const who = player()
    await ingest([newEvent(), { ...event, name: '' }], who)
    await ingest([newEvent({ name: 'the.last' })], who)
    await eventually(
      () => countEvents(app.url, who.environment_id, 'the.last'),
      seen => seen === 1,
    )
    expect(await countEvents(app.url, who.environment_id)).toBe(1)
  })
})
