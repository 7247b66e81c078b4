import {
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf, inParallel } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { forgetOldReports } from './player-reports.js'
import { PlayerRatingAnswer } from './schema.js'

const stack = inject('stack')
let environment: TestEnvironment
let players: TestPlayer[]
let server: Caller
let stored: Stored

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  players = await inParallel(5, () => freshPlayer(environment))
  server = callerOf(stack.api_url, { 'x-api-key': environment.secretKey })
  stored = openStored(stack)
  const member = callerOf(stack.api_url, { authorization: `Bearer ${environment.memberToken}` })
  const path = `/studio/environments/${environment.environmentId}/settings/ratings.systems`
  const ratings = {
    open: { system: 'weng_lin', reported_by: 'anyone' },
    matched: { system: 'weng_lin', reported_by: 'players' },
    closed: { system: 'weng_lin' },
  }
  expect((await member('PUT', path, { ratings })).status).toBe(200)
})
afterAll(() => stored.close())

const id = (index: number) => players[index]?.id ?? ''
let matches = 0
const freshMatch = () => `m${++matches}`
const sides = (...all: number[][]) =>
  all.map((side, index) => ({ players: side.map(id), rank: index + 1 }))
const say = (index: number, match_id: string, teams: unknown, rating = 'open') =>
  callerOf(stack.api_url, players[index]?.headers)('POST', `/ratings/${rating}/reports`, {
    match_id,
    teams,
  })
const stateOf = ({ body }: { body: unknown }) => Object(body).report?.state
const matchesOf = async (index: number) =>
  PlayerRatingAnswer.parse((await server('GET', `/ratings/open/players/${id(index)}`)).body).rating
    .matches

describe('what players say of a match', () => {
  test('counts once every side has said the same', async () => {
    const match = freshMatch()
    const before = await matchesOf(0)
    const result = sides([0, 1], [2], [3])
    expect(stateOf(await say(0, match, result))).toBe('waiting')
    // A second word of the same side is not one of the other.
    expect(stateOf(await say(1, match, result))).toBe('waiting')
    expect(stateOf(await say(2, match, [...result].reverse()))).toBe('waiting')
    expect(await matchesOf(0)).toBe(before)
    expect(stateOf(await say(3, match, result))).toBe('rated')
    expect(await matchesOf(0)).toBe(before + 1)
    const counted = await server('GET', `/ratings/open/results/${match}`)
    expect(Object(counted.body).result.reported_by).toBe('players')
    expect(stateOf(await say(0, match, result))).toBe('rated')
    expect(await matchesOf(0)).toBe(before + 1)
  })

  test('is kept as a dispute when the sides differ, and changes nothing until the server decides', async () => {
    const match = freshMatch()
    const before = await matchesOf(0)
    expect(stateOf(await say(0, match, sides([0], [1])))).toBe('waiting')
    expect(stateOf(await say(1, match, sides([1], [0])))).toBe('disputed')
    expect(await matchesOf(0)).toBe(before)
    const rows = await stored.rows(
      'SELECT player_id FROM rating_report WHERE environment_id = $1 AND match_id = $2',
      environment.environmentId,
      match,
    )
    expect(rows).toHaveLength(2)
    const decided = await server('POST', '/ratings/open/results', {
      match_id: match,
      teams: sides([1], [0]),
    })
    expect(decided.status).toBe(200)
    expect(await matchesOf(0)).toBe(before + 1)
    expect(codeOf(await say(0, match, sides([0], [1])))).toBe('result_differs')
  })

  test('is not taken back', async () => {
    const match = freshMatch()
    await say(0, match, sides([0], [1]))
    expect(codeOf(await say(0, match, sides([1], [0])))).toBe('result_differs')
    expect(stateOf(await say(0, match, sides([0], [1])))).toBe('waiting')
  })

  test('counts once when all sides say it at the same moment', async () => {
    for (let turn = 0; turn < 5; turn++) {
      const match = freshMatch()
      const before = await matchesOf(2)
      const said = await Promise.all(
        [2, 3, 2, 3, 3].map(index => say(index, match, sides([2], [3]))),
      )
      expect(said.every(({ status }) => status === 200)).toBe(true)
      expect(said.map(stateOf)).toContain('rated')
      expect(await matchesOf(2)).toBe(before + 1)
    }
  })

  test('of a match they were not in, or where only the server reports, is forbidden', async () => {
    const outsider = await say(4, freshMatch(), sides([0], [1]))
    expect([outsider.status, codeOf(outsider)]).toEqual([403, 'forbidden'])
    const closed = await say(0, freshMatch(), sides([0], [1]), 'closed')
    expect([closed.status, codeOf(closed)]).toEqual([403, 'forbidden'])
    expect(codeOf(await say(0, freshMatch(), sides([0], [1]), 'nothing'))).toBe('not_found')
  })

  test('with somebody who was not there is another match, and disturbs nobody', async () => {
    const match = freshMatch()
    await say(0, match, sides([0], [1]))
    expect(stateOf(await say(4, match, sides([4], [1])))).toBe('waiting')
    expect(stateOf(await say(1, match, sides([0], [1])))).toBe('rated')
  })

  test('D1: about a player of another tenant is about nobody', async () => {
    const stranger = await freshPlayer(await freshEnvironment(stack))
    const teams = [...sides([0]), { players: [stranger.id], rank: 2 }]
    expect(codeOf(await say(0, freshMatch(), teams))).toBe('not_found')
  })

  test('is forgotten after 30 days when nobody answered', async () => {
    const match = freshMatch()
    await say(0, match, sides([0], [1]))
    const sql = 'SELECT 1 FROM rating_report WHERE environment_id = $1 AND match_id = $2'
    await stored.rows(
      "UPDATE rating_report SET created_at = now() - interval '31 days' WHERE environment_id = $1 AND match_id = $2",
      environment.environmentId,
      match,
    )
    const kept = freshMatch()
    await say(0, kept, sides([0], [1]))
    await forgetOldReports({ db: stored.db, now: () => new Date() })
    expect(await stored.rows(sql, environment.environmentId, match)).toEqual([])
    expect(await stored.rows(sql, environment.environmentId, kept)).toHaveLength(1)
  })
})

