import { setTimeout as wait } from 'node:timers/promises'
import { codeOf, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf, inParallel } from '../../testing/caller.js'

const stack = inject('stack')
let home: TestEnvironment
let players: { id: string; api: Caller }[]
let server: Caller
let studio: Caller

const declare = (collections: object) =>
  studio('PUT', `/studio/environments/${home.environmentId}/settings/player_data.indexes`, {
    collections,
  })
const indexes = async () =>
  Object((await studio('GET', `/studio/environments/${home.environmentId}/documents/indexes`)).body)
    .items

async function built() {
  for (let left = 150; left > 0; left--) {
    const states = (await indexes()).map((one: { state: string }) => one.state)
    if (states.every((state: string) => state === 'ready')) return
    await wait(100)
  }
  throw new Error(`the indexes were not built: ${JSON.stringify(await indexes())}`)
}

const search = (caller: Caller, collection: string, body: object) =>
  caller('POST', `/documents/${collection}/search`, body)
const keysOf = (answer: { status: number; body: unknown }) => {
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return Object(answer.body).items.map((item: { key: string }) => item.key)
}

const heroes = [
  { key: 'ada', level: 10, class: 'mage', alive: true },
  { key: 'bob', level: 3, class: 'thief', alive: true },
  { key: 'cyd', level: -2.5, class: 'mage', alive: false },
  { key: 'dan', level: 10, class: 'knight', alive: true },
  { key: 'eve', level: '10', class: 5, alive: 'yes' },
  { key: 'fay', level: 1e300, class: 'Mage', alive: false },
]
const fields = [
  { path: '/level', type: 'number' },
  { path: '/class', type: 'string' },
  { path: '/alive', type: 'boolean' },
]

beforeAll(async () => {
  home = await freshEnvironment(stack)
  server = callerOf(home.apiUrl, { 'x-api-key': home.secretKey })
  studio = callerOf(home.apiUrl, { authorization: `Bearer ${home.memberToken}` })
  players = await Promise.all(
    [0, 1].map(async () => {
      const player = await freshPlayer(home)
      return { id: player.id, api: callerOf(home.apiUrl, player.headers) }
    }),
  )
  // Half of them before there is any index: the job has to find these.
  for (const [at, { key, ...value }] of heroes.entries()) {
    if (at === 3) {
      expect((await declare({ heroes: fields })).status).toBe(200)
      await built()
    }
    const path = `/players/me/documents/heroes/${key}`
    await players[at % 2]?.api('PUT', path, { access: 'public', value })
  }
})

