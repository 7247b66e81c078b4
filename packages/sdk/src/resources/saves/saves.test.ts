import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Cloud } from '../../cloud.js'
import { unwrap } from '../../core/result.js'
import { problem, startTestApi, type TestApi } from '../../testing/test-api.js'
import { createTestCloud, signIn } from '../../testing/test-cloud.js'
import { isSameJson } from './content.js'

let api: TestApi
let cloud: Cloud
const route = 'POST /saves/me'

beforeEach(async () => {
  api = await startTestApi()
  cloud = createTestCloud(api, { saves: { autoSync: false } })
  await signIn(api, cloud)
})
afterEach(async () => {
  cloud.close()
  await api.close()
})

const save = (version: number, deleted = false) => ({
  save_id: 'slot1',
  version,
  size: 10,
  hash: 'h',
  updated_at: '2026-01-01T00:00:00.000Z',
  metadata: {},
  content_type: deleted ? null : 'application/json',
  deleted,
})
const stored = (version: number) => ({ status: 201, body: { save: save(version) } })
const conflict = (version: number, data: unknown, deleted = false) =>
  problem(409, 'save_conflict', { current: { save: save(version, deleted), data } })
const sent = () =>
  api.seen(route).map(({ body: { client_time: _, on_conflict: _wish, ...body } }) => body)

test('sends the version it has seen last by itself', async () => {
  api.answer('GET /saves/me/slot1', { body: { save: save(7), data: { hp: 1 } } })
  api.answer(route, stored(8), stored(9))
  const loaded = unwrap(await cloud.saves.load<{ hp: number }>('slot1'))
  expect(loaded.data.hp).toBe(1)
  unwrap(await cloud.saves.save('slot1', { hp: 2 }))
  unwrap(await cloud.saves.save('slot1', { hp: 3 }, { metadata: { level: 4 } }))
  expect(sent()).toEqual([
    { save_id: 'slot1', data: { hp: 2 }, base_version: 7 },
    { save_id: 'slot1', data: { hp: 3 }, base_version: 8, metadata: { level: 4 } },
  ])
})

test('writes one save of a slot after the other, so that it never conflicts with itself', async () => {
  let version = 0
  api.answer(route, ({ body }) => {
    if ((body.base_version ?? 0) !== version) return conflict(version, null)
    version += 1
    return stored(version)
  })
  const results = await Promise.all([1, 2, 3, 4].map(hp => cloud.saves.save('slot1', { hp })))
  expect(results.every(({ success }) => success)).toBe(true)
  expect(sent().map(({ base_version }) => base_version)).toEqual([undefined, 1, 2, 3])
})

test('saves what the data was when it was called', async () => {
  api.answer(route, stored(1))
  const data = { hp: 1 }
  const first = cloud.saves.save('slot1', data)
  data.hp = 2
  unwrap(await first)
  expect(sent()).toMatchObject([{ data: { hp: 1 } }])
})

test('hands back the newer save of a conflict and does not build on it unasked', async () => {
  api.answer(route, stored(1), conflict(5, { hp: 50 }), conflict(5, { hp: 50 }))
  unwrap(await cloud.saves.save('slot1', { hp: 1 }))
  const result = await cloud.saves.save('slot1', { hp: 2 })
  expect(result).toMatchObject({
    success: false,
    error: {
      code: 'save_conflict',
      details: { current: { save: { version: 5 }, data: { hp: 50 } } },
    },
  })
  await cloud.saves.save('slot1', { hp: 3 })
  expect(sent().map(({ base_version }) => base_version)).toEqual([undefined, 1, 1])
})

test('merges and writes on top of the newer save, until nobody has come between', async () => {
  api.answer(route, conflict(5, { coins: 5 }), conflict(6, { coins: 60 }), stored(7))
  const merge = (mine: unknown, theirs: unknown) => ({ merged: [mine, theirs] })
  const result = await cloud.saves.save<unknown>('slot1', 'mine', { base_version: 4, merge })
  expect(result).toMatchObject({ success: true, save: { version: 7 } })
  expect(sent()).toMatchObject([
    { base_version: 4, data: 'mine' },
    { base_version: 5, data: { merged: ['mine', { coins: 5 }] } },
    { base_version: 6, data: { merged: ['mine', { coins: 60 }] } },
  ])
  const keys = api.seen(route).map(({ headers }) => headers['idempotency-key'])
  expect(new Set(keys).size).toBe(3)
})

test('lets a merge decide about a slot that was deleted elsewhere', async () => {
  api.answer(route, conflict(5, null, true), stored(6))
  const seen: unknown[] = []
  const merge = (mine: string, theirs: string | null) => {
    seen.push(theirs)
    return mine
  }
  unwrap(await cloud.saves.save('slot1', 'mine', { base_version: 4, merge }))
  expect(seen).toEqual([null])
})

test('lets of two devices that find an empty slot only one save, the other merge', async () => {
  interface Progress {
    coins: number
  }
  const mine: Progress = { coins: 1 }
  const current = { version: 1, data: { coins: 5 } }
  api.answer(route, ({ body }) =>
    body.base_version === current.version ? stored(2) : conflict(current.version, current.data),
  )
  expect(await cloud.saves.load('slot1')).toMatchObject({ error: { code: 'not_found' } })
  expect(await cloud.saves.save('slot1', mine)).toMatchObject({ error: { code: 'save_conflict' } })
  const merged = await cloud.saves.save('slot1', mine, {
    merge: (own, theirs) => ({ coins: own.coins + (theirs?.coins ?? 0) }),
  })
  expect(merged).toMatchObject({ success: true, save: { version: 2 } })
  expect(sent()).toMatchObject([
    { base_version: 0 },
    { base_version: 0 },
    { base_version: 1, data: { coins: 6 } },
  ])
})

