import { createHash } from 'node:crypto'
import { brotliDecompressSync } from 'node:zlib'
import {
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf } from '../../testing/caller.js'
import { SaveWithData, WriteAnswer } from './schema.js'

const stack = inject('stack')
const Bucket = stack.s3.bucket
const s3 = new S3Client({
  endpoint: stack.s3.endpoint,
  region: stack.s3.region,
  forcePathStyle: true,
  credentials: {
    accessKeyId: stack.s3.access_key_id,
    secretAccessKey: stack.s3.secret_access_key,
  },
})
let environment: TestEnvironment
let player: TestPlayer
let api: Caller

beforeAll(async () => {
  environment = await freshEnvironment(stack)
})
afterAll(() => s3.destroy())
beforeEach(async () => {
  player = await freshPlayer(environment)
  api = callerOf(stack.api_url, player.headers)
})

const write = async (data: unknown) => {
  const answer = await api('POST', '/saves/me', { save_id: 'slot1', data })
  expect(answer.status).toBe(201)
  return WriteAnswer.parse(answer.body).save
}
const read = async (headers: Record<string, string> = {}) =>
  api('GET', '/saves/me/slot1', undefined, headers)
const dataOf = async () => SaveWithData.parse((await read()).body).data
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

const objects = async () => {
  const Prefix = `saves/${environment.environmentId}/${player.id}/`
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))
  return Contents.map(({ Key = '', Size = 0 }) => ({ Key, Size }))
}
const bytesOf = async (Key: string) => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
  return Buffer.from((await Body?.transformToByteArray()) ?? [])
}

describe('where the bytes are', () => {
  test('size and hash are those of the data as JSON', async () => {
    const data = { name: 'Zoë 🦊', list: [1, 2.5, null, true], empty: {} }
    const save = await write(data)
    const text = JSON.stringify(data)
    expect([save.size, save.hash]).toEqual([Buffer.byteLength(text), sha256(text)])
  })

  test('the object lies under ids alone, compressed and sealed', async () => {
    const data = { map: 'grass '.repeat(5_000) }
    const save = await write(data)
    const [object, ...others] = await objects()
    expect(others).toEqual([])
    const folder = `saves/${environment.environmentId}/${player.id}/`
    expect(object?.Key.slice(0, folder.length)).toBe(folder)
    expect(object?.Key.slice(folder.length)).toMatch(/^[0-9a-f-]{36}$/)
    expect(object?.Size).toBeLessThan(save.size / 10)
    const bytes = await bytesOf(object?.Key ?? '')
    expect(bytes.includes('grass')).toBe(false)
    expect(() => brotliDecompressSync(bytes)).toThrow()
  })

  test('a small change of a large document adds little, the same one again adds nothing', async () => {
    const fields = Array.from({ length: 4_000 }, (_, at) => ({ at, code: sha256(`${at}`) }))
    const first = await write(fields)
    const changed = fields.with(2_000, { at: 2_000, code: 'changed' })
    const second = await write(changed)
    const third = await write(changed)
    expect(second.size).toBeGreaterThan(300_000)
    expect(second.stored_size).toBeLessThan(first.stored_size / 20)
    expect([third.stored_size, third.hash]).toEqual([0, second.hash])
    expect(await objects()).toHaveLength(2)
    for (const [version, data] of [fields, changed, changed].entries()) {
      const answer = await api('GET', `/saves/me/slot1?version=${version + 1}`)
      expect(SaveWithData.parse(answer.body).data).toEqual(data)
    }
  })

  test('processes that write one slot in turns share what the other one has stored', async () => {
    const other = await startAnotherApi(stack)
    const apis = [api, callerOf(other.url, player.headers)]
    let fields = Array.from({ length: 2_000 }, (_, at) => ({ at, code: sha256(`${at}`) }))
    const sent: unknown[] = []
    const stored: number[] = []
    // Twice the one and twice the other, so that each meets its own last version and another's.
    for (const [turn, which] of [0, 0, 1, 1, 0, 1, 0, 0, 1].entries()) {
      fields = fields.with(turn * 200, { at: turn, code: `changed ${turn}` })
      if (turn === 5) fields = fields.toSpliced(900, 60)
      sent.push(fields)
      const answer = await apis[which]?.('POST', '/saves/me', { save_id: 'slot1', data: fields })
      stored.push(WriteAnswer.parse(answer?.body).save.stored_size)
    }
    const [first = 0, ...later] = stored
    expect(Math.max(...later)).toBeLessThan(first / 5)
    for (const [at, data] of sent.entries()) {
      const answer = await apis[at % 2]?.('GET', `/saves/me/slot1?version=${at + 1}`)
      expect(SaveWithData.parse(answer?.body).data).toEqual(data)
    }
    await other.close()
  })

  test('a write that lost its race leaves the kept versions whole', async () => {
    await write('base')
    const late = { save_id: 'slot1', data: 'lost', base_version: 7 }
    expect(codeOf(await api('POST', '/saves/me', late))).toBe('save_conflict')
    expect(await dataOf()).toBe('base')
  })
})

