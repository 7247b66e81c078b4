import {
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf, inParallel } from '../../testing/caller.js'
import { BoardPage } from './schema.js'

let environment: TestEnvironment
let players: TestPlayer[]
let server: Caller

beforeAll(async () => {
  environment = await freshEnvironment(inject('stack'))
  players = await inParallel(30, () => freshPlayer(environment))
  server = callerOf(environment.apiUrl, { 'x-api-key': environment.secretKey })
})

const callerAt = (index: number) => callerOf(environment.apiUrl, players[index]?.headers)
const indexOf = (id: string) => players.findIndex(player => player.id === id)

let boards = 0
/** A board where the player `i` has the score 1000 - 10·i: they rank in their own order. */
async function freshBoard(rules: object = { order: 'desc', keep: 'last' }, count = players.length) {
  const board = `pages-${++boards}`
  await server('PUT', `/leaderboards/${board}`, rules)
  for (let index = 0; index < count; index++) await submit(board, index, 1_000 - 10 * index)
  return board
}
const submit = async (board: string, index: number, score: number) => {
  const answer = await callerAt(index)('POST', `/leaderboards/${board}/scores`, { score })
  expect(answer.status).toBe(201)
}
const read = async (board: string, query: string, caller = server) => {
  const answer = await caller('GET', `/leaderboards/${board}?${query}`)
  expect(answer.status).toBe(200)
  return BoardPage.parse(answer.body)
}
/** The players of all pages, `between` running after the first one. */
async function readAll(board: string, limit: number, between = async () => {}) {
  const first = await read(board, `limit=${limit}`)
  await between()
  const seen = first.items.map(item => indexOf(item.user_id))
  for (let cursor = first.next_cursor; cursor !== null; ) {
    const page = await read(board, `limit=${limit}&cursor=${cursor}`)
    seen.push(...page.items.map(item => indexOf(item.user_id)))
    cursor = page.next_cursor
  }
  return seen
}
const upTo = (count: number) => Array.from({ length: count }, (_, at) => at)

describe('paging while scores change', () => {
  test('the pages hold every player once, with ranks that go on', async () => {
    const board = await freshBoard()
    expect(await readAll(board, 7)).toEqual(upTo(30))
    const first = await read(board, 'limit=7')
    const second = await read(board, `limit=7&cursor=${first.next_cursor}`)
    expect(second.items.map(item => item.rank)).toEqual([8, 9, 10, 11, 12, 13, 14])
  })

  test('when the last one of a page falls to the bottom, nobody is passed over', async () => {
    const board = await freshBoard()
    const seen = await readAll(board, 10, () => submit(board, 9, -1))
    expect(seen).toEqual([...upTo(30), 9])
  })

  test('when the last one of a page climbs to the top, nobody is shown twice', async () => {
    const board = await freshBoard()
    expect(await readAll(board, 10, () => submit(board, 9, 5_000))).toEqual(upTo(30))
  })

  test('when others climb over the page, nobody of the rest is shown twice or passed over', async () => {
    const board = await freshBoard()
    const climbers = [25, 26, 27]
    const seen = await readAll(board, 10, async () => {
      for (const index of climbers) await submit(board, index, 9_000 + index)
    })
    expect(seen).toEqual(upTo(30).filter(index => !climbers.includes(index)))
  })

  test('a page that ends among equal scores goes on among them', async () => {
    const board = 'equal'
    await server('PUT', `/leaderboards/${board}`, { order: 'asc', keep: 'last' })
    for (const index of upTo(12)) await submit(board, index, 7)
    expect(await readAll(board, 5, () => submit(board, 4, 99))).toEqual([...upTo(12), 4])
  })

  test.each([
    'limit=0',
    'limit=-1',
    'limit=1.5',
    'limit=101',
    'limit=1e9',
    'limit=9223372036854775808',
    'offset=5',
    'range=friends_of',
    'sort=score;DROP',
  ])('D11 D12: ?%s is refused', async query => {
    const board = 'equal'
    expect(codeOf(await server('GET', `/leaderboards/${board}?${query}`))).toBe('invalid_request')
  })

  test.each([
    'x',
    'e30',
    'W10',
    'bnVsbA',
    '[1,2,"x"]',
    '[1e999,1,1]',
    '[1,-1,"00000000-0000-7000-8000-000000000000"]',
    '[1,1,"00000000-0000-7000-8000-000000000000",4]',
  ])('D11: the cursor %s is refused', async text => {
    const cursor = text.startsWith('[') ? Buffer.from(text).toString('base64url') : text
    const answer = await server('GET', `/leaderboards/equal?cursor=${cursor}`)
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_cursor'])
  })

  test('D11: a cursor far outside the board ends the list', async () => {
    const text = `[${Number.MIN_SAFE_INTEGER},${Number.MAX_SAFE_INTEGER},"ffffffff-ffff-4fff-bfff-ffffffffffff"]`
    for (const order of ['desc', 'asc']) {
      const board = await freshBoard({ order, keep: 'best' }, 3)
      const cursor = Buffer.from(text).toString('base64url')
      const { items } = await read(board, `cursor=${cursor}`)
      expect(items).toHaveLength(order === 'desc' ? 0 : 3)
      expect((await read(board, 'limit=10')).items).toHaveLength(3)
    }
  })
})

describe('around me', () => {
  let board: string
  beforeAll(async () => {
    board = await freshBoard({ order: 'desc', keep: 'best' }, 20)
  })
  const around = async (index: number, limit: number) => {
    const page = await read(board, `range=around_me&limit=${limit}`, callerAt(index))
    expect(page.next_cursor).toBeNull()
    return page.items.map(item => [item.rank, indexOf(item.user_id)])
  }
  const ranked = (...indexes: number[]) => indexes.map(index => [index + 1, index])

  test('in the middle, the caller stands in the middle', async () => {
    expect(await around(10, 5)).toEqual(ranked(8, 9, 10, 11, 12))
    expect(await around(10, 4)).toEqual(ranked(9, 10, 11, 12))
    expect(await around(10, 1)).toEqual(ranked(10))
  })

  test('at the start the page begins at the top and is full', async () => {
    expect(await around(0, 5)).toEqual(ranked(0, 1, 2, 3, 4))
    expect(await around(1, 5)).toEqual(ranked(0, 1, 2, 3, 4))
  })

  test('at the end the page ends with the last one', async () => {
    expect(await around(19, 5)).toEqual(ranked(17, 18, 19))
    expect(await around(18, 5)).toEqual(ranked(16, 17, 18, 19))
  })

  test('a limit beyond the board shows all that can be shown', async () => {
    expect(await around(0, 100)).toEqual(ranked(...upTo(20)))
  })

  test('without a score there is nobody around', async () => {
    expect(await around(25, 5)).toEqual([])
  })
})
