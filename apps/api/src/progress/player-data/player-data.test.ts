import { codeOf } from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { type Caller, inParallel, tally } from '../../testing/caller.js'
import {
  documentIn,
  freshKey,
  myDocument,
  onVersionOf,
  openDocumentPlace,
} from '../../testing/document-place.js'

const stack = inject('stack')
let place: Awaited<ReturnType<typeof openDocumentPlace>>
let owner: Caller
let server: Caller
let ownerId: string

beforeAll(async () => {
  place = await openDocumentPlace(stack)
  ;({ owner, server, ownerId } = place)
})

const theirs = (collection: string, key: string) =>
  `/players/${ownerId}/documents/${collection}/${key}`

describe('a document', () => {
  test('is read as it was written, with its version as the ETag', async () => {
    const path = myDocument('settings', 'controls')
    const value = { volume: 0.1, deep: [1e300, 'é', null, { on: true }] }
    const written = await owner('PUT', path, { value })
    expect([written.status, written.headers.get('etag')]).toEqual([200, '"1"'])
    const read = await owner('GET', path)
    const { size, access, version, user_id } = documentIn(read)
    expect(documentIn(read).value).toEqual(value)
    expect({ size, access, version, user_id }).toEqual({
      size: Buffer.byteLength(JSON.stringify(value)),
      access: 'private',
      version: 1,
      user_id: ownerId,
    })
    expect((await owner('GET', path, undefined, { 'if-none-match': '"1"' })).status).toBe(304)
  })

  test.each([[null], [false], [0], ['text'], [[]]])('may be %j', async value => {
    const path = myDocument('plain', 'value')
    expect((await owner('PUT', path, { value })).status).toBe(200)
    expect(documentIn(await owner('GET', path)).value).toEqual(value)
  })

  test('is changed by a merge patch on the version that is there', async () => {
    const path = myDocument('settings', freshKey())
    await owner('PUT', path, { value: { keys: { jump: 'space', duck: 'c' }, volume: 1 } })
    const patch = { keys: { duck: null, run: 'shift' }, volume: 0.5 }
    const patched = await owner('PATCH', path, { patch }, { 'if-match': '"1"' })
    expect([patched.status, documentIn(patched).version]).toEqual([200, 2])
    expect(documentIn(await owner('GET', path)).value).toEqual({
      keys: { jump: 'space', run: 'shift' },
      volume: 0.5,
    })
    const absent = await owner('PATCH', myDocument('settings', freshKey()), { patch })
    expect(codeOf(absent)).toBe('not_found')
  })

  test.each([
    ['{"patch":{"__proto__":{"a":1}}}'],
    ['{"patch":{"a":{"constructor":{"prototype":{}}}}}'],
  ])('E7: takes no patch such as %s', async text => {
    const path = myDocument('settings', 'guarded')
    await owner('PUT', path, { value: {} })
    const response = await fetch(`${place.home.apiUrl}/api/v1${path}`, {
      method: 'PATCH',
      headers: { ...place.ownerHeaders, 'content-type': 'application/json' },
      body: text,
    })
    expect([response.status, Object(await response.json()).code]).toEqual([400, 'forbidden_key'])
  })

  test('is gone after it was deleted, and no version of its key ever comes again', async () => {
    const path = myDocument('settings', freshKey())
    await owner('PUT', path, { value: 1 })
    await owner('PUT', path, { value: 2 })
    expect((await owner('DELETE', path, undefined, { 'if-match': '"1"' })).status).toBe(412)
    expect((await owner('DELETE', path)).status).toBe(204)
    expect((await owner('GET', path)).status).toBe(404)
    expect((await owner('DELETE', path)).status).toBe(404)
    const again = await owner('PUT', path, { value: 3 })
    expect(documentIn(again).version).toBe(3)
    const stale = await owner('PUT', path, { value: 4 }, { 'if-match': '"1"' })
    expect([codeOf(stale), Object(stale.body).version]).toEqual(['version_mismatch', 3])
  })

  test('of more than 256 KiB is refused', async () => {
    const path = myDocument('settings', 'large')
    const largest = 'x'.repeat(262_144 - 2)
    expect((await owner('PUT', path, { value: largest })).status).toBe(200)
    const refused = await owner('PUT', path, { value: `${largest}x` })
    expect([refused.status, codeOf(refused)]).toEqual([413, 'body_too_large'])
    await owner('PUT', myDocument('settings', 'grows'), { value: { a: largest.slice(20) } })
    const grown = await owner('PATCH', myDocument('settings', 'grows'), {
      patch: { b: 'x'.repeat(20) },
    })
    expect(codeOf(grown)).toBe('body_too_large')
  })

  test.each(['Upper', 'a.b', 'a%2fb', '%00', 'é', 'x'.repeat(65), 'con trol', '%E2%80%AE'])(
    'F1: has no key such as %s',
    async key => {
      const refused = await owner('PUT', `/players/me/documents/settings/${key}`, { value: 1 })
      expect(refused.status).toBe(400)
      codeOf(refused)
    },
  )
})