describe('where the word of players counts for matches that matchmaking made', () => {
  type Match = { match_id: string; players: { player_id: string; team?: string }[] }

  /** Two against two, of the first four players. */
  async function madeMatch(): Promise<Match> {
    const teams = ['red', 'blue'].map(name => ({ name, size: 2 }))
    const path = `/studio/environments/${environment.environmentId}/settings/matchmaking.queues`
    expect((await server('PUT', path, { queues: [{ name: 'battle', teams }] })).status).toBe(200)
    const tickets = await inParallel(4, async index => {
      const wish = { mode: 'battle', members: [{ player_id: id(index) }] }
      return Object((await server('POST', '/matchmaking/tickets', wish)).body).ticket.ticket_id
    })
    const read = async () =>
      Object((await server('GET', `/matchmaking/tickets/${tickets[0]}`)).body).ticket
    await expect.poll(async () => (await read()).state, { timeout: 15_000 }).toBe('matched')
    return (await read()).match
  }
  const indexOf = (player_id: string) => players.findIndex(player => player.id === player_id)
  const sayOf = (index: number, match_id: string, teams: unknown) =>
    say(index, match_id, teams, 'matched')

  test('H16: nobody claims one with a line-up of their own, and nobody makes one up', async () => {
    const { match_id, players: those } = await madeMatch()
    const inTeam = (name: string) =>
      those.flatMap(({ player_id, team }) => (team === name ? [indexOf(player_id)] : []))
    const [red, blue] = [inTeam('red'), inTeam('blue')]
    const [first = 0, second = 0, third = 0, fourth = 0] = [...red, ...blue]
    const refusals: [unknown, string][] = [
      [sides([first], [second]), 'invalid_request'],
      [sides([first], [third]), 'invalid_request'],
      [sides([first, third], [second, fourth]), 'invalid_request'],
      [sides([first], [second], [third, fourth]), 'invalid_request'],
      [sides([first, second], [third, 4]), 'invalid_request'],
      [sides([first, second], [third, fourth, 4]), 'invalid_request'],
    ]
    for (const [teams, code] of refusals) {
      const answer = await sayOf(first, match_id, teams)
      expect([answer.status, codeOf(answer)], JSON.stringify(teams)).toEqual([400, code])
    }
    expect(codeOf(await sayOf(4, match_id, sides([4], [first])))).toBe('forbidden')
    expect(codeOf(await sayOf(0, freshMatch(), sides([0], [1])))).toBe('not_found')
    const result = sides(red, blue)
    expect(stateOf(await sayOf(first, match_id, result))).toBe('waiting')
    expect(stateOf(await sayOf(third, match_id, result))).toBe('rated')
  })
})
