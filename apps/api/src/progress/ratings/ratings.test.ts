import type { Running } from '@aethex/shared/lifecycle'
import { codeOf, freshEnvironment, freshPlayer } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { callerOf, inParallel, tally } from '../../testing/caller.js'
import { openRatingStage, type RatingStage } from '../../testing/rating-stage.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { RatedResultAnswer } from './schema.js'

const stack = inject('stack')
const nobody = '01890000-0000-7000-8000-000000000000'
let stage: RatingStage
let stored: Stored
const running: Running[] = []

beforeAll(async () => {
  const ratings = {
    duels: { system: 'glicko2' },
    teams: { system: 'weng_lin' },
    races: { system: 'weng_lin' },
  }
  stage = await openRatingStage(stack, ratings, 8)
  stored = openStored(stack)
})
afterAll(async () => {
  await stored.close()
  for (const api of running) await api.close()
})

const id = (index: number) => stage.id(index)
const freshMatch = () => stage.freshMatch()
const ranked = (...sides: number[][]) => stage.ranked(...sides)
const report = (...given: Parameters<RatingStage['report']>) => stage.report(...given)
const read = (...given: Parameters<RatingStage['read']>) => stage.read(...given)

describe('a result', () => {
  test('moves the players of a duel as Glicko-2 says, and is answered with both ends', async () => {
    const answer = await report('duels', ranked([0], [1]))
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    const { result } = RatedResultAnswer.parse(answer.body)
    const winner = result.players.find(player => player.user_id === id(0))
    const loser = result.players.find(player => player.user_id === id(1))
    expect(winner).toMatchObject({ rank: 1, before: { mean: 1_500, uncertainty: 350 } })
    // 1500 against 1500, both 350: each side learns 162 points (http://www.glicko.net/glicko/glicko2.pdf, steps 2 to 8).
    expect(winner?.after.mean).toBeCloseTo(1_662.3, 0)
    expect(loser?.after.mean).toBeCloseTo(1_337.7, 0)
    const { estimate, shown_rating, matches } = await read('duels', 0)
    expect(estimate?.mean).toBe(winner?.after.mean)
    const { mean = 0, uncertainty = 0 } = winner?.after ?? {}
    expect([shown_rating, matches]).toEqual([Math.round((mean - 2 * uncertainty) * 100) / 100, 1])
    const again = await stage.server('GET', `/ratings/duels/results/${result.match_id}`)
    expect(again.body).toEqual(answer.body)
  })

  test('of teams moves all of them in one step, by ranks or by scores alike', async () => {
    const byRank = await report('teams', ranked([0, 1], [2, 3], [4]))
    const { result } = RatedResultAnswer.parse(byRank.body)
    expect(result.players).toHaveLength(5)
    const byScore = await report('teams', [
      { players: [id(5)], score: -2.5 },
      { players: [id(6)], score: 10 },
      { players: [id(7)], score: 10 },
    ])
    const drawn = RatedResultAnswer.parse(byScore.body).result.players
    const rankOf = (index: number) => drawn.find(({ user_id }) => user_id === id(index))?.rank
    expect([5, 6, 7].map(rankOf)).toEqual([3, 1, 1])
    const means = [6, 7].map(
      index => drawn.find(({ user_id }) => user_id === id(index))?.after.mean,
    )
    expect(means[0]).toBe(means[1])
  })

  test('counts once: said again, in any order or words, it changes nothing and is answered alike', async () => {
    const match = freshMatch()
    const first = await report('teams', ranked([0, 1], [2, 3]), match)
    const before = await read('teams', 0)
    const said = [
      ranked([0, 1], [2, 3]),
      [
        { players: [id(3), id(2).toUpperCase()], score: 1 },
        { players: [id(1), id(0)], score: 3 },
      ],
    ]
    for (const teams of said) {
      const again = await report('teams', teams, match)
      expect([again.status, again.body]).toEqual([200, first.body])
    }
    expect(await read('teams', 0)).toEqual(before)
    const other = await report('teams', ranked([2, 3], [0, 1]), match)
    expect([other.status, codeOf(other)]).toEqual([409, 'result_differs'])
    expect(await read('teams', 0)).toEqual(before)
  })

  test('of one match counts for each rating on its own', async () => {
    const match = freshMatch()
    const answers = [
      await report('duels', ranked([6], [7]), match),
      await report('teams', ranked([6], [7]), match),
    ]
    expect(tally(answers)).toEqual({ 200: 2 })
  })

  test('is written down once, with the request that counted it', async () => {
    const match = freshMatch()
    for (let turn = 0; turn < 2; turn++) await report('teams', ranked([0], [1]), match)
    const rows = await stored.rows(
      'SELECT actor_kind, details FROM audit_entry WHERE environment_id = $1 AND action = $2 AND target = $3',
      stage.environment.environmentId,
      'ratings.report',
      `teams/${match}`,
    )
    expect(rows).toEqual([{ actor_kind: 'server', details: { teams: 2 } }])
  })
})

