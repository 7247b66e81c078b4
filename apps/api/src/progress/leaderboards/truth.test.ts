import type { Running } from '@aethex/shared/lifecycle'
import { createLog } from '@aethex/shared/log'
import { openRedis, type Redis } from '@aethex/shared/redis'
import {
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { z } from 'zod'
import { startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { type BoardEntry, BoardPage, type BoardRules, Rank } from './schema.js'

const stack = inject('stack')
let environment: TestEnvironment
let players: TestPlayer[]
let another: Running
let redis: Redis
let stored: Stored
let server: Caller

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  players = await inParallel(40, () => freshPlayer(environment))
  another = await startAnotherApi(stack)
  redis = openRedis(stack.redis_url, createLog('test', 'silent'))
  stored = openStored(stack)
  server = callerOf(stack.api_url, { 'x-api-key': environment.secretKey })
})
afterAll(async () => {
  redis.disconnect()
  await stored.close()
  await another.close()
})

let boards = 0
async function freshBoard(order: BoardRules['order'], keep: BoardRules['keep']) {
  const board = `truth-${++boards}`
  await server('PUT', `/leaderboards/${board}`, { order, keep })
  return board
}

const submit = (
  board: string,
  index: number,
  score: number,
  key?: string,
  apiUrl = stack.api_url,
) =>
  callerOf(apiUrl, players[index]?.headers)(
    'POST',
    `/leaderboards/${board}/scores`,
    { score },
    key === undefined ? {} : { 'idempotency-key': key },
  )
const read = async (board: string, by = server) =>
  BoardPage.parse((await by('GET', `/leaderboards/${board}?limit=100`)).body).items

/** The board as PostgreSQL alone would rank it. */
async function recount(board: string, order: BoardRules['order']) {
  const rows = await stored.rows(
    `SELECT e.player_id AS user_id, p.username, e.score FROM leaderboard_entry e
     JOIN player p ON p.environment_id = e.environment_id AND p.id = e.player_id
     WHERE e.environment_id = $1 AND e.board_id = $2 ORDER BY e.score ${order}, e.achieved_at, e.player_id`,
    environment.environmentId,
    board,
  )
  return rows.map((row, at) => ({ rank: at + 1, ...row }) as z.infer<typeof BoardEntry>)
}

/** Takes the ranks of this environment out of Redis, as a lost Redis would; answers how many keys there were. */
const forget = async () => {
  const keys = await redis.keys(`board:${environment.environmentId}:*`)
  return keys.length === 0 ? 0 : redis.del(...keys)
}

describe('what many do at once', () => {
  test.each([
    ['desc', 'best', Math.max],
    ['asc', 'best', Math.min],
  ] as const)(
    'G5: 400 parallel scores of 40 players (%s) rank as a recount does, each with their best',
    async (order, keep, best) => {
      const board = await freshBoard(order, keep)
      const score = (at: number) => (at * 7_919) % 1_000
      const answers = await inParallel(400, at =>
        submit(board, at % 40, score(at), undefined, at % 2 ? stack.api_url : another.url),
      )
      expect(tally(answers)).toEqual({ 201: 400 })
      const board_now = await read(board)
      expect(board_now).toEqual(await recount(board, order))
      for (const [index, player] of players.entries()) {
        const own = Array.from({ length: 10 }, (_, turn) => score(index + 40 * turn))
        expect(board_now.find(entry => entry.user_id === player.id)?.score).toBe(best(...own))
      }
    },
  )

  test('where the last score counts, what is kept is one of those that were answered', async () => {
    const board = await freshBoard('desc', 'last')
    await inParallel(100, at => submit(board, at % 5, at))
    const entries = await read(board)
    expect(entries).toEqual(await recount(board, 'desc'))
    for (const { user_id, score } of entries) {
      expect(score % 5).toBe(players.findIndex(player => player.id === user_id))
    }
  })

  test('where scores add up, a hundred parallel ones are all in the sum', async () => {
    const board = await freshBoard('desc', 'sum')
    const answers = await inParallel(100, at => submit(board, at % 4, at, `add-${at}`))
    expect(tally(answers)).toEqual({ 201: 100 })
    const entries = await read(board)
    expect(entries).toEqual(await recount(board, 'desc'))
    expect(entries.map(entry => entry.score)).toEqual([1_275, 1_250, 1_225, 1_200])
  })
})

