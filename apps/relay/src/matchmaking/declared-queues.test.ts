import { randomUUID } from 'node:crypto'
import { findRoomNode, listNodes } from '@aethex/shared/fleet'
import {
  copyQueueSettings,
  enqueue,
  QueueSettings,
  tellQueued,
  ticketKey,
} from '@aethex/shared/matchmaking'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { z } from 'zod'
import type { Relay } from '../app.js'
import type { TestClient } from '../testing/client.js'
import { openStage, type Stage } from '../testing/stage.js'

let stage: Stage
let east: Relay
let west: Relay
const environmentId = '018f0000-0000-7000-8000-0000000000d1'

const duelTeams = [
  { name: 'red', size: 1 },
  { name: 'blue', size: 1 },
]
const skill = {
  attribute: 'skill',
  max_distance: { value: 50, steps: [{ after_seconds: 2, value: null }] },
}

const settings: z.input<typeof QueueSettings> = {
  undeclared_modes: false,
  queues: [
    { name: 'duel', teams: duelTeams, skill },
    { name: 'strict', teams: duelTeams, skill: { ...skill, max_distance: { value: 50 } } },
    { name: 'checked', teams: duelTeams, ready_check: { seconds: 3 } },
    {
      name: 'arena',
      teams: [
        { name: 'red', size: 2, min: 1 },
        { name: 'blue', size: 2, min: 1 },
      ],
      backfill: 'players',
    },
    {
      name: 'world',
      teams: duelTeams,
      regions: { list: [{ name: 'eu' }, { name: 'us' }], max_latency_ms: { value: 100 } },
    },
    { name: 'served', teams: duelTeams, attributes_from: 'servers' },
    { name: 'brief', teams: duelTeams, ticket_timeout_seconds: 10 },
    {
      name: 'together',
      teams: [
        { name: 'red', size: 2 },
        { name: 'blue', size: 2 },
      ],
    },
  ],
}

beforeAll(async () => {
  stage = await openStage()
  await copyQueueSettings(stage.redis, environmentId, QueueSettings.parse(settings), 1)
  east = await stage.startNode({ explainQueuesMs: 300 })
  west = await stage.startNode({ explainQueuesMs: 300 })
})
afterAll(() => stage.close())

const player = (node = east) => stage.join(node, { environmentId })
const join = (client: TestClient, mode: string, more: object = {}) =>
  client.ask({ type: 'join_queue', mode, ...more }, 'queue_joined')
const skilled = (value: number) => ({ attributes: { skill: value } })

async function errorFor(client: TestClient, message: object): Promise<string> {
  client.say({ ...message, id: 77 })
  const { code, reply_to } = await client.next('error')
  expect(reply_to).toBe(77)
  return code
}
const traits = { attributes: {}, ranges: {}, latencies_ms: {}, roles: [] }
const asSeeker = ({ holder: { player_id, username } }: TestClient) => ({
  player_id,
  username,
  ...traits,
})

/** Queues players as the API does. */
async function queueByRest(name: string, clients: readonly TestClient[]): Promise<string> {
  const ticketId = randomUUID()
  const players = clients.map(asSeeker)
  const queue = { environmentId, name }
  const ticket = { ticketId, queue, wish: { players }, nodeId: undefined, timeoutSeconds: 60 }
  await enqueue(stage.redis, ticket)
  await tellQueued(
    stage.redis,
    environmentId,
    ticketId,
    players.map(({ player_id }) => player_id),
  )
  return ticketId
}

test('puts the room of a match on a node of its region, although its players sit elsewhere', async () => {
  const node = await stage.startNode({}, { REGION: 'us' })
  await expect
    .poll(async () => (await listNodes(stage.redis)).some(({ region }) => region === 'us'))
    .toBe(true)
  const [ann, bob] = [await player(east), await player(east)]
  for (const client of [ann, bob]) {
    await join(client, 'world', { latencies_ms: { eu: 500, us: 20 } })
  }
  const { room_id, region } = await ann.next('match_found')
  expect(region).toBe('us')
  const home = await findRoomNode(stage.redis, environmentId, room_id)
  expect(home?.node_id).toBe(node.nodeId)
  await node.close()
})

test('matches by the rules that the studio declared, and seats everybody in a team', async () => {
  const [ann, bob, far] = [await player(east), await player(west), await player(east)]
  await join(ann, 'strict', skilled(1_000))
  await join(far, 'strict', skilled(2_000))
  await join(bob, 'strict', skilled(1_040))
  const match = await ann.next('match_found')
  expect(await bob.next('match_found')).toEqual(match)
  expect(new Set(match.players.map(({ team }) => team))).toEqual(new Set(['red', 'blue']))
  expect(match.players.map(({ seat }) => seat)).toEqual([0, 0])
  expect((await far.rest()).filter(({ type }) => type === 'match_found')).toEqual([])
})