describe('a search', () => {
  test.each<[string, object, string[]]>([
    ['equality', { where: [{ field: '/class', eq: 'mage' }] }, ['ada', 'cyd']],
    ['a list', { where: [{ field: '/class', in: ['thief', 'knight'] }] }, ['dan', 'bob']],
    ['a range', { where: [{ field: '/level', gte: 3, lt: 10 }] }, ['bob']],
    ['one end', { where: [{ field: '/level', gt: 3 }] }, ['ada', 'dan', 'fay']],
    ['negative numbers', { where: [{ field: '/level', lte: 0 }] }, ['cyd']],
    ['truth', { where: [{ field: '/alive', eq: false }] }, ['cyd', 'fay']],
    [
      'several conditions',
      {
        where: [
          { field: '/level', gte: 10 },
          { field: '/alive', eq: true },
          { field: '/class', in: ['mage', 'knight'] },
        ],
      },
      ['ada', 'dan'],
    ],
    [
      'two conditions on one field',
      {
        where: [
          { field: '/class', gte: 'm' },
          { field: '/class', in: ['mage', 'knight'] },
        ],
      },
      ['ada', 'cyd'],
    ],
    [
      'an order by another field',
      { where: [{ field: '/alive', eq: true }], order: { field: '/class' } },
      ['dan', 'ada', 'bob'],
    ],
    [
      'an order alone, downwards',
      { order: { field: '/level', direction: 'desc' } },
      ['fay', 'ada', 'dan', 'bob', 'cyd'],
    ],
  ])('by %s finds what fits', async (what, body, expected) => {
    const found = keysOf(await search(server, 'heroes', body))
    // Of equal values the player's id decides.
    if (what === 'an order alone, downwards') {
      expect([found[0], ...found.slice(3)]).toEqual(['fay', 'bob', 'cyd'])
      expect(found.slice(1, 3).sort()).toEqual(['ada', 'dan'])
    } else if (Object(body).order === undefined) expect(found.sort()).toEqual(expected.sort())
    else expect(found).toEqual(expected)
    expect(keysOf(await search(players[0]?.api ?? server, 'heroes', body)).sort()).toEqual(
      [...found].sort(),
    )
  })

  test('goes page by page through every document once, in both directions', async () => {
    for (const direction of ['asc', 'desc']) {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const body = { order: { field: '/level', direction }, limit: 2, cursor }
        const answer = await search(server, 'heroes', body)
        seen.push(...keysOf(answer))
        cursor = Object(answer.body).next_cursor ?? undefined
      } while (cursor !== undefined)
      expect(seen).toHaveLength(5)
      expect(new Set(seen).size).toBe(5)
    }
  })

  test('D11: takes no cursor of another search', async () => {
    const order = { field: '/level' }
    const page = await search(server, 'heroes', { order, limit: 1 })
    const cursor = Object(page.body).next_cursor
    const other = await search(server, 'heroes', {
      where: [{ field: '/level', gt: 0 }],
      order,
      cursor,
    })
    expect(codeOf(other)).toBe('invalid_cursor')
    expect(codeOf(await search(server, 'heroes', { order, cursor: 'e30' }))).toBe('invalid_cursor')
  })

  test('finds for players the public documents alone, and for servers all', async () => {
    const { id, api } = players[0] ?? { id: '', api: server }
    const path = `/players/${id}/documents/heroes`
    for (const access of ['private', 'owner', 'server']) {
      await server('PUT', `${path}/hidden-${access}`, { access, value: { level: 77 } })
    }
    const body = { where: [{ field: '/level', eq: 77 }] }
    expect(keysOf(await search(api, 'heroes', body))).toEqual([])
    expect(keysOf(await search(server, 'heroes', body))).toHaveLength(3)
    await server('PATCH', `${path}/hidden-owner`, { access: 'public', patch: {} })
    expect(keysOf(await search(api, 'heroes', body))).toEqual(['hidden-owner'])
    await server('PATCH', `${path}/hidden-owner`, { patch: { level: 78 } })
    expect(keysOf(await search(api, 'heroes', body))).toEqual([])
    for (const access of ['private', 'owner', 'server']) {
      await server('DELETE', `${path}/hidden-${access}`)
    }
    expect(keysOf(await search(server, 'heroes', body))).toEqual([])
  })

  test('D14: finds nothing of another environment', async () => {
    const away = await freshEnvironment(stack)
    const foreign = callerOf(home.apiUrl, { 'x-api-key': away.secretKey })
    const body = { where: [{ field: '/level', gte: 0 }] }
    expect(codeOf(await search(foreign, 'heroes', body))).toBe('invalid_request')
    const path = `/studio/environments/${home.environmentId}/documents/indexes`
    expect(codeOf(await foreign('GET', path))).toBe('not_found')
  })

  test.each<[string, object]>([
    ['an undeclared field', { where: [{ field: '/secret', eq: 1 }] }],
    ['an undeclared order', { where: [{ field: '/level', eq: 1 }], order: { field: '/x' } }],
    ['a value of another type', { where: [{ field: '/level', eq: '10' }] }],
    ['no condition and no order', {}],
    ['an empty condition', { where: [{ field: '/level' }] }],
    ['two kinds in one', { where: [{ field: '/level', eq: 1, gt: 0 }] }],
    ['two lower ends', { where: [{ field: '/level', gt: 1, gte: 0 }] }],
    ['an object', { where: [{ field: '/level', eq: { $gt: 0 } }] }],
    ['SQL', { where: [{ field: "/level' OR 1=1 --", eq: 1 }] }],
    ['five conditions', { where: Array(5).fill({ field: '/level', gt: 0 }) }],
    ['a large page', { order: { field: '/level' }, limit: 1e9 }],
  ])('D12: refuses %s', async (_what, body) => {
    expect(codeOf(await search(server, 'heroes', body))).toBe('invalid_request')
  })

  test('E12: finds texts of any kind as they are', async () => {
    const { api } = players[1] ?? { api: server }
    const texts = ["'; DROP TABLE player_document; --", '%', '_', '\\', '💥', 'é', '', ' ']
    for (const [at, text] of texts.entries()) {
      await api('PUT', `/players/me/documents/heroes/text-${at}`, {
        access: 'public',
        value: { class: text },
      })
    }
    for (const [at, text] of texts.entries()) {
      const found = await search(server, 'heroes', { where: [{ field: '/class', eq: text }] })
      expect(keysOf(found)).toEqual([`text-${at}`])
    }
  })
})