describe('adding up once', () => {
  test('G4: a board that adds up refuses a score without an Idempotency-Key', async () => {
    const board = await freshBoard('desc', 'sum')
    const answer = await submit(board, 0, 5)
    expect([answer.status, codeOf(answer)]).toEqual([428, 'idempotency_key_required'])
    expect(await read(board)).toEqual([])
  })

  test('G4: twenty parallel retries on two processes count once, and so does a late one', async () => {
    const board = await freshBoard('desc', 'sum')
    const answers = await inParallel(20, at =>
      submit(board, 0, 5, 'once', at % 2 ? stack.api_url : another.url),
    )
    expect(tally(answers)).toEqual({ 201: 20 })
    expect(new Set(answers.map(answer => Rank.parse(answer.body).score))).toEqual(new Set([5]))
    await submit(board, 0, 10, 'twice')
    expect(Rank.parse((await submit(board, 0, 5, 'once')).body).score).toBe(5)
    expect((await read(board)).map(entry => entry.score)).toEqual([15])
  })

  test('G4: the same key with another score, or on another board, is refused', async () => {
    const [board, other] = [await freshBoard('desc', 'sum'), await freshBoard('desc', 'sum')]
    await submit(board, 0, 5, 'key')
    for (const answer of [await submit(board, 0, 6, 'key'), await submit(other, 0, 5, 'key')]) {
      expect(codeOf(answer)).toBe('idempotency_key_reused')
    }
    expect((await submit(board, 1, 5, 'key')).status).toBe(201)
  })

  test('a sum that would leave the safe integers is refused and changes nothing', async () => {
    const board = await freshBoard('desc', 'sum')
    await submit(board, 0, Number.MAX_SAFE_INTEGER, 'a')
    const over = await submit(board, 0, 1, 'b')
    expect([over.status, codeOf(over)]).toEqual([400, 'unsafe_number'])
    await submit(board, 1, -Number.MAX_SAFE_INTEGER, 'c')
    expect(codeOf(await submit(board, 1, -Number.MAX_SAFE_INTEGER, 'd'))).toBe('unsafe_number')
    const scores = (await read(board)).map(entry => entry.score)
    expect(scores).toEqual([Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER])
  })
})

describe('the rank index is derived', () => {
  test('when Redis forgets the ranks, the next read and the next score find them all again', async () => {
    const board = await freshBoard('desc', 'best')
    for (const index of [3, 1, 2, 0]) await submit(board, index, 50 + (index % 2))
    const before = await read(board)
    expect(await forget()).toBeGreaterThan(0)
    expect(await read(board)).toEqual(before)
    await expect
      .poll(() => redis.exists(`board:${environment.environmentId}:${board}:ready`))
      .toBe(1)
    expect(await read(board)).toEqual(before)
    await forget()
    expect(Rank.parse((await submit(board, 5, 51)).body)).toEqual({ rank: 3, score: 51 })
    expect(await read(board)).toEqual(await recount(board, 'desc'))
  })

  test('ranks that are lost again and again while scores come in are true in the end', async () => {
    const board = await freshBoard('asc', 'last')
    await inParallel(60, at => submit(board, at % 20, at))
    const losses = async () => {
      for (let turn = 0; turn < 30; turn++) await forget()
    }
    await Promise.all([
      inParallel(60, at => submit(board, at % 20, 100 - at)),
      inParallel(20, () => read(board)),
      losses(),
    ])
    expect(await read(board)).toEqual(await recount(board, 'asc'))
  })

  test('any sequence of scores ranks as the plain rules say', async () => {
    const rules = fc.record({
      order: fc.constantFrom<BoardRules['order']>('asc', 'desc'),
      keep: fc.constantFrom<BoardRules['keep']>('best', 'last', 'sum'),
    })
    const scores = fc.array(fc.tuple(fc.nat(4), fc.integer({ min: -3, max: 3 })), { maxLength: 14 })
    await fc.assert(
      fc.asyncProperty(rules, scores, async ({ order, keep }, submissions) => {
        const board = await freshBoard(order, keep)
        const model = new Map<number, { score: number; since: number }>()
        for (const [turn, [index, score]] of submissions.entries()) {
          const had = model.get(index)
          const best = order === 'desc' ? Math.max : Math.min
          const now =
            had === undefined || keep === 'last'
              ? score
              : keep === 'sum'
                ? had.score + score
                : best(had.score, score)
          const stands = had !== undefined && keep === 'best' && had.score === now
          model.set(index, { score: now, since: stands ? had.since : turn })
          const ranked = [...model].sort(
            ([, a], [, b]) =>
              (order === 'desc' ? b.score - a.score : a.score - b.score) || a.since - b.since,
          )
          const answer = await submit(board, index, score, `${turn}`.padStart(20, board))
          const rank = ranked.findIndex(([who]) => who === index) + 1
          expect(Rank.parse(answer.body)).toEqual({ rank, score: now + 0 })
        }
        const expected = [...model].sort(
          ([, a], [, b]) =>
            (order === 'desc' ? b.score - a.score : a.score - b.score) || a.since - b.since,
        )
        const seen = (await read(board)).map(entry => [entry.user_id, entry.score])
        expect(seen).toEqual(expected.map(([index, { score }]) => [players[index]?.id, score + 0]))
      }),
      { numRuns: 40 },
    )
  })
})