test('lets a rule give way when somebody has waited for long enough, and tells before when it will', async () => {
  const [ann, far] = [await player(east), await player(west)]
  await join(ann, 'duel', skilled(0))
  await join(far, 'duel', skilled(5_000))
  const update = await ann.next('queue_update')
  expect(update).toMatchObject({ mode: 'duel', state: 'queued', candidates: 1, compatible: 0 })
  expect(update.rules).toMatchObject([{ rule: 'skill', excludes: 1, limit: 50 }])
  expect(update.rules[0]?.widens_in_seconds).toBeLessThanOrEqual(2)
  await ann.next('match_found')
  await far.next('match_found')
})

test('explains on request why a ticket waits', async () => {
  const ann = await player()
  expect(await errorFor(ann, { type: 'explain_queue' })).toBe('not_queued')
  const { ticket_id } = await join(ann, 'strict', skilled(-500))
  const why = await ann.ask({ type: 'explain_queue' }, 'queue_update')
  expect(why).toMatchObject({ ticket_id, mode: 'strict', state: 'queued' })
  expect(why.rules[0]?.widens_in_seconds).toBeNull()
})

test('H16: refuses what no match can be made of: missing attributes, NaN, strange roles, unknown queues', async () => {
  const ann = await player()
  const ask = (more: object) => errorFor(ann, { type: 'join_queue', ...more })
  expect(await ask({ mode: 'strict' })).toBe('invalid_request')
  expect(await ask({ mode: 'strict', attributes: { skill: 'high' } })).toBe('invalid_request')
  expect(await ask({ mode: 'strict', attributes: { skill: 1e12 } })).toBe('invalid_request')
  expect(await ask({ mode: 'strict', attributes: { skill: null } })).toBe('invalid_request')
  expect(await ask({ mode: 'strict', ...skilled(1), roles: ['king'] })).toBe('invalid_request')
  expect(await ask({ mode: 'world' })).toBe('invalid_request')
  expect(await ask({ mode: 'world', latencies_ms: { eu: -1 } })).toBe('invalid_request')
  expect(await ask({ mode: 'served' })).toBe('forbidden')
  expect(await ask({ mode: 'nowhere', region: 'eu', skill_range: [0, 1] })).toBe('not_found')
  const packed = await stage.join(east, { environmentId, protocol: 'aethex.v1.msgpack' })
  packed.say({ type: 'join_queue', mode: 'strict', attributes: { skill: Number.NaN } })
  expect((await packed.next('error')).code).toBe('unsafe_number')
})

test('H16: gives a player one ticket, however often it is asked for in parallel', async () => {
  const ann = await player()
  const elsewhere = await stage.join(west, { holder: ann.holder })
  const wishes = Array.from({ length: 10 }, (_, index) =>
    (index % 2 ? ann : elsewhere).ask(
      { type: 'join_queue', mode: 'strict', ...skilled(9_000) },
      'queue_joined',
    ),
  )
  const ids = (await Promise.all(wishes)).map(({ ticket_id }) => ticket_id)
  expect(new Set(ids).size).toBe(1)
  expect(await errorFor(ann, { type: 'join_queue', mode: 'strict', ...skilled(1) })).toBe(
    'already_queued',
  )
})

test('plays in a region that both reach quickly', async () => {
  const [ann, bob, remote] = [await player(), await player(), await player()]
  await join(remote, 'world', { latencies_ms: { us: 20, eu: 200 } })
  await join(ann, 'world', { latencies_ms: { us: 150, eu: 30 } })
  expect((await ann.rest()).filter(({ type }) => type === 'match_found')).toEqual([])
  await join(bob, 'world', { region: 'eu' })
  expect((await ann.next('match_found')).region).toBe('eu')
})

test('asks for readiness: all yes makes the match, one no sends the others back to their place', async () => {
  const [ann, bob] = [await player(east), await player(west)]
  const first = await join(ann, 'checked')
  await join(bob, 'checked')
  const [toAnn, toBob] = [await ann.next('match_proposed'), await bob.next('match_proposed')]
  expect(toAnn).toEqual(toBob)
  const { match_id } = toAnn
  const stranger = await player()
  expect(await errorFor(stranger, { type: 'accept_match', match_id })).toBe('not_found')
  await ann.ask({ type: 'accept_match', match_id }, 'match_answered')
  expect(await bob.next('match_progress')).toMatchObject({ accepted: 1, players: 2 })
  await bob.ask({ type: 'decline_match', match_id }, 'match_answered')
  expect(await ann.next('match_cancelled')).toMatchObject({ match_id, requeued: true })
  expect(await bob.next('queue_left')).toMatchObject({ reason: 'declined' })

  const cleo = await player(west)
  await join(cleo, 'checked')
  const again = await ann.next('match_proposed')
  expect(again.match_id).not.toBe(match_id)
  for (const client of [ann, cleo]) {
    await client.ask({ type: 'accept_match', match_id: again.match_id }, 'match_answered')
  }
  const found = await ann.next('match_found')
  expect(found.match_id).toBe(again.match_id)
  expect(await cleo.next('match_found')).toEqual(found)
  expect(first.ticket_id).toBeDefined()
})

