import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import {
  type ClickHouseClient,
  ClickHouseError,
  ClickHouseLogLevel,
  createClient,
} from '@clickhouse/client'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { maxBodyBytes } from './body.js'
import { type ClickHouse, startClickHouse } from './server.js'

const quiet = { log: { level: ClickHouseLogLevel.OFF } }
let dir: string
let server: ClickHouse
let client: ClickHouseClient

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'clickhouse-'))
  server = await startClickHouse({ dir, user: 'game', password: "se cret:/'", database: 'plays' })
  client = createClient({ ...quiet, url: server.url })
})

afterAll(async () => {
  await client.close()
  await server.close()
  await rm(dir, { recursive: true })
})

async function rows(query: string, settings = {}): Promise<unknown[]> {
  const result = await client.query({
    query,
    format: 'JSONEachRow',
    clickhouse_settings: settings,
  })
  return result.json()
}

/** What the raw HTTP interface says, for what the client cannot be made to send. */
async function post(
  search: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<{ status: number; code: string | null; text: string }> {
  const response = await fetch(`http://127.0.0.1:${server.port}/${search}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { 'x-clickhouse-user': 'game', 'x-clickhouse-key': "se cret:/'", ...headers },
  })
  const code = response.headers.get('x-clickhouse-exception-code')
  return { status: response.status, code, text: await response.text() }
}

describe('inserts', () => {
  beforeEach(async () => {
    await client.command({ query: 'DROP TABLE IF EXISTS events' })
    await client.command({
      query: `CREATE TABLE events (id UInt64, name String, tags Array(String), score Nullable(Int32),
        at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY id`,
    })
  })

  test('takes values and gives back what was written, to the last character', async () => {
    const name = `it's "quoted"\n\ttab \\ ✓ 🎮`
    const at = '2026-01-02 03:04:05.678'
    const written = { id: 7, name, tags: ["a'", ''], score: null, at }
    const insert = await client.insert({
      table: 'events',
      values: [written],
      format: 'JSONEachRow',
    })
    expect(insert.summary?.written_rows).toBe('1')
    expect(await rows('SELECT * FROM events')).toEqual([written])
  })

  test('takes a stream of rows', async () => {
    function* thousands() {
      for (let id = 0; id < 5_000; id += 1) yield { id, name: `n${id}` }
    }
    const values = Readable.from(thousands(), { objectMode: true })
    await client.insert({ table: 'events', values, format: 'JSONEachRow' })
    expect(await rows('SELECT count() AS n, max(id) AS last FROM events')).toEqual([
      { n: 5000, last: 4999 },
    ])
    const stream = (
      await client.query({ query: 'SELECT id FROM events ORDER BY id', format: 'JSONEachRow' })
    ).stream()
    let seen = 0
    for await (const part of stream) seen += part.length
    expect(seen).toBe(5_000)
  })

  test('takes chosen columns, other formats, inline values and a SELECT', async () => {
    await client.insert({
      table: 'plays.events',
      columns: ['id', 'name'],
      values: [[1, 'compact']],
      format: 'JSONCompactEachRow',
    })
    await client.insert({
      table: 'events',
      columns: { except: ['tags', 'at', 'score'] },
      values: [{ id: 2, name: 'all but' }],
      format: 'JSONEachRow',
    })
    await client.insert({
      table: 'events',
      columns: ['id', 'name'],
      values: Readable.from(['3,"c,s;v"\n'], { objectMode: false }),
      format: 'CSV',
    })
    const database = '?database=plays&query='
    await post(`${database}INSERT INTO events (id, name) FORMAT TSV`, '4\tt\\tv\n')
    await post('?database=plays', `INSERT INTO events (id, name) FORMAT CSV\n5,it's; here\n`)
    await client.command({ query: `INSERT INTO events (id, name) VALUES (6, 'six;'), (7, '--')` })
    await client.command({ query: 'INSERT INTO events (id, name) SELECT id + 7, name FROM events' })
    const found = await rows('SELECT name FROM events WHERE id < 8 ORDER BY id')
    expect(found).toEqual(
      ['compact', 'all but', 'c,s;v', 't\tv', "it's; here", 'six;', '--'].map(name => ({ name })),
    )
    expect(await rows('SELECT count() AS n FROM events')).toEqual([{ n: 14 }])
  })

  test('takes an insert without a row as nothing to do', async () => {
    const empty = Readable.from([], { objectMode: true })
    await client.insert({ table: 'events', values: empty, format: 'JSONEachRow' })
    expect(await rows('SELECT count() AS n FROM events')).toEqual([{ n: 0 }])
  })

  test('writes nothing of a batch with one bad row', async () => {
    const values = [{ id: 1 }, { id: 'none' }]
    const insert = client.insert({ table: 'events', values, format: 'JSONEachRow' })
    await expect(insert).rejects.toBeInstanceOf(ClickHouseError)
    expect(await rows('SELECT count() AS n FROM events')).toEqual([{ n: 0 }])
  })
})

