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
  players = await inParallel(12, () => freshPlayer(environment))
  server = callerOf(environment.apiUrl, { 'x-api-key': environment.secretKey })
})

const by = (index: number) => {
  const player = players[index]
  if (player === undefined) throw new Error(`there is no player ${index}`)
  return callerOf(environment.apiUrl, player.headers)
}
const define = (board: string, order: string, keep: string) =>
  server('PUT', `/leaderboards/${board}`, { order, keep })

let boards = 0
async function freshBoard(order: 'asc' | 'desc' = 'desc', keep: 'best' | 'last' | 'sum' = 'best') {
  const board = `board-${++boards}`
  expect((await define(board, order, keep)).status).toBe(200)
  return board
}

const submit = (
  board: string,
  index: number,
  score: unknown,
  headers: Record<string, string> = {},
) => by(index)('POST', `/leaderboards/${board}/scores`, { score }, headers)
const read = async (board: string, query = '', caller = by(0)) =>
  BoardPage.parse((await caller('GET', `/leaderboards/${board}${query}`)).body)
/** Who stands where: [player, score] from the top. */
const standings = async (board: string, query = '?limit=100') =>
  (await read(board, query)).items.map(({ user_id, score }) => [
    players.findIndex(player => player.id === user_id),
    score,
  ])

describe('defining a board', () => {
  test('answers the board; the same rules again change nothing, others are refused', async () => {
    for (let turn = 0; turn < 2; turn++) {
      const answer = await define('rules', 'asc', 'last')
      expect([answer.status, answer.body]).toEqual([
        200,
        { board: { board_id: 'rules', order: 'asc', keep: 'last' } },
      ])
    }
    const other = await define('rules', 'desc', 'last')
    expect([other.status, codeOf(other)]).toEqual([409, 'board_exists'])
  })

  test.each(['a/b', 'Big', 'x'.repeat(65), 'caf\u00e9', ' '])(
    'F1: %j is no board id',
    async name => {
      const answer = await define(encodeURIComponent(name), 'asc', 'best')
      expect(answer.status).toBe(400)
      codeOf(answer)
    },
  )

  test('an unknown board answers 404 to reads and scores', async () => {
    expect(codeOf(await submit('nowhere', 0, 1))).toBe('not_found')
    expect(codeOf(await by(0)('GET', '/leaderboards/nowhere'))).toBe('not_found')
  })

  test('a board of another environment is another board', async () => {
    const board = await freshBoard()
    await submit(board, 0, 10)
    const away = await freshEnvironment(inject('stack'))
    const stranger = callerOf(environment.apiUrl, { 'x-api-key': away.secretKey })
    expect(codeOf(await stranger('GET', `/leaderboards/${board}`))).toBe('not_found')
    await stranger('PUT', `/leaderboards/${board}`, { order: 'asc', keep: 'sum' })
    expect((await read(board, '', stranger)).items).toEqual([])
  })
})

