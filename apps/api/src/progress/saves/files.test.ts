import { freshEnvironment, freshPlayer, type TestPlayer } from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { digestOf, jsonOf, noise, sendBytes, sha256 } from '../../testing/raw-saves.js'
import { WriteAnswer } from './schema.js'

const stack = inject('stack')
const mebibyte = 1_048_576
let player: TestPlayer
let secretKey = ''
let away: Record<string, string>

beforeAll(async () => {
  const environment = await freshEnvironment(stack)
  secretKey = environment.secretKey
  player = await freshPlayer(environment)
  away = (await freshPlayer(await freshEnvironment(stack))).headers
})

const urlOf = (slot: string, query = '', who = 'me') =>
  `${stack.api_url}/api/v1/saves/${who}/${slot}${query}`
const octets = { 'content-type': 'application/octet-stream' }
const put = (
  slot: string,
  body: Parameters<typeof sendBytes>[3],
  headers: Record<string, string> = {},
  query = '',
) => sendBytes('PUT', urlOf(slot, query), { ...octets, ...player.headers, ...headers }, body)
const get = (slot: string, headers: Record<string, string> = {}, query = '', method = 'GET') =>
  sendBytes(method, urlOf(slot, query), { ...player.headers, ...headers })
const getBytes = (slot: string, headers: Record<string, string> = {}, query = '') =>
  get(slot, { accept: 'application/octet-stream', ...headers }, query)
const bytesOf = (text: string) => new TextEncoder().encode(text)