describe('reading what is known', () => {
  test('a read with the known ETag answers 304 without a body', async () => {
    const save = await write('known')
    const first = await read()
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toBe(`"1-${save.hash}"`)
    const known = await read({ 'if-none-match': etag })
    expect([known.status, known.body, known.headers.get('etag')]).toEqual([304, undefined, etag])
    await write('known')
    expect((await read({ 'if-none-match': etag })).status).toBe(200)
  })

  test('F10: a save is never kept by caches on the way', async () => {
    await write('private')
    const { headers } = await read()
    expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual([
      'no-store',
      'nosniff',
    ])
  })
})

describe('what comes back', () => {
  test.each([
    ['null', null],
    ['nothing in a text', ''],
    ['a false', false],
    ['zero', 0],
    ['an empty list', []],
    ['right-to-left and emoji', { مفتاح: 'قيمة', '👩‍👩‍👧‍👦': '🏳️‍🌈', 'e\u0301': '\u00e9' }],
    ['control characters', '\u0001\u001f\u007f\u2028\u2029\ufeff\uffff'],
    ['keys that look like numbers', { 10: 'a', 9: 'b', '-1': 'c', '01': 'd' }],
    ['keys of objects', { toString: 1, hasOwnProperty: 2, length: 3 }],
    ['SQL and markup', { "'; DROP TABLE save_slot; --": '<script>alert(1)</script>' }],
    ['the smallest and the largest', [5e-324, 1.7976931348623157e308, -9007199254740991]],
  ])('data that is %s comes back as it was', async (_what, data) => {
    await write(data)
    expect(await dataOf()).toEqual(data)
  })

  test('31 levels of nesting come back, 33 are refused', async () => {
    const nested = (levels: number): unknown => (levels === 0 ? 'deep' : [nested(levels - 1)])
    await write(nested(31))
    expect(await dataOf()).toEqual(nested(31))
    const answer = await api('POST', '/saves/me', { save_id: 'slot1', data: nested(32) })
    expect(codeOf(answer)).toBe('json_too_deep')
  })

  test('five megabytes of unicode come back byte for byte', async () => {
    const words = Array.from(
      { length: 100_000 },
      (_, at) => `${sha256(String(at)).slice(0, 40)} żółw 🐢`,
    )
    const save = await write(words)
    expect(save.size).toBeGreaterThan(5_000_000)
    expect(sha256(JSON.stringify(await dataOf()))).toBe(save.hash)
  })

  test('any JSON value comes back as it was, with its own hash', async () => {
    const isForbidden = /"(__proto__|constructor|prototype)":/
    const value = fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' }).filter(json => {
      const text = JSON.stringify(json)
      return !isForbidden.test(text) && !text.includes('\\u0000') && !/\d{16}/.test(text)
    })
    await fc.assert(
      fc.asyncProperty(value, async json => {
        const save = await write(json)
        const text = JSON.stringify(json)
        expect(save.hash).toBe(sha256(text))
        expect(JSON.stringify(await dataOf())).toBe(text)
      }),
      { numRuns: 60 },
    )
  })
})