test('puts out who does not answer in time, and keeps the other', { timeout: 20_000 }, async () => {
  const [ann, bob] = [await player(east), await player(west)]
  const { ticket_id } = await join(ann, 'checked')
  await join(bob, 'checked')
  const { match_id } = await ann.next('match_proposed')
  await ann.ask({ type: 'accept_match', match_id }, 'match_answered')
  expect(await ann.next('match_cancelled')).toMatchObject({ requeued: true })
  expect(await bob.next('match_cancelled')).toMatchObject({ requeued: false })
  await bob.next('queue_left')
  expect(await ann.ask({ type: 'explain_queue' }, 'queue_update')).toMatchObject({ ticket_id })
})

test('ends a ticket whose time is over', async () => {
  const ann = await player()
  const { ticket_id } = await join(ann, 'brief')
  const key = ticketKey(environmentId, ticket_id)
  const since = Number(await stage.redis.hget(key, 'since'))
  expect(Number(await stage.redis.hget(key, 'deadline'))).toBe(since + 10_000)
  await stage.redis.hset(key, 'deadline', since + 1)
  expect(await ann.next('queue_left')).toMatchObject({ reason: 'timed_out' })
})

test('a party that was queued by REST is told on all of its sockets, and stays in one team', async () => {
  const party = [await player(east), await player(west)]
  const others = [await player(east), await player(west)]
  const ticketId = await queueByRest('together', party)
  for (const client of party) {
    expect(await client.next('queue_joined')).toMatchObject({
      ticket_id: ticketId,
      mode: 'together',
    })
  }
  // Nobody of it can wait a second time.
  const [leader, member] = party
  if (leader === undefined || member === undefined) throw new Error('a party of two')
  expect(await errorFor(member, { type: 'join_queue', mode: 'duel', ...skilled(1) })).toBe(
    'already_queued',
  )
  for (const client of others) await join(client, 'together')
  const match = await leader.next('match_found')
  expect(await member.next('match_found')).toEqual(match)
  const teamOf = (client: TestClient) =>
    match.players.find(({ player_id }) => player_id === client.playerId)?.team
  expect(teamOf(leader)).toBe(teamOf(member))
  expect(match.players).toHaveLength(4)
})

test('one of a party who leaves takes the whole ticket out', async () => {
  const [leader, member] = [await player(east), await player(west)]
  await queueByRest('together', [leader, member])
  for (const client of [leader, member]) await client.next('queue_joined')
  await member.ask({ type: 'leave_queue' }, 'queue_left')
  expect(await leader.next('queue_left')).toMatchObject({ reason: 'cancelled' })
})

test('H17: gives the free seats of a running match to others, who alone may enter then', async () => {
  const [ann, bob] = [await player(east), await player(east)]
  await join(ann, 'arena')
  await join(bob, 'arena')
  const { room_id, match_id } = await ann.next('match_found')
  await bob.next('match_found')
  const home = [east, west]
  const enter = async (client: TestClient) => {
    for (const node of home) {
      const there = await stage.join(node, { holder: client.holder })
      const answer = await there
        .ask({ type: 'join_room', room_id }, 'room_joined')
        .catch((error: Error) => error)
      if (!(answer instanceof Error)) return there
      if (!answer.message.includes('room_elsewhere')) throw answer
    }
    throw new Error('the room lives nowhere')
  }
  const annThere = await enter(ann)
  expect(await errorFor(ann, { type: 'offer_backfill' })).toBe('not_in_room')
  const offered = await annThere.ask({ type: 'offer_backfill' }, 'backfill_offered')
  expect(offered.free_seats).toBe(2)
  const eve = await player(east)
  await expect(enter(eve)).rejects.toThrow('room_forbidden')
  const cleo = await player(west)
  await join(cleo, 'arena')
  const match = await cleo.next('match_found')
  expect(match).toMatchObject({ room_id, match_id })
  expect(match.players).toHaveLength(3)
  expect((await annThere.next('backfill_found')).players).toHaveLength(3)
  await enter(cleo)
  await expect(enter(eve)).rejects.toThrow('room_forbidden')
})