describe('submitting and reading', () => {
  test('a score answers 201 with the rank and the score that counts', async () => {
    const board = await freshBoard()
    const first = await submit(board, 0, 100)
    expect([first.status, first.body]).toEqual([201, { rank: 1, score: 100 }])
    expect((await submit(board, 1, 50)).body).toEqual({ rank: 2, score: 50 })
    expect((await submit(board, 1, 150)).body).toEqual({ rank: 1, score: 150 })
    expect((await submit(board, 0, 90)).body).toEqual({ rank: 2, score: 100 })
  })

  test('D8: an entry tells rank, player, name and score, and nothing else', async () => {
    const board = await freshBoard()
    await submit(board, 3, 7)
    expect(await read(board)).toEqual({
      items: [{ rank: 1, user_id: players[3]?.id, username: players[3]?.username, score: 7 }],
      next_cursor: null,
    })
    const answer = await by(0)('GET', `/leaderboards/${board}`)
    const [entry] = Object(answer.body).items
    expect(Object.keys(entry).sort()).toEqual(['rank', 'score', 'user_id', 'username'])
  })

  test.each([
    ['desc', 'best', [5, 9, 3], 9],
    ['asc', 'best', [5, 9, 3], 3],
    ['desc', 'last', [5, 9, 3], 3],
    ['asc', 'last', [5, 3, 9], 9],
    ['desc', 'sum', [5, 9, -3], 11],
    ['asc', 'sum', [-5, 9, 3], 7],
  ] as const)(
    'a board that is %s and keeps the %s makes of %j: %i',
    async (order, keep, scores, kept) => {
      const board = await freshBoard(order, keep)
      for (const score of scores) {
        await submit(board, 0, score, { 'idempotency-key': crypto.randomUUID() })
      }
      expect(await standings(board)).toEqual([[0, kept]])
    },
  )

  test.each([
    [
      'desc',
      [
        [2, 30],
        [0, 10],
        [1, -20],
      ],
    ],
    [
      'asc',
      [
        [1, -20],
        [0, 10],
        [2, 30],
      ],
    ],
  ] as const)('a board that is %s leads with its end', async (order, expected) => {
    const board = await freshBoard(order)
    for (const [index, score] of [10, -20, 30].entries()) await submit(board, index, score)
    expect(await standings(board)).toEqual(expected)
  })

  test.each(['asc', 'desc'] as const)('of equal scores the earlier one leads (%s)', async order => {
    const board = await freshBoard(order)
    for (const index of [4, 2, 7, 0]) await submit(board, index, 50)
    // A worse score later changes nothing: the fifty still stands since then.
    await submit(board, 4, order === 'desc' ? 10 : 90)
    await submit(board, 4, 50)
    expect(await standings(board)).toEqual([
      [4, 50],
      [2, 50],
      [7, 50],
      [0, 50],
    ])
  })

  test('where the last score counts, reaching it again makes it later', async () => {
    const board = await freshBoard('desc', 'last')
    for (const index of [1, 2, 1]) await submit(board, index, 5)
    expect(await standings(board)).toEqual([
      [2, 5],
      [1, 5],
    ])
  })

  test('a changed username is shown at once', async () => {
    const board = await freshBoard()
    await submit(board, 11, 1)
    const username = `New ${crypto.randomUUID().slice(0, 8)}`
    await by(11)('PUT', '/auth/profile', { username })
    expect((await read(board)).items[0]?.username).toBe(username)
  })

  test('the studio’s server reads the board, and asks around nobody', async () => {
    const board = await freshBoard()
    await submit(board, 0, 1)
    expect((await read(board, '?limit=5', server)).items).toHaveLength(1)
    const answer = await server('GET', `/leaderboards/${board}?range=around_me`)
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_request'])
  })
})

describe('scores that are none', () => {
  test.each([
    ['1.5', 'invalid_request'],
    ['"NaN"', 'invalid_request'],
    ['"1"', 'invalid_request'],
    ['null', 'invalid_request'],
    ['true', 'invalid_request'],
    ['[1]', 'invalid_request'],
    ['{"$gt":0}', 'invalid_request'],
    ['NaN', 'malformed_json'],
    ['Infinity', 'malformed_json'],
    ['1e999', 'unsafe_number'],
    ['9007199254740992', 'unsafe_number'],
    ['-9007199254740992', 'unsafe_number'],
    ['9223372036854775808', 'unsafe_number'],
    [`1${'0'.repeat(400)}`, 'unsafe_number'],
    ['1e-400', 'unsafe_number'],
    ['1.0000000000000001e16', 'invalid_request'],
  ])('G1: %s is refused', async (text, code) => {
    const board = await freshBoard()
    const { apiUrl } = environment
    const headers = { ...players[0]?.headers, 'content-type': 'application/json' }
    const url = `${apiUrl}/api/v1/leaderboards/${board}/scores`
    const response = await fetch(url, { method: 'POST', headers, body: `{"score":${text}}` })
    expect([response.status, Object(await response.json()).code]).toEqual([400, code])
    expect(await standings(board)).toEqual([])
  })

  test('G1: both ends of the safe integers count and rank exactly, and -0 is 0', async () => {
    const board = await freshBoard()
    const scores = [
      Number.MAX_SAFE_INTEGER,
      Number.MAX_SAFE_INTEGER - 1,
      0,
      -Number.MAX_SAFE_INTEGER,
    ]
    for (const index of [3, 1, 2, 0]) await submit(board, index, scores[index])
    expect(await standings(board)).toEqual(scores.map((score, index) => [index, score]))
    const { apiUrl } = environment
    const headers = { ...players[5]?.headers, 'content-type': 'application/json' }
    const url = `${apiUrl}/api/v1/leaderboards/${board}/scores`
    const response = await fetch(url, { method: 'POST', headers, body: '{"score":-0}' })
    expect(await response.json()).toEqual({ rank: 4, score: 0 })
  })

  test('a score names neither player nor time', async () => {
    const board = await freshBoard()
    for (const extra of [
      { user_id: players[1]?.id },
      { achieved_at: '2000-01-01T00:00:00Z' },
      { rank: 1 },
    ]) {
      const answer = await by(0)('POST', `/leaderboards/${board}/scores`, { score: 1, ...extra })
      expect(codeOf(answer)).toBe('invalid_request')
    }
  })
})
