import {
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { QueueList, TicketAnswer } from './schema.js'

const PartyAnswer = z.object({ party: z.object({ party_id: z.string() }) })
const InvitationAnswer = z.object({ invitation: z.object({ invitation_id: z.string() }) })

let environment: TestEnvironment
let players: TestPlayer[]
let server: Caller

const duelTeams = [
  { name: 'red', size: 1 },
  { name: 'blue', size: 1 },
]
const pairs = [
  { name: 'red', size: 2 },
  { name: 'blue', size: 2 },
]
const queues = [
  {
    name: 'ranked',
    teams: duelTeams,
    skill: { attribute: 'skill', max_distance: { value: 100, per_second: 1 } },
    record: true,
  },
  { name: 'together', teams: pairs, backfill: 'servers' },
  {
    name: 'world',
    teams: duelTeams,
    regions: {
      list: [{ name: 'eu', ping_url: 'https://eu.example/ping' }, { name: 'us' }],
      max_latency_ms: { value: 80 },
    },
  },
  { name: 'checked', teams: duelTeams, ready_check: { seconds: 30 } },
]

const by = (index: number) => {
  const player = players[index]
  if (player === undefined) throw new Error(`there is no player ${index}`)
  return callerOf(environment.apiUrl, player.headers)
}
const idOf = (index: number) => players[index]?.id ?? ''
const path = '/matchmaking/tickets'
const create = async (caller: Caller, body: object) => {
  const answer = await caller('POST', path, body)
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return TicketAnswer.parse(answer.body).ticket
}
const read = async (ticketId: string, caller: Caller = server) =>
  TicketAnswer.parse((await caller('GET', `${path}/${ticketId}`)).body).ticket
const members = (...indexes: number[]) =>
  indexes.map(index => ({ player_id: idOf(index), attributes: { skill: 1_000 + index } }))
const settingPath = () =>
  `/studio/environments/${environment.environmentId}/settings/matchmaking.queues`

beforeAll(async () => {
  environment = await freshEnvironment(inject('stack'))
  players = await inParallel(6, () => freshPlayer(environment))
  server = callerOf(environment.apiUrl, { 'x-api-key': environment.secretKey })
  const written = await server('PUT', settingPath(), { queues })
  expect(written.status, JSON.stringify(written.body)).toBe(200)
})

describe('tickets', () => {
  test('of servers are matched by the declared rules, and say the match with its teams', async () => {
    const one = await create(server, { mode: 'ranked', members: members(0) })
    expect(one).toMatchObject({ mode: 'ranked', state: 'queued', player_ids: [idOf(0)] })
    const other = await create(server, { mode: 'ranked', members: members(1) })
    // The relay learns of the setting within seconds.
    await expect
      .poll(async () => (await read(one.ticket_id)).state, { timeout: 15_000 })
      .toBe('matched')
    const { match } = await read(one.ticket_id)
    expect((await read(other.ticket_id, by(1))).match).toEqual(match)
    expect(match?.players.map(({ team }) => team).sort()).toEqual(['blue', 'red'])
    expect(match?.players.map(({ player_id }) => player_id).sort()).toEqual(
      [idOf(0), idOf(1)].sort(),
    )
    const late = await server('DELETE', `${path}/${one.ticket_id}`)
    expect([late.status, codeOf(late)]).toEqual([409, 'already_matched'])
  })

  test('end with the player who asks to be forgotten, also those of servers', async () => {
    const player = await freshPlayer(environment)
    const caller = callerOf(environment.apiUrl, player.headers)
    const wish = { mode: 'together', members: [{ player_id: player.id }] }
    const { ticket_id } = await create(server, wish)
    expect((await caller('POST', '/auth/erasure', { confirm: 'erase' })).status).toBe(202)
    await expect.poll(async () => (await read(ticket_id)).state, { timeout: 20_000 }).toBe('closed')
  })

  test('H16: are one for each player, also in parallel; a cancelled one is in no match', async () => {
    const wish = { mode: 'world', region: 'eu' }
    const answers = await inParallel(10, () => by(2)('POST', path, wish))
    expect(tally(answers)).toEqual({ 201: 1, 409: 9 })
    const made = answers.find(({ status }) => status === 201)
    const { ticket_id } = TicketAnswer.parse(made?.body).ticket
    const second = await server('POST', path, { ...wish, members: members(2) })
    expect([second.status, codeOf(second)]).toEqual([409, 'already_queued'])
    expect((await by(3)('GET', `${path}/${ticket_id}`)).status).toBe(404)
    expect((await by(3)('DELETE', `${path}/${ticket_id}`)).status).toBe(404)
    for (let turn = 0; turn < 2; turn++) {
      expect((await by(2)('DELETE', `${path}/${ticket_id}`)).status).toBe(204)
    }
    expect(await read(ticket_id)).toMatchObject({
      state: 'closed',
      reason: 'cancelled',
      match: null,
    })
    const other = await create(by(3), wish)
    expect((await read(other.ticket_id)).state).toBe('queued')
    expect((await by(3)('DELETE', `${path}/${other.ticket_id}`)).status).toBe(204)
  })

  test('say which rule keeps how many others away, and when it gives way', async () => {
    const one = await create(by(2), { mode: 'ranked', attributes: { skill: 0 } })
    const other = await create(by(3), { mode: 'ranked', attributes: { skill: 9_000 } })
    const { explanation } = await read(one.ticket_id)
    expect(explanation).toMatchObject({
      candidates: 1,
      compatible: 0,
      rules: [{ rule: 'skill', excludes: 1, widens_in_seconds: 1 }],
    })
    for (const ticket of [one, other]) await server('DELETE', `${path}/${ticket.ticket_id}`)
  })

  test('H16: that no match can be made of are refused', async () => {
    const refusals = [
      { mode: 'ranked' },
      { mode: 'ranked', attributes: { skill: 'high' } },
      { mode: 'ranked', attributes: { skill: 1e300 } },
      { mode: 'ranked', attributes: { skill: null } },
      { mode: 'world', latencies_ms: { eu: -5 } },
      { mode: 'world', latencies_ms: { mars: 5 } },
      { mode: 'world', region: 'mars' },
      { mode: 'other', region: 'eu', skill_range: [5, 1] },
      { mode: 'other', region: 'eu' },
      { mode: 'ranked', attributes: { skill: 1 }, roles: ['king'] },
      { mode: 'bad mode', attributes: {} },
    ]
    for (const body of refusals) {
      const answer = await by(4)('POST', path, body)
      expect([answer.status, codeOf(answer)], JSON.stringify(body)).toEqual([
        400,
        'invalid_request',
      ])
    }
    const twice = await server('POST', path, { mode: 'together', members: members(4, 4) })
    expect(twice.status).toBe(400)
    const many = await server('POST', path, { mode: 'together', members: members(3, 4, 5) })
    expect(many.status).toBe(400)
    const nobody = [{ player_id: crypto.randomUUID() }]
    expect((await server('POST', path, { mode: 'together', members: nobody })).status).toBe(404)
    expect((await server('POST', path, { mode: 'together' })).status).toBe(400)
  })
})

describe('a ready check', () => {
  const propose = async () => {
    const [one, other] = await inParallel(2, () => freshPlayer(environment))
    if (one === undefined || other === undefined) throw new Error('two were asked for')
    const player = callerOf(environment.apiUrl, one.headers)
    const own = await create(player, { mode: 'checked' })
    const wish = { mode: 'checked', members: [{ player_id: other.id }] }
    const served = await create(server, wish)
    const state = async () => (await read(own.ticket_id, player)).state
    await expect.poll(state, { timeout: 15_000 }).toBe('proposed')
    return { player, own: own.ticket_id, served: served.ticket_id }
  }
  const answer = (caller: Caller, ticketId: string, accept: boolean) =>
    caller('POST', `${path}/${ticketId}/answer`, { accept })

  test('is answered over HTTP, by each player and by the server for whom it queued', async () => {
    const { player, own, served } = await propose()
    expect((await answer(by(4), own, true)).status).toBe(404)
    const first = await answer(player, own, true)
    expect(TicketAnswer.parse(first.body).ticket).toMatchObject({ state: 'proposed', match: null })
    const last = await answer(server, served, true)
    expect(TicketAnswer.parse(last.body).ticket.state).toBe('matched')
    expect((await read(own)).match?.players).toHaveLength(2)
    expect(codeOf(await answer(player, own, true))).toBe('nothing_proposed')
  })

  test('is over with the first no: who said it is out, and the other waits on', async () => {
    const { player, own, served } = await propose()
    const no = await answer(server, served, false)
    expect(TicketAnswer.parse(no.body).ticket).toMatchObject({
      state: 'closed',
      reason: 'declined',
    })
    expect((await read(own)).state).toBe('queued')
    expect((await player('DELETE', `${path}/${own}`)).status).toBe(204)
  })
})

describe('parties', () => {
  test('H16: are queued by their leader, with nobody else than their members', async () => {
    const alone = await by(2)('POST', path, { mode: 'together', party: true })
    expect([alone.status, codeOf(alone)]).toEqual([403, 'forbidden'])
    const made = await by(2)('POST', '/parties', {})
    const { party } = PartyAnswer.parse(made.body)
    const invited = await by(2)('POST', `/parties/${party.party_id}/invitations`, {
      player_id: idOf(3),
      activity: null,
    })
    const { invitation } = InvitationAnswer.parse(invited.body)
    await by(3)('POST', `/parties/invitations/${invitation.invitation_id}/accept`)
    const foreign = await by(2)('POST', path, { mode: 'together', members: members(2, 4) })
    expect([foreign.status, codeOf(foreign)]).toEqual([403, 'forbidden'])
    const byMember = await by(3)('POST', path, { mode: 'together', party: true })
    expect([byMember.status, codeOf(byMember)]).toEqual([403, 'forbidden'])

    const ticket = await create(by(2), { mode: 'together', party: true })
    expect(ticket.player_ids.sort()).toEqual([idOf(2), idOf(3)].sort())
    expect((await read(ticket.ticket_id, by(3))).state).toBe('queued')
    const own = await by(3)('POST', path, { mode: 'ranked', attributes: { skill: 1 } })
    expect([own.status, codeOf(own)]).toEqual([409, 'already_queued'])
    const others = await create(server, { mode: 'together', members: members(4, 5) })
    await expect
      .poll(async () => (await read(ticket.ticket_id)).state, { timeout: 15_000 })
      .toBe('matched')
    const { match } = await read(others.ticket_id)
    const teamOf = (index: number) =>
      match?.players.find(({ player_id }) => player_id === idOf(index))?.team
    expect(teamOf(2)).toBe(teamOf(3))
    expect(teamOf(4)).not.toBe(teamOf(2))
  })
})

describe('free seats', () => {
  const offer = (room: string) => ({
    queue: 'together',
    room_id: room,
    players: [{ player_id: idOf(0), team: 'red' }],
  })

  test('H17: are offered by a secret key only, for matches of queues that allow it', async () => {
    const byPlayer = await by(0)('POST', '/matchmaking/backfill', offer('running'))
    expect(byPlayer.status).toBe(403)
    const publishable = callerOf(environment.apiUrl, { 'x-api-key': environment.publishableKey })
    expect((await publishable('POST', '/matchmaking/backfill', offer('running'))).status).toBe(403)
    const off = { ...offer('running'), queue: 'ranked' }
    expect((await server('POST', '/matchmaking/backfill', off)).status).toBe(403)
    const strange = { ...offer('running'), players: [{ player_id: idOf(0), team: 'green' }] }
    expect((await server('POST', '/matchmaking/backfill', strange)).status).toBe(400)
    const elsewhere = await freshEnvironment(inject('stack'))
    const stranger = callerOf(elsewhere.apiUrl, { 'x-api-key': elsewhere.secretKey })
    expect((await stranger('POST', '/matchmaking/backfill', offer('running'))).status).toBe(404)
  })

  test('go to who waits; the room has one offer at a time', async () => {
    const made = await server('POST', '/matchmaking/backfill', offer('seats'))
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    const { ticket_id } = TicketAnswer.parse(made.body).ticket
    expect((await server('POST', '/matchmaking/backfill', offer('seats'))).status).toBe(409)
    const joiner = await freshPlayer(environment)
    const own = callerOf(environment.apiUrl, joiner.headers)
    const ticket = await create(own, { mode: 'together' })
    await expect
      .poll(async () => (await read(ticket.ticket_id)).state, { timeout: 15_000 })
      .toBe('matched')
    const { match } = await read(ticket_id)
    expect(match).toMatchObject({ room_id: 'seats' })
    expect(match?.players.map(({ player_id }) => player_id)).toEqual([idOf(0), joiner.id])
  })
})

test('players see the declared queues, and where their regions are measured', async () => {
  const { items } = QueueList.parse((await by(0)('GET', '/matchmaking/queues')).body)
  expect(items.map(({ name }) => name)).toEqual(['ranked', 'together', 'world', 'checked'])
  expect(items[2]?.regions).toEqual([
    { name: 'eu', ping_url: 'https://eu.example/ping' },
    { name: 'us', ping_url: null },
  ])
})

test('what happens in a recorded queue can be read, without saying whom it happened to', async () => {
  const place = `/studio/environments/${environment.environmentId}/matchmaking/queues/ranked`
  const answer = await fetch(`${environment.apiUrl}/api/v1${place}/recording`, {
    headers: { 'x-api-key': environment.secretKey },
  })
  const text = await answer.text()
  expect(answer.headers.get('content-type')).toContain('application/x-ndjson')
  const Event = z.looseObject({ kind: z.string(), at: z.number() })
  const events = text
    .trim()
    .split('\n')
    .map(line => Event.parse(JSON.parse(line)))
  expect(events.map(({ kind }) => kind)).toContain('came')
  expect(events.map(({ kind }) => kind)).toContain('matched')
  for (const { id } of players) expect(text).not.toContain(id)
})

test('a queue that contradicts itself is refused', async () => {
  const wrong = [
    [{ name: 'a', teams: [{ name: 'x', size: 1 }] }],
    [{ name: 'a', teams: [{ name: 'x', size: 2, min: 3 }] }],
    [
      { name: 'a', teams: duelTeams },
      { name: 'a', teams: duelTeams },
    ],
    [{ name: 'a', teams: [{ name: 'x', size: 101 }] }],
    [
      {
        name: 'a',
        teams: duelTeams,
        skill: {
          attribute: 'mmr',
          max_distance: { value: 50, steps: [{ after_seconds: 5, value: 10 }] },
        },
      },
    ],
  ]
  for (const value of wrong) {
    const answer = await server('PUT', settingPath(), { queues: value })
    expect([answer.status, codeOf(answer)], JSON.stringify(value)).toEqual([400, 'invalid_request'])
  }
})