describe('deduplication', () => {
  test('FINAL shows the newest of rows with one key', async () => {
    await client.command({
      query: `CREATE TABLE newest (id UInt64, v UInt32, s String)
        ENGINE = ReplacingMergeTree(v) ORDER BY id`,
    })
    for (const [v, s] of [[2, 'new'] as const, [1, 'old'] as const, [2, 'new'] as const]) {
      await client.insert({ table: 'newest', values: [{ id: 1, v, s }], format: 'JSONEachRow' })
    }
    expect(await rows('SELECT s FROM newest FINAL')).toEqual([{ s: 'new' }])
  })

  test('a repeated insert_deduplication_token writes nothing the second time', async () => {
    await client.command({
      query: `CREATE TABLE batches (id UInt64) ENGINE = MergeTree ORDER BY id
        SETTINGS non_replicated_deduplication_window = 1000`,
    })
    for (const [id, token] of [[1, 'a'] as const, [2, 'a'] as const, [3, 'b'] as const]) {
      await client.insert({
        table: 'batches',
        values: [{ id }],
        format: 'JSONEachRow',
        clickhouse_settings: { insert_deduplication_token: token },
      })
    }
    expect(await rows('SELECT id FROM batches ORDER BY id')).toEqual([{ id: 1 }, { id: 3 }])
  })
})

describe('queries', () => {
  test('answers JSON with its columns and row count', async () => {
    const result = await client.query({
      query: 'SELECT number AS n FROM numbers(3)',
      format: 'JSON',
    })
    expect(await result.json()).toMatchObject({
      meta: [{ name: 'n', type: 'UInt64' }],
      data: [{ n: 0 }, { n: 1 }, { n: 2 }],
      rows: 3,
    })
  })

  test('binds parameters of every kind, and none of them becomes SQL', async () => {
    const query_params = {
      s: `'; DROP TABLE x; -- \\ "\n\t\r\b\f\0 ✓ \\N {n:UInt8}`,
      n: '18446744073709551615',
      list: [1, 2, 3],
      names: ["a'b", 'c\\d', 'e\nf'],
      at: new Date('2026-01-01T00:00:00Z'),
      none: null,
      map: { k: 1 },
      table: 'numbers',
      yes: true,
    }
    const result = await client.query({
      query: `SELECT {s:String} AS s, {n:UInt64} AS n, {list:Array(UInt32)} AS list, {yes:Bool} AS yes,
        {names:Array(String)} AS names, {at:DateTime('UTC')} AS at, {none:Nullable(String)} AS none,
        {map:Map(String, UInt8)} AS map FROM system.{table:Identifier} LIMIT 1`,
      query_params,
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
    })
    const { table: _, ...values } = query_params
    expect(await result.json()).toEqual([{ ...values, at: '2026-01-01 00:00:00' }])
  })

  test('writes 64-bit integers as numbers, and as strings when asked', async () => {
    const query = 'SELECT toUInt64(9007199254740993) AS n'
    expect(await rows(query, { output_format_json_quote_64bit_integers: 1 })).toEqual([
      { n: '9007199254740993' },
    ])
    const plain = await client.query({ query, format: 'JSONEachRow' })
    expect(await plain.text()).toBe('{"n":9007199254740993}\n')
  })

  test('forgets settings, parameters and temporary tables after each query', async () => {
    const four = Array.from({ length: 8 })
    await Promise.all(four.map(() => rows('SELECT 1', { max_block_size: '123', param_left: '1' })))
    await Promise.all(four.map(() => client.command({ query: 'SET max_block_size = 124' })))
    await Promise.all(four.map(() => client.command({ query: 'USE system' })))
    await client.command({ query: 'CREATE TEMPORARY TABLE mine (a UInt8)' })
    for (const _ of four) {
      const seen = await rows(`SELECT getSetting('max_block_size') AS n, currentDatabase() AS d`)
      expect(seen).toEqual([{ n: 65409, d: 'plays' }])
    }
    await expect(rows('SELECT * FROM mine')).rejects.toMatchObject({ code: '60' })
    await expect(rows('SELECT {left:UInt8}')).rejects.toMatchObject({ code: '456' })
  })

  test('uses the database the client names', async () => {
    await client.command({ query: 'CREATE DATABASE IF NOT EXISTS `other-one`' })
    const url = `http://127.0.0.1:${server.port}`
    const other = createClient({
      ...quiet,
      url,
      username: 'game',
      password: "se cret:/'",
      database: 'other-one',
    })
    const result = await other.query({
      query: 'SELECT currentDatabase() AS d',
      format: 'JSONEachRow',
    })
    expect(await result.json()).toEqual([{ d: 'other-one' }])
    await other.close()
  })

  test('speaks gzip both ways', async () => {
    const packed = createClient({
      ...quiet,
      url: server.url,
      compression: { request: true, response: true },
    })
    await packed.command({ query: 'CREATE TABLE packed (s String) ENGINE = MergeTree ORDER BY s' })
    const values = Array.from({ length: 500 }, (_, i) => ({ s: `row ${i}` }))
    await packed.insert({ table: 'packed', values, format: 'JSONEachRow' })
    const result = await packed.query({
      query: 'SELECT count() AS n FROM packed',
      format: 'JSONEachRow',
    })
    expect(result.response_headers['content-encoding']).toBe('gzip')
    expect(await result.json()).toEqual([{ n: 500 }])
    await packed.close()
  })

  test('runs queries side by side and mixes nothing up', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        const result = await client.query({
          query: `SELECT {n:UInt32} AS n, getSetting('max_threads') AS t, sleepEachRow(0.002) AS z`,
          query_params: { n },
          format: 'JSONEachRow',
          clickhouse_settings: { max_threads: (n % 7) + 1 },
        })
        return result.json()
      }),
    )
    const expected = Array.from({ length: 40 }, (_, n) => [{ n, t: (n % 7) + 1, z: 0 }])
    expect(answers).toEqual(expected)
  })
})