describe('a declared field', () => {
  test('is asked for only once it is ready, and says until then how far it is', async () => {
    const { api } = players[0] ?? { api: server }
    await api('PUT', '/players/me/documents/relics/one', { access: 'public', value: { age: 3 } })
    await declare({ heroes: fields, relics: [{ path: '/age', type: 'number' }] })
    const early = await search(server, 'relics', { where: [{ field: '/age', eq: 3 }] })
    if (early.status !== 200) {
      expect(codeOf(early)).toBe('index_not_ready')
      expect(early.body).toMatchObject({ field: '/age', done: expect.any(Number) })
    }
    await built()
    const found = await search(server, 'relics', { where: [{ field: '/age', eq: 3 }] })
    expect(keysOf(found)).toEqual(['one'])
    const known = (await indexes()).find((one: { path: string }) => one.path === '/age')
    expect(known).toMatchObject({ state: 'ready', done: 1, total: 1 })
  })

  test('of another type is indexed anew, and one that is not declared any more is gone', async () => {
    await declare({ heroes: fields, relics: [{ path: '/age', type: 'string' }] })
    await built()
    const asText = await search(server, 'relics', { where: [{ field: '/age', eq: '3' }] })
    expect(keysOf(asText)).toEqual([])
    await declare({ heroes: fields })
    const undeclared = await search(server, 'relics', { where: [{ field: '/age', eq: '3' }] })
    expect(codeOf(undeclared)).toBe('invalid_request')
    await built()
    expect((await indexes()).map((one: { path: string }) => one.path)).not.toContain('/age')
  })

  test('misses no document that is written while its index is being built', async () => {
    const { api } = players[1] ?? { api: server }
    const write = (n: number) =>
      api('PUT', `/players/me/documents/waves/k${n}`, { access: 'public', value: { n: n % 7 } })
    await inParallel(60, write)
    await declare({ heroes: fields, waves: [{ path: '/n', type: 'number' }] })
    const writing = (async () => {
      for (let round = 0; round < 12; round++) {
        await inParallel(10, n => write(60 + round * 10 + n))
        await inParallel(5, n =>
          api('PATCH', `/players/me/documents/waves/k${round * 5 + n}`, { patch: { n: 6 } }),
        )
        await wait(150)
      }
    })()
    await writing
    await built()
    const expected = Array.from({ length: 180 }, (_, n) => (n < 60 ? 6 : n % 7))
    for (const n of [0, 3, 6]) {
      const found: string[] = []
      let cursor: string | undefined
      do {
        const answer = await search(server, 'waves', {
          where: [{ field: '/n', eq: n }],
          limit: 50,
          cursor,
        })
        found.push(...keysOf(answer))
        cursor = Object(answer.body).next_cursor ?? undefined
      } while (cursor !== undefined)
      expect(found).toHaveLength(expected.filter(value => value === n).length)
    }
  })

  test.each<[string, object]>([
    ['a path that is no pointer', { a: [{ path: 'level', type: 'number' }] }],
    ['an unknown type', { a: [{ path: '/level', type: 'date' }] }],
    ['a path twice', { a: [fields[0], { path: '/level', type: 'string' }] }],
    [
      'nine fields',
      { a: Array.from({ length: 9 }, (_, n) => ({ path: `/${n}`, type: 'number' })) },
    ],
    ['a collection of no such name', { 'A B': [] }],
    [
      'twenty-one collections',
      Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`c${n}`, []])),
    ],
  ])('is refused with %s', async (_what, collections) => {
    expect(codeOf(await declare(collections))).toBe('invalid_request')
  })
})
