import {
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { GroupAnswer } from './schema.js'

const stack = inject('stack')
let environment: TestEnvironment
let players: TestPlayer[]
let callers: Caller[]
let database: pg.Client

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  players = await Promise.all(Array.from({ length: 21 }, () => freshPlayer(environment)))
  callers = players.map(player => callerOf(environment.apiUrl, player.headers))
  database = new pg.Client({ connectionString: stack.database_url })
  await database.connect()
})
afterAll(() => database.end())

const by = (index: number): Caller => {
  const caller = callers[index]
  if (caller === undefined) throw new Error('no such caller')
  return caller
}
const idOf = (index: number) => players[index]?.id ?? ''
const fresh = async (wish: Record<string, unknown>) => {
  const name = `Race ${crypto.randomUUID().slice(0, 8)}`
  const answer = await by(0)('POST', '/groups', { name, admission: 'open', ...wish })
  const { group } = GroupAnswer.parse(answer.body)
  return { id: group.group_id, path: `/groups/${group.group_id}` }
}
/** What the database itself says. */
const truth = async (id: string) => {
  const sql = `SELECT g.member_count, g.max_members, g.leader_id,
      (SELECT count(*)::int FROM group_member m WHERE m.group_id = g.id) AS members,
      (SELECT count(*)::int FROM group_member m WHERE m.group_id = g.id AND m.player_id = g.leader_id) AS leaders
    FROM player_group g WHERE g.id = $1`
  return (await database.query(sql, [id])).rows[0]
}

test('G12: of twenty who join at once as many come in as there are places', async () => {
  const { id, path } = await fresh({ max_members: 8 })
  const answers = await inParallel(20, index => by(index + 1)('POST', `${path}/join`, {}))
  expect(tally(answers)).toEqual({ 200: 7, 409: 13 })
  for (const answer of answers.filter(one => one.status === 409)) {
    expect(codeOf(answer)).toBe('group_full')
  }
  expect(await truth(id)).toMatchObject({ member_count: 8, members: 8, leaders: 1 })
})

test('G12: two who were asked in for the last place do not both come in', async () => {
  const { id, path } = await fresh({ max_members: 2, admission: 'request' })
  await inParallel(5, index => by(index + 1)('POST', `${path}/join`, {}))
  const answers = await inParallel(5, index =>
    by(0)('POST', `${path}/requests/${idOf(index + 1)}/accept`),
  )
  expect(tally(answers)).toEqual({ 200: 1, 409: 4 })
  expect(await truth(id)).toMatchObject({ member_count: 2, members: 2 })
})

test('G12: when everybody leaves at once, a group has one leader for as long as it has members', async () => {
  const { id, path } = await fresh({ max_members: 10 })
  await inParallel(9, index => by(index + 1)('POST', `${path}/join`, {}))
  const half = await inParallel(5, index => by(index)('POST', `${path}/leave`))
  expect(tally(half)).toEqual({ 204: 5 })
  expect(await truth(id)).toMatchObject({ member_count: 5, members: 5, leaders: 1 })
  const rest = await inParallel(5, index => by(index + 5)('POST', `${path}/leave`))
  expect(tally(rest)).toEqual({ 204: 5 })
  expect(await truth(id)).toBeUndefined()
})

test('G12: a leader who hands over twice at once, and is demoted meanwhile, leaves one leader', async () => {
  const { id, path } = await fresh({})
  await inParallel(4, index => by(index + 1)('POST', `${path}/join`, {}))
  const answers = await inParallel(4, index =>
    by(0)('PUT', `${path}/members/${idOf(index + 1)}`, { role: 'leader' }),
  )
  expect(tally(answers)).toEqual({ 200: 1, 403: 3 })
  expect(await truth(id)).toMatchObject({ members: 5, leaders: 1 })
})

test('a player who joins many groups at once belongs to as many as the studio allows', async () => {
  const admin = callerOf(environment.apiUrl, { authorization: `Bearer ${environment.memberToken}` })
  const setting = `/studio/environments/${environment.environmentId}/settings/groups.limits`
  const groups = await Promise.all(Array.from({ length: 6 }, () => fresh({})))
  const player = by(20)
  const before = Object((await player('GET', '/groups/mine')).body).items.length
  expect((await admin('PUT', setting, { groups_per_player: before + 2 })).status).toBeLessThan(300)
  const answers = await inParallel(6, index => player('POST', `${groups[index]?.path}/join`, {}))
  expect(tally(answers)).toEqual({ 200: 2, 409: 4 })
  await admin('PUT', setting, {})
})

test('G12: two groups of one name are not made at once', async () => {
  const name = `Same ${crypto.randomUUID().slice(0, 8)}`
  const answers = await inParallel(8, index => by(index + 1)('POST', '/groups', { name }))
  expect(tally(answers)).toEqual({ 201: 1, 409: 7 })
})