test('begins a deleted slot anew after finding nothing in it, asking a merge if there is one', async () => {
  const seen: unknown[] = []
  const merge = (mine: string, theirs: string | null) => {
    seen.push(theirs)
    return mine
  }
  for (const options of [{}, { merge }]) {
    api.answer(route, conflict(5, null, true), stored(6))
    expect(await cloud.saves.load('slot1')).toMatchObject({ error: { code: 'not_found' } })
    expect(await cloud.saves.save('slot1', 'new game', options)).toMatchObject({ success: true })
  }
  expect(sent().map(({ base_version }) => base_version)).toEqual([0, 5, 0, 5])
  expect(seen).toEqual([null])
})

test('builds on the version that a list has shown, unless it knows one already', async () => {
  const listed = (version: number) => ({ body: { items: [save(version)], next_cursor: null } })
  api.answer('GET /saves/me', listed(4), listed(9))
  api.answer(route, stored(5), conflict(9, 'newer'))
  unwrap(await cloud.saves.list())
  unwrap(await cloud.saves.save('slot1', 1))
  unwrap(await cloud.saves.list())
  expect(await cloud.saves.save('slot1', 2)).toMatchObject({ error: { code: 'save_conflict' } })
  expect(sent().map(({ base_version }) => base_version)).toEqual([4, 5])
})

test('fails with what a merge throws', async () => {
  api.answer(route, conflict(5, null))
  const merge = () => {
    throw new Error('cannot decide')
  }
  const result = await cloud.saves.save('slot1', 1, { merge })
  expect(result).toMatchObject({ success: false, error: { message: 'cannot decide' } })
})

test('asks after a save whose answer was lost before it goes on, by the same key', async () => {
  api.answer(route, stored(1), { cut: true }, { cut: true }, { cut: true }, { cut: true })
  unwrap(await cloud.saves.save('slot1', { hp: 1 }))
  expect(await cloud.saves.save('slot1', { hp: 2 })).toMatchObject({ success: false })
  api.answer(route, stored(2), stored(3))
  expect(await cloud.saves.save('slot1', { hp: 3 })).toMatchObject({ save: { version: 3 } })
  const [lost, again, next] = api.seen(route).slice(-3)
  expect(again?.body).toEqual(lost?.body)
  expect(again?.headers['idempotency-key']).toBe(lost?.headers['idempotency-key'])
  expect(next?.body).toMatchObject({ base_version: 2, data: { hp: 3 } })
})

test('repeats a save under one key when the answer is lost', async () => {
  api.answer(route, { cut: true }, stored(1))
  unwrap(await cloud.saves.save('slot1', 1))
  const [first, second] = api.seen(route).map(({ headers }) => headers['idempotency-key'])
  expect(first).toMatch(/^[0-9a-f-]{36}$/)
  expect(second).toBe(first)
})

test('lists slots and versions', async () => {
  const answer = { body: { items: [save(2), save(1)], next_cursor: 'more' } }
  api.answer('GET /saves/me', answer)
  api.answer('GET /saves/me/history', answer)
  expect(unwrap(await cloud.saves.list({ limit: 2 })).items).toHaveLength(2)
  expect(unwrap(await cloud.saves.history('slot1', { cursor: 'c' })).next_cursor).toBe('more')
  expect(api.requests.at(-1)?.query.toString()).toBe('save_id=slot1&cursor=c')
})

test('deletes a slot, also one that is gone already', async () => {
  const gone = [{ status: 204 }, problem(404, 'not_found'), conflict(9, null, true)]
  for (const answer of gone) {
    api.answer('DELETE /saves/me/slot1', answer)
    expect(await cloud.saves.delete('slot1', { base_version: 8 })).toEqual({
      success: true,
      synced: true,
    })
  }
  api.answer('DELETE /saves/me/slot1', conflict(9, 'alive'))
  const refused = await cloud.saves.delete('slot1', { base_version: 8 })
  expect(refused).toMatchObject({ success: false, error: { code: 'save_conflict' } })
})

test.each(['history', '', '..', 'A', 'a/b', 'x'.repeat(65)])(
  'refuses the slot name "%s" before asking',
  async slot => {
    const before = api.requests.length
    for (const result of await Promise.all([
      cloud.saves.save(slot, 1),
      cloud.saves.load(slot),
      cloud.saves.delete(slot),
      cloud.saves.restore(slot, 1),
      cloud.saves.history(slot),
    ])) {
      expect(result).toMatchObject({ success: false, error: { code: 'invalid_request' } })
    }
    expect(api.requests).toHaveLength(before)
  },
)

test('refuses data that is not JSON', async () => {
  const circular: Record<string, unknown> = {}
  circular.self = circular
  for (const data of [circular, undefined, () => 1]) {
    const result = await cloud.saves.save('slot1', data)
    expect(result).toMatchObject({ success: false, error: { code: 'invalid_request' } })
  }
})

test('compares JSON by meaning', () => {
  expect(isSameJson({ a: [1, { b: null }], c: 'x' }, { c: 'x', a: [1, { b: null }] })).toBe(true)
  for (const [a, b] of [
    [{ a: 1 }, { a: 1, b: undefined }],
    [[1], { 0: 1 }],
    [{ a: 1 }, { b: 1 }],
    [null, {}],
    ['1', 1],
  ]) {
    expect(isSameJson(a, b)).toBe(false)
  }
})
