import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Cloud } from '../cloud.js'
import { unwrap } from '../core/result.js'
import { problem, startTestApi, type TestApi } from '../testing/test-api.js'
import { createTestCloud, signIn } from '../testing/test-cloud.js'

let api: TestApi
let cloud: Cloud

beforeEach(async () => {
  api = await startTestApi()
  cloud = createTestCloud(api)
  await signIn(api, cloud)
})
afterEach(async () => {
  cloud.close()
  await api.close()
})

const mine = '/players/me/documents/decks/main'
const facts = { collection: 'decks', key: 'main', version: 3 }

test('reads own documents and those that others show', async () => {
  api.answer(`GET ${mine}`, { body: { document: { ...facts, value: { cards: [1] } } } })
  const own = unwrap(await cloud.playerData.get('decks', 'main'))
  expect(own.document.value).toEqual({ cards: [1] })
  api.answer('GET /players/bob/documents/decks/main', problem(404, 'not_found'))
  const theirs = await cloud.playerData.get('decks', 'main', { of: 'bob' })
  expect(theirs).toMatchObject({ success: false, error: { code: 'not_found' } })
  api.answer('GET /players/bob/documents', { body: { items: [], next_cursor: null } })
  unwrap(await cloud.playerData.list({ of: 'bob', collection: 'decks', limit: 5 }))
  expect(api.requests.at(-1)?.query.toString()).toBe('collection=decks&limit=5')
  api.answer('POST /players/me/documents/read', { body: { documents: [null] } })
  const many = await cloud.playerData.getMany([{ collection: 'decks', key: 'main' }])
  expect(unwrap(many).documents).toEqual([null])
})

test.each([
  [undefined, undefined, undefined],
  [0, undefined, '*'],
  [7, '"7"', undefined],
])('writes on version %s with the condition that says so', async (ifVersion, match, none) => {
  api.answer(`PUT ${mine}`, { body: { document: facts } })
  const options = ifVersion === undefined ? {} : { ifVersion }
  const { document } = unwrap(
    await cloud.playerData.set('decks', 'main', [1], { ...options, access: 'public' }),
  )
  expect(document.version).toBe(3)
  const [seen] = api.seen(`PUT ${mine}`)
  expect(seen?.body).toEqual({ access: 'public', value: [1] })
  expect([seen?.headers['if-match'], seen?.headers['if-none-match']]).toEqual([match, none])
})

test.each([
  ['PUT', () => cloud.playerData.set('decks', 'main', 1, { ifVersion: 2 })],
  ['PATCH', () => cloud.playerData.patch('decks', 'main', { a: null }, { ifVersion: 2 })],
  ['DELETE', () => cloud.playerData.delete('decks', 'main', { ifVersion: 2 })],
] as const)('sends a %s whose answer was lost again under the same key', async (method, write) => {
  api.answer(`${method} ${mine}`, { cut: true }, { body: { document: facts } })
  expect((await write()).success).toBe(true)
  const seen = api.seen(`${method} ${mine}`)
  expect(seen).toHaveLength(2)
  expect(seen[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/)
  expect(seen[1]?.headers['idempotency-key']).toBe(seen[0]?.headers['idempotency-key'])
  expect(seen.map(one => one.headers['if-match'])).toEqual(['"2"', '"2"'])
})

test('hands back the version that kept a write', async () => {
  api.answer(`PUT ${mine}`, problem(412, 'version_mismatch', { version: 9 }))
  const refused = await cloud.playerData.set('decks', 'main', 1, { ifVersion: 2 })
  expect(refused).toMatchObject({
    success: false,
    error: { code: 'version_mismatch', details: { version: 9 } },
  })
})

test('writes a batch and asks by fields', async () => {
  api.answer('POST /players/me/documents/batch', { body: { documents: [facts, null] } })
  const writes = [
    { op: 'put', collection: 'decks', key: 'main', value: 1, if_version: 0 },
    { op: 'delete', collection: 'decks', key: 'old' },
  ] as const
  expect(unwrap(await cloud.playerData.batch(writes)).documents[1]).toBeNull()
  expect(api.requests.at(-1)?.body).toEqual({ writes })
  api.answer(
    'POST /documents/heroes/search',
    { cut: true },
    { body: { items: [], next_cursor: null } },
  )
  const search = { where: [{ field: '/level', gte: 3 }], order: { field: '/level' } }
  expect(unwrap(await cloud.playerData.query('heroes', search)).items).toEqual([])
  expect(api.requests.at(-1)?.body).toEqual(search)
})

test.each(['', '..'])('takes no key such as "%s"', async key => {
  expect(await cloud.playerData.set('decks', key, 1)).toMatchObject({
    error: { code: 'invalid_request' },
  })
})