describe('many results at once', () => {
  test('twins of one match count once, also by several processes', async () => {
    const other = await startAnotherApi(stack)
    running.push(other)
    const there = callerOf(other.url, { 'x-api-key': stage.environment.secretKey })
    const match = freshMatch()
    const answers = await inParallel(20, index =>
      report('races', ranked([0], [1]), match, index % 2 === 0 ? stage.server : there),
    )
    expect(tally(answers)).toEqual({ 200: 20 })
    expect(new Set(answers.map(answer => JSON.stringify(answer.body))).size).toBe(1)
    expect((await read('races', 0)).matches).toBe(1)
  })

  test('of the same match with two outcomes, one counts and the others are refused', async () => {
    const match = freshMatch()
    const answers = await inParallel(12, index =>
      report('races', index % 2 === 0 ? ranked([2], [3]) : ranked([3], [2]), match),
    )
    expect(tally(answers)).toEqual({ 200: 6, 409: 6 })
    expect((await read('races', 2)).matches).toBe(1)
  })

  test('of the same players in any order all count, one after the other', async () => {
    const answers = await inParallel(40, index => {
      const [a = 4, b = 5, c = 6] =
        [
          [4, 5, 6],
          [5, 6, 4],
          [6, 4, 5],
          [6, 5, 4],
        ][index % 4] ?? []
      return report('races', ranked([a], [b, c]))
    })
    expect(tally(answers)).toEqual({ 200: 40 })
    for (const index of [4, 5, 6]) {
      const { matches, estimate } = await read('races', index)
      expect(matches).toBe(40)
      const history = await stage.historyOf('races', index, '?limit=100')
      // Each match began with what the one before had left: no update was lost.
      const inOrder = [...history.items].reverse()
      expect(inOrder.map(({ number }) => number)).toEqual(inOrder.map((_, nth) => nth + 1))
      for (const [nth, change] of inOrder.entries()) {
        if (nth > 0) expect(change.before).toEqual(inOrder[nth - 1]?.after)
      }
      expect(inOrder.at(-1)?.after).toEqual(estimate)
    }
  })
})