describe('conditions', () => {
  test('F2: of fifty writers with one If-Match exactly one writes', async () => {
    const path = myDocument('races', freshKey())
    const first = await owner('PUT', path, { value: { n: -1 } })
    const answers = await inParallel(50, n =>
      owner('PUT', path, { value: { n, fill: 'x'.repeat(n * 10) } }, onVersionOf(first)),
    )
    expect(tally(answers)).toEqual({ 200: 1, 412: 49 })
    const { version, value } = documentIn(await owner('GET', path))
    expect(version).toBe(documentIn(first).version + 1)
    expect(value.fill).toHaveLength(value.n * 10)
  })

  test('F3: of fifty creators with If-None-Match: * exactly one creates', async () => {
    const path = myDocument('races', freshKey())
    const answers = await inParallel(50, n =>
      owner('PUT', path, { value: n }, { 'if-none-match': '*' }),
    )
    expect(tally(answers)).toEqual({ 200: 1, 412: 49 })
  })

  test('twenty patches side by side are all there in the end', async () => {
    const path = myDocument('races', freshKey())
    const first = documentIn(await owner('PUT', path, { value: {} })).version
    const answers = await inParallel(20, n => owner('PATCH', path, { patch: { [`f${n}`]: n } }))
    expect(tally(answers)).toEqual({ 200: 20 })
    const { version, value } = documentIn(await owner('GET', path))
    expect([version - first, Object.keys(value).length]).toEqual([20, 20])
  })

  test.each([
    [{ 'if-match': '"nonsense"' }, 412, 'version_mismatch'],
    [{ 'if-match': '*' }, 412, 'version_mismatch'],
    [{ 'if-none-match': '"1"' }, 400, 'invalid_request'],
    [{ 'if-none-match': '*', 'if-match': '"1"' }, 400, 'invalid_request'],
  ])('that are %j refuse a new document with %d', async (condition, status, code) => {
    const refused = await owner('PUT', myDocument('races', freshKey()), { value: 1 }, condition)
    expect([refused.status, codeOf(refused)]).toEqual([status, code])
  })

  test('F3: are required where the environment says so', async () => {
    expect((await place.rules({ require_conditions: true })).status).toBe(200)
    const path = myDocument('races', freshKey())
    try {
      const refused = await owner('PUT', path, { value: 1 })
      expect([refused.status, codeOf(refused)]).toEqual([428, 'condition_required'])
      expect((await server('PUT', theirs('races', freshKey()), { value: 1 })).status).toBe(428)
      const writes = [{ op: 'put', collection: 'races', key: freshKey(), value: 1 }]
      expect((await owner('POST', '/players/me/documents/batch', { writes })).status).toBe(428)
      const created = await owner('PUT', path, { value: 1 }, { 'if-none-match': '*' })
      expect(created.status).toBe(200)
      expect((await owner('DELETE', path)).status).toBe(428)
      expect((await owner('DELETE', path, undefined, onVersionOf(created))).status).toBe(204)
    } finally {
      await place.rules({})
    }
  })

  test('F4: a write is carried out once under its Idempotency-Key, and answered alike', async () => {
    const path = myDocument('races', freshKey())
    const key = { 'idempotency-key': crypto.randomUUID(), 'if-none-match': '*' }
    const answers = await inParallel(10, () => owner('PUT', path, { value: { n: 1 } }, key))
    expect(new Set(answers.map(answer => JSON.stringify(answer.body))).size).toBe(1)
    expect(tally(answers)).toEqual({ 200: 10 })
    const { version } = documentIn(await owner('GET', path))
    expect(version).toBe(documentIn(answers[0]).version)
    const reused = await owner('PUT', path, { value: { n: 2 } }, key)
    expect([reused.status, codeOf(reused)]).toEqual([422, 'idempotency_key_reused'])
    const remove = { 'idempotency-key': crypto.randomUUID() }
    expect((await owner('DELETE', path, undefined, remove)).status).toBe(204)
    expect((await owner('DELETE', path, undefined, remove)).status).toBe(204)
  })
})