describe('a file in one request', () => {
  test('comes back byte for byte, with its facts, its hash and a tag', async () => {
    const bytes = noise(300_000)
    const query = new URLSearchParams({
      name: 'Chapter two',
      device: 'Deck',
      platform: 'linux',
      client_time: '2026-05-01T10:00:00+02:00',
      play_time_seconds: '3600.5',
      schema_version: '7',
      metadata: '{"chapter":2,"hard":true}',
    })
    const answer = await put('facts', bytes, { 'content-type': 'image/png' }, `?${query}`)
    expect(answer.status, String(answer.bytes)).toBe(201)
    const { save, resolution } = WriteAnswer.parse(jsonOf(answer))
    expect(resolution).toBeNull()
    expect(save).toMatchObject({
      version: 1,
      size: bytes.length,
      hash: sha256(bytes).toString('hex'),
      content_type: 'image/png',
      name: 'Chapter two',
      device: 'Deck',
      platform: 'linux',
      client_time: '2026-05-01T08:00:00.000Z',
      play_time_seconds: 3600.5,
      schema_version: 7,
      metadata: { chapter: 2, hard: true },
    })
    const etag = `"1-${save.hash}"`
    expect(answer.headers.get('etag')).toBe(etag)
    const read = await getBytes('facts')
    expect([read.status, read.headers.get('etag')]).toEqual([200, etag])
    expect(read.bytes.equals(bytes)).toBe(true)
    expect(jsonOf(await get('facts'))).toMatchObject({ save: { version: 1 }, data: null })
  })

  test('of no bytes is a file, too', async () => {
    expect((await put('empty', new Uint8Array())).status).toBe(201)
    const read = await getBytes('empty')
    expect([read.status, read.bytes.length, read.headers.get('content-length')]).toEqual([
      200,
      0,
      '0',
    ])
    expect((await getBytes('empty', { range: 'bytes=0-0' })).status).toBe(416)
  })

  test('an example of every refusal of its conditions and facts', async () => {
    const bytes = bytesOf('x')
    const refused: [Record<string, string>, string, string][] = [
      [{ 'if-match': '"1"', 'if-none-match': '*' }, '', 'header/if-match'],
      [{ 'if-none-match': '"1"' }, '', 'header/if-none-match'],
      [{ 'if-match': 'newest' }, '', 'header/if-match'],
      [{ 'content-digest': 'md5=:AAAA:' }, '', 'header/content-digest'],
      [{ 'idempotency-key': 'k' }, '', 'header/content-digest'],
      [{}, '?play_time_seconds=NaN', 'query/play_time_seconds'],
      [{}, '?metadata=%7B', 'query/metadata'],
      [{}, '?metadata=%5B1%5D', 'query/metadata'],
      [{}, '?strategy=win', 'query/strategy'],
    ]
    for (const [headers, query, pointer] of refused) {
      const answer = await put('refused', bytes, headers, query)
      expect([answer.status, jsonOf(answer).errors?.[0].pointer], pointer).toEqual([400, pointer])
    }
    const encoded = await put('refused', bytes, { 'content-encoding': 'gzip' })
    expect(jsonOf(encoded).code).toBe('unsupported_encoding')
    const odd = await put('refused', bytes, { 'content-type': 'a b/c' })
    expect(jsonOf(odd).code).toBe('unsupported_media_type')
    expect((await get('refused')).status).toBe(404)
  })

  test('F5: bytes that are not those of the digest are refused, and nothing is stored', async () => {
    const answer = await put('digest', noise(100_000), { 'content-digest': digestOf(noise(8)) })
    expect([answer.status, jsonOf(answer).code]).toEqual([400, 'digest_mismatch'])
    expect((await get('digest')).status).toBe(404)
    const document = { 'content-type': 'application/json', 'content-digest': digestOf(noise(8)) }
    expect(jsonOf(await put('digest', bytesOf('{}'), document)).code).toBe('digest_mismatch')
    const right = noise(100_000)
    expect((await put('digest', right, { 'content-digest': digestOf(right) })).status).toBe(201)
  })

  test('a base that is not the head any more is a conflict with the newer save', async () => {
    expect((await put('base', noise(9), { 'if-none-match': '*' })).status).toBe(201)
    const again = await put('base', noise(9, 2), { 'if-none-match': '*' })
    expect([again.status, jsonOf(again).code]).toEqual([409, 'save_conflict'])
    const tag = (await get('base')).headers.get('etag') ?? ''
    expect((await put('base', noise(9, 3), { 'if-match': tag })).status).toBe(201)
    expect((await put('base', noise(9, 4), { 'if-match': '"2"' })).status).toBe(201)
    const stale = await put('base', noise(9, 5), { 'if-match': tag })
    expect([stale.status, jsonOf(stale)]).toMatchObject([
      409,
      { code: 'save_conflict', current: { save: { version: 3 }, data: null } },
    ])
  })

  test('a conflict is settled by the strategy that the write names', async () => {
    await put('both', noise(9))
    await put('both', noise(9, 2))
    const query = '?strategy=keep_both&branch=laptop'
    const answer = await put('both', noise(9, 3), { 'if-match': '"1"' }, query)
    expect(jsonOf(answer)).toMatchObject({
      save: { save_id: 'both-laptop', version: 1 },
      resolution: { outcome: 'branched' },
    })
    expect((await getBytes('both-laptop')).bytes.equals(noise(9, 3))).toBe(true)
    const newest = await put('both', noise(9, 4), { 'if-match': '"1"' }, '?strategy=newest')
    expect(jsonOf(newest)).toMatchObject({ save: { version: 3 }, resolution: { outcome: 'mine' } })
  })

  test('F2: of fifty writers with one base exactly one wins', async () => {
    await put('race', noise(9))
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        put('race', noise(20_000, at + 2), { 'if-match': '"1"' }),
      ),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(49)
    expect(jsonOf(await get('race')).save.version).toBe(2)
  })

  test('the same key with the same digest is carried out once, with another one refused', async () => {
    const bytes = noise(50_000)
    const key = { 'idempotency-key': crypto.randomUUID(), 'content-digest': digestOf(bytes) }
    const first = await put('once', bytes, key)
    const second = await put('once', bytes, key)
    expect([second.status, jsonOf(second)]).toEqual([201, jsonOf(first)])
    const other = { ...key, 'content-digest': digestOf(noise(9)) }
    const refused = await put('once', noise(9), other)
    expect([refused.status, jsonOf(refused).code]).toEqual([422, 'idempotency_key_reused'])
    expect(jsonOf(await get('once')).save.version).toBe(1)
  })

  test('D1: a slot of another player cannot be written, a slot of another project not read', async () => {
    await put('mine', noise(9))
    const url = urlOf('mine', '', player.id)
    expect((await sendBytes('PUT', url, { ...octets, ...away }, noise(9))).status).toBe(404)
    const accept = { accept: 'application/octet-stream' }
    expect((await sendBytes('GET', url, { ...accept, ...away })).status).toBe(404)
    const server = { 'x-api-key': secretKey }
    expect((await sendBytes('GET', url, { ...accept, ...server })).status).toBe(200)
    expect((await sendBytes('PUT', url, { ...octets, ...server }, noise(9, 2))).status).toBe(201)
  })
})

describe('a document sent as bytes', () => {
  const json = { 'content-type': 'application/json; charset=utf-8' }

  test('is a document: read with its data, and as the bytes that were sent', async () => {
    const text = '{ "hp": 80,\n "name": "Zoë" }'
    const answer = await put('document', bytesOf(text), json)
    expect(jsonOf(answer).save).toMatchObject({ content_type: 'application/json' })
    expect(jsonOf(await get('document')).data).toEqual({ hp: 80, name: 'Zoë' })
    const raw = await getBytes('document')
    expect([raw.bytes.toString(), raw.headers.get('content-type')]).toEqual([
      text,
      'application/json',
    ])
  })

  test.each([
    ['', 'malformed_json'],
    ['{"a":', 'malformed_json'],
    ['{"a":1,"a":2}', 'duplicate_key'],
    ['{"__proto__":1}', 'forbidden_key'],
    ['{"a":1e999}', 'unsafe_number'],
  ])('E7: that is %s is refused', async (text, code) => {
    expect(jsonOf(await put('broken', bytesOf(text), json)).code).toBe(code)
    expect((await get('broken')).status).toBe(404)
  })

  test('of more than 8 MiB is refused, whether it says so or not', async () => {
    const text = `"${'x'.repeat(8 * mebibyte)}"`
    const whole = await put('large', bytesOf(text), json)
    expect([whole.status, jsonOf(whole)]).toMatchObject([422, { code: 'save_too_large' }])
    const streamed = await put('large', new Blob([text]).stream(), json)
    expect([streamed.status, jsonOf(streamed).code]).toEqual([422, 'save_too_large'])
    expect((await put('large', bytesOf(text), { 'content-type': 'text/plain' })).status).toBe(201)
  })
})