describe('what is refused', () => {
  const two = () => ranked([0], [1])
  const bad: [string, () => unknown][] = [
    ['one team', () => ranked([0])],
    ['no team', () => []],
    ['an empty team', () => [{ players: [], rank: 1 }, ...two()]],
    ['a player twice', () => ranked([0], [1, 0])],
    [
      'a player twice, once in capitals',
      () => [...two(), { players: [id(0).toUpperCase()], rank: 3 }],
    ],
    ['a team without rank or score', () => [...two(), { players: [id(2)] }]],
    ['ranks and scores mixed', () => [...two(), { players: [id(2)], score: 3 }]],
    ['a rank and a score', () => two().map(team => ({ ...team, score: 1 }))],
    ['half a rank', () => two().map(team => ({ ...team, rank: 1.5 }))],
    ['a rank of zero', () => two().map(team => ({ ...team, rank: 0 }))],
    ['a score that is no number', () => two().map(({ players }) => ({ players, score: 'NaN' }))],
    ['a score that is null', () => two().map(({ players }) => ({ players, score: null }))],
    ['an astronomic score', () => two().map(({ players }) => ({ players, score: 1e300 }))],
    [
      'no id',
      () => [
        { players: ['x'], rank: 1 },
        { players: [id(1)], rank: 2 },
      ],
    ],
    [
      '101 players',
      () => [
        { players: Array.from({ length: 100 }, () => crypto.randomUUID()), rank: 1 },
        { players: [id(0)], rank: 2 },
      ],
    ],
    ['a field nobody knows', () => two().map(team => ({ ...team, mu: 99 }))],
  ]
  test.each(bad)('%s answers 400 and says where', async (_what, teams) => {
    const answer = await report('teams', teams())
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_request'])
    expect(JSON.stringify(Object(answer.body).errors)).toContain('/teams')
  })

  test.each(['', 'a b', 'x'.repeat(129), 'é'])('%j is no match_id', async match_id => {
    expect(codeOf(await report('teams', two(), match_id))).toBe('invalid_request')
  })

  test('an infinite score is refused before anything is read of it', async () => {
    const answer = await fetch(`${stack.api_url}/api/v1/ratings/teams/results`, {
      method: 'POST',
      headers: { 'x-api-key': stage.environment.secretKey, 'content-type': 'application/json' },
      body: JSON.stringify({ match_id: 'x', teams: two() }).replace('"rank":1', '"score":1e999'),
    })
    expect([answer.status, Object(await answer.json()).code]).toEqual([400, 'unsafe_number'])
  })

  test('teams under Glicko-2 are refused, and the match may be reported elsewhere', async () => {
    const match = freshMatch()
    const answer = await report('duels', ranked([0, 1], [2]), match)
    expect(codeOf(answer)).toBe('invalid_request')
    expect((await report('duels', ranked([0], [2]), match)).status).toBe(200)
  })

  test('a rating that nobody declared answers 404 everywhere', async () => {
    for (const name of ['nothing', 'constructor', '__proto__']) {
      const answers = [
        await report(name, two()),
        await stage.server('GET', `/ratings/${name}`),
        await stage.by(0)('GET', `/ratings/${name}/players/me`),
        await stage.server('GET', `/ratings/${name}/results/x`),
      ]
      for (const answer of answers) expect(codeOf(answer)).toBe('not_found')
    }
  })

  test('D1: players of another tenant, or of nobody, are not there, and the match does not count', async () => {
    const stranger = await freshPlayer(await freshEnvironment(stack))
    const before = await read('teams', 0)
    const match = freshMatch()
    for (const foreign of [stranger.id, nobody]) {
      const teams = [...ranked([0]), { players: [foreign], rank: 2 }]
      const answer = await report('teams', teams, match)
      expect([answer.status, codeOf(answer)]).toEqual([404, 'not_found'])
      expect(Object(answer.body).players).toEqual([foreign])
    }
    expect(await read('teams', 0)).toEqual(before)
    expect((await report('teams', ranked([0], [1]), match)).status).toBe(200)
  })

  test('D1: another tenant’s key sees neither the rating nor the match', async () => {
    const match = freshMatch()
    await report('teams', two(), match)
    const { secretKey } = await freshEnvironment(stack)
    const stranger = callerOf(stack.api_url, { 'x-api-key': secretKey })
    const paths = ['', `/players/${id(0)}`, `/players/${id(0)}/history`, `/results/${match}`]
    for (const path of paths) {
      expect(codeOf(await stranger('GET', `/ratings/teams${path}`))).toBe('not_found')
    }
  })
})