describe('refusals', () => {
  test.each([
    ['SELECT * FROM missing', '60', 'UNKNOWN_TABLE'],
    ['selec', '62', 'SYNTAX_ERROR'],
    ['SELECT', '62', 'SYNTAX_ERROR'],
    [' -- nothing\n;', '62', 'SYNTAX_ERROR'],
    ['SELECT nope FROM system.one', '47', 'UNKNOWN_IDENTIFIER'],
    ["SELECT throwIf(1, 'Code: 7. hm')", '395', 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO'],
    ["SELECT ';'; DROP TABLE x", '62', 'SYNTAX_ERROR'],
    ["SELECT 1 INTO /* */ OUTFILE '/tmp/never'", '344', 'SUPPORT_IS_DISABLED'],
    ['SYSTEM SHUTDOWN', '497', 'ACCESS_DENIED'],
  ])('%s has the code %s', async (query, code, type) => {
    await expect(client.command({ query })).rejects.toMatchObject({ code, type })
  })

  test('names an unknown setting, parameter and database', async () => {
    await expect(rows('SELECT 1', { no_such: 1 })).rejects.toMatchObject({ code: '115' })
    await expect(rows('SELECT {p:UInt8}')).rejects.toMatchObject({ code: '456' })
    expect(await post('?database=nowhere', 'SELECT 1')).toMatchObject({ status: 404, code: '81' })
    expect(await post("?a'b=1", 'SELECT 1')).toMatchObject({ status: 404, code: '115' })
  })

  test('lets nobody in with a wrong password, and a GET change nothing', async () => {
    const stranger = createClient({ ...quiet, url: server.url.replace('cret', 'kret') })
    await expect(stranger.command({ query: 'SELECT 1' })).rejects.toMatchObject({ code: '516' })
    await stranger.close()
    expect(await post('', 'SELECT 1', { 'x-clickhouse-key': '' })).toMatchObject({ status: 403 })
    const key = new URLSearchParams({ user: 'game', password: "se cret:/'" })
    const url = `http://127.0.0.1:${server.port}/?${key}&query=`
    expect(await (await fetch(`${url}SELECT 1`)).text()).toBe('1\n')
    const drop = await fetch(`${url}DROP DATABASE plays`)
    expect(drop.headers.get('x-clickhouse-exception-code')).toBe('164')
  })

  test('answers broken requests and lives on', async () => {
    const insert = '?query=INSERT INTO x FORMAT JSONEachRow'
    expect(await post(insert, 'no gzip', { 'content-encoding': 'gzip' })).toMatchObject({
      code: '33',
    })
    expect(await post(insert, 'x', { 'content-encoding': 'br' })).toMatchObject({ status: 501 })
    expect(await post('', Buffer.from([0xff, 0xfe]))).toMatchObject({ status: 501 })
    expect(await post('other', 'SELECT 1')).toMatchObject({ status: 404 })
    const bomb = gzipSync(Buffer.alloc(maxBodyBytes + 1))
    expect(await post(insert, bomb, { 'content-encoding': 'gzip' })).toMatchObject({ status: 413 })
    await new Promise<void>(resolve => {
      const socket = connect(server.port, '127.0.0.1', () => socket.end('NOT HTTP\r\n\r\n'))
      socket.on('close', () => resolve()).resume()
    })
    await new Promise<void>(resolve => {
      const half = httpRequest({ port: server.port, method: 'POST', path: '/' })
      half.on('error', () => resolve())
      half.write('SELECT', () => half.destroy(new Error('gone')))
    })
    for (const path of ['ping', 'livez']) {
      const answer = await fetch(`http://127.0.0.1:${server.port}/${path}`)
      expect(await answer.text()).toBe('Ok.\n')
    }
    expect(await client.ping()).toEqual({ success: true })
  })
})