describe('reading bytes', () => {
  const bytes = noise(200_001)
  beforeAll(async () => {
    await put('read', bytes)
  })

  test.each([
    ['bytes=0-0', 0, 1],
    ['bytes=1000-1999', 1_000, 2_000],
    ['bytes=200000-', 200_000, 200_001],
    ['bytes=-5', 199_996, 200_001],
    ['bytes=100-99999999', 100, 200_001],
  ])('%s are exactly those bytes', async (range, start, end) => {
    const answer = await get('read', { range })
    expect(answer.status).toBe(206)
    expect(answer.bytes.equals(bytes.subarray(start, end))).toBe(true)
    const { headers } = answer
    expect(headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/${bytes.length}`)
    expect(headers.get('content-length')).toBe(String(end - start))
    expect(headers.get('repr-digest')).toBe(digestOf(bytes))
  })

  test('F10: a range outside, and several at once, are refused', async () => {
    const thousand = Array.from({ length: 1_000 }, (_, at) => `${at}-`).join(',')
    for (const range of ['bytes=200001-', 'bytes=0-1,5-9', `bytes=${thousand}`]) {
      const answer = await get('read', { range })
      expect([answer.status, jsonOf(answer).code]).toEqual([416, 'range_not_satisfiable'])
      expect(answer.headers.get('content-range')).toBe('bytes */200001')
    }
  })

  test('what is known is not sent again, and If-Range guards a continued download', async () => {
    const etag = (await getBytes('read')).headers.get('etag') ?? ''
    const known = await getBytes('read', { 'if-none-match': `"other", W/${etag}` })
    expect([known.status, known.bytes.length, known.headers.get('etag')]).toEqual([304, 0, etag])
    const range = 'bytes=5-9'
    expect((await get('read', { range, 'if-range': etag })).status).toBe(206)
    const changed = await get('read', { range, 'if-range': '"7-abc"' })
    expect([changed.status, changed.bytes.length]).toEqual([200, bytes.length])
  })

  test('F7, F10: bytes come as an attachment that no browser sniffs and no cache keeps', async () => {
    const { headers } = await getBytes('read')
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-disposition': 'attachment; filename="read"',
      'content-security-policy': "sandbox; default-src 'none'",
      'accept-ranges': 'bytes',
      vary: expect.stringMatching(/^origin, accept$/),
    })
    expect((await get('read')).headers.get('vary')).toBe('origin, accept')
  })

  test.each([
    ['text/html', 'application/octet-stream'],
    ['image/svg+xml', 'application/octet-stream'],
    ['application/javascript', 'application/octet-stream'],
    ['application/pdf', 'application/octet-stream'],
    ['image/png', 'image/png'],
    ['audio/ogg', 'audio/ogg'],
    ['text/plain; charset=utf-8', 'text/plain; charset=utf-8'],
  ])('F11: what was stored as %s is handed out as %s', async (type, shown) => {
    const slot = type.replace(/[^a-z]/g, '')
    expect((await put(slot, bytesOf('<svg/>'), { 'content-type': type })).status).toBe(201)
    expect((await getBytes(slot)).headers.get('content-type')).toBe(shown)
    // Its own type first in Accept asks for bytes, too.
    expect((await get(slot, { accept: type })).bytes.toString()).toBe('<svg/>')
  })

  test('JSON is what everybody else gets', async () => {
    for (const accept of ['*/*', 'application/json', 'text/html, */*;q=0.8', 'image/png']) {
      expect(jsonOf(await get('read', { accept })).save.save_id).toBe('read')
    }
  })

  test('HEAD tells of the bytes and sends none; a range is nothing to it', async () => {
    const headers = { accept: 'application/octet-stream', range: 'bytes=0-1' }
    const answer = await get('read', headers, '', 'HEAD')
    expect([answer.status, answer.bytes.length, answer.headers.get('content-length')]).toEqual([
      200,
      0,
      String(bytes.length),
    ])
  })

  test('every version can be read, and F12: none of them once the slot is deleted', async () => {
    await put('versions', noise(9, 1))
    await put('versions', noise(9, 2))
    expect((await getBytes('versions', {}, '?version=1')).bytes.equals(noise(9, 1))).toBe(true)
    await get('versions', {}, '', 'DELETE')
    for (const query of ['', '?version=1', '?version=2']) {
      expect((await getBytes('versions', {}, query)).status).toBe(404)
      expect((await get('versions', { range: 'bytes=0-1' }, query)).status).toBe(404)
    }
  })

  test('F10: another host in a header changes nothing, and a name with an ending is no slot', async () => {
    const answers = await Promise.all(
      ['', 'evil.example'].map(host =>
        getBytes('read', { 'x-forwarded-host': host, 'x-original-url': '/admin' }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect((await get('read.css')).status).toBe(400)
  })
})
