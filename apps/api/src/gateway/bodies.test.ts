import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import {
  call,
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { inParallel } from '../testing/caller.js'

const { api_url: apiUrl } = inject('stack')
let environment: TestEnvironment
let player: TestPlayer

beforeAll(async () => {
  environment = await freshEnvironment(inject('stack'))
  player = await freshPlayer(environment)
})

const put = (bytes: Uint8Array | string, headers: Record<string, string>) =>
  call('PUT', `${apiUrl}/api/v1/privacy/consents`, {
    bytes,
    headers: { ...player.headers, ...headers },
  })
const save = (bytes: Uint8Array, headers: Record<string, string>) =>
  call('POST', `${apiUrl}/api/v1/saves/me`, { bytes, headers: { ...player.headers, ...headers } })
const text = '{"analytics":true}'

async function residentMegabytes() {
  const metrics = await (await fetch(`${apiUrl}/metrics`)).text()
  const bytes = /^process_resident_memory_bytes\S* (\S+)$/m.exec(metrics)?.[1]
  return z.coerce.number().parse(bytes) / 1_048_576
}

describe('E9: encoded bodies', () => {
  test('a gzip body is read, in any case of the name', async () => {
    for (const encoding of ['gzip', 'GZIP']) {
      expect((await put(gzipSync(text), { 'content-encoding': encoding })).status).toBe(200)
    }
    expect((await put(text, { 'content-encoding': 'identity' })).status).toBe(200)
  })

  test.each([
    ['br', brotliCompressSync(text)],
    ['deflate', deflateSync(text)],
    ['gzip, gzip', gzipSync(gzipSync(text))],
    ['gzip, identity', gzipSync(text)],
    ['compress', Buffer.from(text)],
    ['x-gzip', gzipSync(text)],
    ['constructor', Buffer.from(text)],
  ])('Content-Encoding %s answers 415', async (encoding, bytes) => {
    const answer = await put(bytes, { 'content-encoding': encoding })
    expect([answer.status, codeOf(answer)]).toEqual([415, 'unsupported_encoding'])
  })

  test.each([
    ['plain text', Buffer.from(text)],
    ['half a gzip', gzipSync(text).subarray(0, 15)],
    ['nothing', Buffer.alloc(0)],
    [
      'gzip with a broken checksum',
      Buffer.concat([gzipSync(text).subarray(0, -8), Buffer.alloc(8)]),
    ],
  ])('%s that says it is gzip answers 400', async (_what, bytes) => {
    const answer = await put(bytes, { 'content-encoding': 'gzip' })
    expect(answer.status).toBe(400)
    codeOf(answer)
  })

  test('a bomb of 200 MB in 200 kB answers 413 early, and memory stays where it was', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000))
    expect(bomb.length).toBeLessThan(200_000)
    const before = await residentMegabytes()
    const answers = await inParallel(8, () => save(bomb, { 'content-encoding': 'gzip' }))
    for (const answer of answers)
      expect([answer.status, codeOf(answer)]).toEqual([413, 'body_too_large'])
    // Eight at once may hold eight times the 8 MB that a save may have, and no more of the 1600 MB.
    expect((await residentMegabytes()) - before).toBeLessThan(200)
  })

  test('the limit of a route counts after inflating: one byte less passes, one more does not', async () => {
    const limit = 64 * 1_024
    const padded = (length: number) => gzipSync(text.padEnd(length, ' '))
    expect((await put(padded(limit), { 'content-encoding': 'gzip' })).status).toBe(200)
    const answer = await put(padded(limit + 1), { 'content-encoding': 'gzip' })
    expect([answer.status, Object(answer.body).limit_bytes]).toEqual([413, limit])
  })
})

describe('E16: a request is what its first line says', () => {
  test.each(['x-http-method-override', 'x-method-override', 'x-original-url', 'x-rewrite-url'])(
    '%s changes nothing',
    async name => {
      const headers = { ...player.headers, [name]: name.endsWith('url') ? '/livez' : 'DELETE' }
      const answer = await call('GET', `${apiUrl}/api/v1/auth/profile`, { headers })
      expect(Object(answer.body).user.id).toBe(player.id)
    },
  )

  test('D10: a value that belongs into the body is not read from the query', async () => {
    const answer = await call('PUT', `${apiUrl}/api/v1/privacy/consents?voice=true`, {
      json: { analytics: true },
      headers: player.headers,
    })
    expect(codeOf(answer)).toBe('invalid_request')
  })

  test.each([
    'limit=10&limit=100',
    'user_id[]=x',
    'limit[gt]=1',
    '__proto__=1',
    '__proto__[a]=1',
    'limit=1%00',
    '=1',
    'LIMIT=1',
  ])('D10: ?%s answers 400', async query => {
    const answer = await call('GET', `${apiUrl}/api/v1/saves/me?${query}`, {
      headers: player.headers,
    })
    expect(answer.status).toBe(400)
    codeOf(answer)
  })
})

describe('large bodies', () => {
  const rows = (count: number) =>
    `{"save_id":"big","data":[${Array(count).fill('{"a":1}').join()}]}`

  test('a body of more parts than the house reads is refused before it costs anything', async () => {
    const answer = await save(gzipSync(rows(150_000)), { 'content-encoding': 'gzip' })
    expect(codeOf(answer)).toBe('json_too_complex')
  })

  test('twenty of them at once do not hold up the others', async () => {
    const heavy = gzipSync(rows(60_000))
    const saves = inParallel(20, () => save(heavy, { 'content-encoding': 'gzip' }))
    const reads = await inParallel(10, () =>
      call('GET', `${apiUrl}/api/v1/auth/profile`, { headers: player.headers }),
    )
    expect(reads.map(answer => answer.status)).toEqual(Array(10).fill(200))
    const statuses = new Set((await saves).map(answer => answer.status))
    expect([...statuses].filter(status => status !== 201 && status !== 503)).toEqual([])
  })
})
