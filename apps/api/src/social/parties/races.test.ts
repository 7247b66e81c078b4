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
import { InvitationAnswer, PartyAnswer } from './schema.js'

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
const fresh = async (leader: number, wish: Record<string, unknown> = { is_open: true }) => {
  const { party } = PartyAnswer.parse((await by(leader)('POST', '/parties', wish)).body)
  return { id: party.party_id, path: `/parties/${party.party_id}` }
}
const invite = async (path: string, from: number, to: number) => {
  const answer = await by(from)('POST', `${path}/invitations`, { player_id: idOf(to) })
  return InvitationAnswer.parse(answer.body).invitation.invitation_id
}
/** What the database itself says. */
const truth = async (id: string) => {
  const sql = `SELECT p.member_count, p.leader_id,
      (SELECT count(*)::int FROM party_member m WHERE m.party_id = p.id) AS members,
      (SELECT count(*)::int FROM party_member m WHERE m.party_id = p.id AND m.player_id = p.leader_id) AS leaders
    FROM party p WHERE p.id = $1`
  return (await database.query(sql, [id])).rows[0]
}
const everybodyOut = async () => {
  await inParallel(players.length, async index => {
    const { party } = Object((await by(index)('GET', '/parties/mine')).body)
    if (party !== null) await by(index)('POST', `/parties/${party.party_id}/leave`)
  })
  const left = 'SELECT count(*)::int AS parties FROM party WHERE environment_id = $1'
  expect((await database.query(left, [environment.environmentId])).rows[0]).toEqual({ parties: 0 })
}

test('G12: of twenty who join at once as many come in as there are places', async () => {
  const { id, path } = await fresh(0, { is_open: true, max_size: 5 })
  const answers = await inParallel(20, index => by(index + 1)('POST', `${path}/join`))
  expect(tally(answers)).toEqual({ 200: 4, 409: 16 })
  expect(await truth(id)).toMatchObject({ member_count: 5, members: 5, leaders: 1 })
  await everybodyOut()
})

test('an invitation accepted on two devices at once lets in once', async () => {
  const { id, path } = await fresh(0, {})
  const invitation = await invite(path, 0, 1)
  const answers = await inParallel(2, () =>
    by(1)('POST', `/parties/invitations/${invitation}/accept`),
  )
  expect(tally(answers)).toEqual({ 200: 1, 404: 1 })
  expect(await truth(id)).toMatchObject({ member_count: 2, members: 2 })
  await everybodyOut()
})

test('accepted twice with one key, it is answered twice the same', async () => {
  const { path } = await fresh(0, {})
  const invitation = await invite(path, 0, 1)
  const headers = { 'idempotency-key': crypto.randomUUID() }
  const ask = () => by(1)('POST', `/parties/invitations/${invitation}/accept`, undefined, headers)
  const [first, second] = [await ask(), await ask()]
  expect([first.status, second.status]).toEqual([200, 200])
  expect(second.body).toEqual(first.body)
  await everybodyOut()
})

test('a player who accepts and joins five parties at once is in exactly one', async () => {
  const parties = await inParallel(5, index => fresh(index))
  const [one, two] = parties
  const invitations = await Promise.all([
    invite(one?.path ?? '', 0, 20),
    invite(two?.path ?? '', 1, 20),
  ])
  const answers = await Promise.all([
    ...invitations.map(id => by(20)('POST', `/parties/invitations/${id}/accept`)),
    ...parties.slice(2).map(({ path }) => by(20)('POST', `${path}/join`)),
    by(20)('POST', '/parties', {}),
  ])
  expect(answers.filter(answer => answer.status < 300)).toHaveLength(1)
  for (const answer of answers.filter(one => one.status >= 300)) {
    expect(codeOf(answer)).toBe('already_in_party')
  }
  const sizes = await Promise.all(parties.map(async ({ id }) => (await truth(id)).member_count))
  const own = answers.at(-1)?.status === 201 ? 1 : 0
  expect(sizes.reduce((sum, size) => sum + size, 0) + own).toBe(6)
  await everybodyOut()
})

test('G12: whoever leaves, is kicked or is promoted at once, a party has one leader who is in it', async () => {
  for (let round = 0; round < 5; round++) {
    const { id, path } = await fresh(0)
    await inParallel(5, index => by(index + 1)('POST', `${path}/join`))
    const answers = await Promise.all([
      by(0)('POST', `${path}/leave`),
      by(0)('PUT', `${path}/leader`, { player_id: idOf(1) }),
      by(0)('DELETE', `${path}/members/${idOf(2)}`),
      by(1)('POST', `${path}/leave`),
      by(3)('POST', `${path}/leave`),
      by(2)('POST', `${path}/leave`),
      by(6)('POST', `${path}/join`),
    ])
    expect(answers.filter(answer => answer.status >= 500)).toEqual([])
    const { member_count, members, leaders } = await truth(id)
    expect([members, leaders]).toEqual([member_count, 1])
    await everybodyOut()
  }
})
