import { codeOf, freshPlayer } from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import {
  documentIn,
  freshKey,
  myDocument,
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

describe('a batch', () => {
  const batch = (caller: Caller, writes: object[], to = 'me') =>
    caller('POST', `/players/${to}/documents/batch`, { writes })

  test('writes all of its documents, in the order given', async () => {
    const key = freshKey()
    const old = documentIn(await owner('PUT', myDocument('decks', `${key}-old`), { value: 1 }))
    const answer = await batch(owner, [
      { op: 'put', collection: 'decks', key, value: { cards: [1] }, if_version: 0 },
      { op: 'delete', collection: 'decks', key: `${key}-old`, if_version: old.version },
      { op: 'put', collection: 'notes', key, value: 'x', access: 'public' },
    ])
    const { documents } = Object(answer.body)
    expect(documents[1]).toBeNull()
    expect([documents[0], documents[2]]).toMatchObject([
      { collection: 'decks', key, access: 'private' },
      { collection: 'notes', access: 'public' },
    ])
  })

  test('writes nothing when one of its conditions does not hold, and says which', async () => {
    const key = freshKey()
    const { version } = documentIn(
      await owner('PUT', myDocument('decks', `${key}-b`), { value: 'kept' }),
    )
    const refused = await batch(owner, [
      { op: 'put', collection: 'decks', key: `${key}-a`, value: 1 },
      { op: 'patch', collection: 'decks', key: `${key}-b`, patch: { a: 1 }, if_version: 7_000 },
    ])
    expect(codeOf(refused)).toBe('version_mismatch')
    expect(refused.body).toMatchObject({ collection: 'decks', key: `${key}-b`, version })
    expect((await owner('GET', myDocument('decks', `${key}-a`))).status).toBe(404)
    expect(documentIn(await owner('GET', myDocument('decks', `${key}-b`))).value).toBe('kept')
  })

  test('of which twenty race for the same documents is written by one whole writer', async () => {
    const [a, b] = [freshKey(), freshKey()]
    const answers = await inParallel(20, n =>
      batch(owner, [
        { op: 'put', collection: 'decks', key: n % 2 ? a : b, value: n, if_version: 0 },
        { op: 'put', collection: 'decks', key: n % 2 ? b : a, value: n, if_version: 0 },
      ]),
    )
    expect(tally(answers)).toEqual({ 200: 1, 412: 19 })
    const values = await Promise.all([a, b].map(key => owner('GET', myDocument('decks', key))))
    expect(documentIn(values[0]).value).toBe(documentIn(values[1]).value)
  })

  test.each([
    ['no writes', []],
    [
      'twenty-one',
      Array.from({ length: 21 }, (_, n) => ({ op: 'delete', collection: 'a', key: `k${n}` })),
    ],
    [
      'one document twice',
      [
        { op: 'delete', collection: 'a', key: 'b' },
        { op: 'put', collection: 'a', key: 'b', value: 1 },
      ],
    ],
    ['an unknown verb', [{ op: 'move', collection: 'a', key: 'b' }]],
    ['a put without a value', [{ op: 'put', collection: 'a', key: 'b' }]],
  ])('of %s is refused', async (_what, writes) => {
    expect(codeOf(await batch(owner, writes))).toBe('invalid_request')
  })

  test('reads in the order asked for, null for what is not there', async () => {
    await owner('PUT', myDocument('decks', 'first'), { value: 1 })
    await server('PUT', theirs('decks', 'secret'), { access: 'server', value: 2 })
    const documents = ['secret', 'first', 'absent'].map(key => ({ collection: 'decks', key }))
    const mineOnly = await owner('POST', '/players/me/documents/read', { documents })
    const all = await server('POST', `/players/${ownerId}/documents/read`, { documents })
    const valuesOf = (answer: { body: unknown }) =>
      Object(answer.body).documents.map((one: { value: unknown } | null) => one?.value)
    expect(valuesOf(mineOnly)).toEqual([undefined, 1, undefined])
    expect(valuesOf(all)).toEqual([2, 1, undefined])
  })
})

test('a list goes through all documents page by page, and through those of one collection', async () => {
  const player = await freshPlayer(place.home)
  const api = callerOf(place.home.apiUrl, player.headers)
  for (const [collection, count] of [
    ['a', 3],
    ['b', 4],
  ] as const) {
    const writes = Array.from({ length: count }, (_, n) => ({
      op: 'put',
      collection,
      key: `k${n}`,
      value: n,
    }))
    await api('POST', '/players/me/documents/batch', { writes })
  }
  const seen: string[] = []
  for (let cursor = ''; ; ) {
    const page = await api('GET', `/players/me/documents?limit=3${cursor}`)
    const { items, next_cursor } = Object(page.body)
    for (const { collection, key } of items) seen.push(`${collection}/${key}`)
    if (next_cursor === null) break
    cursor = `&cursor=${next_cursor}`
  }
  expect(seen).toEqual(['a/k0', 'a/k1', 'a/k2', 'b/k0', 'b/k1', 'b/k2', 'b/k3'])
  const only = await api('GET', '/players/me/documents?collection=b&limit=100')
  expect(Object(only.body).items).toHaveLength(4)
  expect(codeOf(await api('GET', '/players/me/documents?cursor=e30'))).toBe('invalid_cursor')
})

test('a page of heavy documents is cut short by its weight, and none of them is left out', async () => {
  const player = await freshPlayer(place.home)
  const api = callerOf(place.home.apiUrl, player.headers)
  const value = 'x'.repeat(260_000)
  for (let n = 0; n < 20; n++) {
    expect((await api('PUT', myDocument('heavy', `k${n}`), { value })).status).toBe(200)
  }
  const pages: number[] = []
  for (let cursor = ''; ; ) {
    const { items, next_cursor } = Object(
      (await api('GET', `/players/me/documents?limit=100${cursor}`)).body,
    )
    pages.push(items.length)
    if (next_cursor === null) break
    cursor = `&cursor=${next_cursor}`
  }
  expect(pages).toEqual([17, 3])
})
