import { randomUUID } from 'node:crypto'
import { findRoomNode } from '@aethex/shared/fleet'
import {
  enqueue,
  matchRecordKey,
  openQueueName,
  parseMatch,
  ticketKey,
} from '@aethex/shared/matchmaking'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import type { TestClient } from '../testing/client.js'
import { openStage, type Stage } from '../testing/stage.js'
import { newMemory, runRound } from './round.js'

let stage: Stage
let east: Relay
let west: Relay
const environmentId = '018f0000-0000-7000-8000-000000000001'

beforeAll(async () => {
  stage = await openStage()
  east = await stage.startNode()
  west = await stage.startNode()
})
afterAll(() => stage.close())

const player = (node = east) => stage.join(node, { environmentId })
const queue = (mode: string, skill_range: [number, number] = [1_000, 1_500], players = 2) => ({
  type: 'join_queue' as const,
  mode,
  region: 'eu',
  skill_range,
  players,
})
const enter = (client: TestClient, mode: string, range?: [number, number], players?: number) =>
  client.ask(queue(mode, range, players), 'queue_joined')

async function errorFor(client: TestClient, message: object): Promise<string> {
  client.say({ ...message, id: 77 })
  const { code, reply_to } = await client.next('error')
  expect(reply_to).toBe(77)
  return code
}

test('matches two players on two nodes into a room that only they may enter', async () => {
  const [ann, bob, eve] = [await player(east), await player(west), await player(east)]
  await enter(ann, 'duel')
  await enter(bob, 'duel', [1_400, 1_600])
  const [annMatch, bobMatch] = [await ann.next('match_found'), await bob.next('match_found')]
  expect(annMatch).toEqual(bobMatch)
  expect(annMatch.room_id).toMatch(/^[A-Za-z0-9_-]{22}$/)
  expect(annMatch.players).toEqual(
    [ann, bob].map(({ holder }) => ({ player_id: holder.player_id, username: holder.username })),
  )
  const { room_id } = annMatch
  const home = await findRoomNode(stage.redis, environmentId, room_id)
  expect([east.publicUrl, west.publicUrl]).toContain(home?.url)

  const host = home?.url === east.publicUrl ? east : west
  const intruder = host === east ? eve : await player(west)
  expect(await errorFor(intruder, { type: 'join_room', room_id })).toBe('room_forbidden')
  // The attempt leaves no room behind.
  await expect.poll(() => findRoomNode(stage.redis, environmentId, room_id)).toBeUndefined()
  for (const { holder } of [ann, bob]) {
    const there = await stage.join(host, { holder })
    await there.ask({ type: 'join_room', room_id }, 'room_joined')
  }
  expect(await errorFor(intruder, { type: 'join_room', room_id })).toBe('room_forbidden')
})

test('makes matches of the size that is asked for, and keeps sizes, modes and environments apart', async () => {
  const three = [await player(), await player(), await player(west)]
  const [other, foreign] = [await player(), await stage.join(east)]
  await enter(other, 'trio')
  await enter(foreign, 'trio', undefined, 3)
  for (const client of three) await enter(client, 'trio', undefined, 3)
  for (const client of three) expect((await client.next('match_found')).players).toHaveLength(3)
  for (const client of [other, foreign]) expect(await client.rest()).toEqual([])
})

test('keeps players apart whose wishes do not meet', async () => {
  const [weak, strong, equal] = [await player(), await player(), await player()]
  await enter(weak, 'far', [0, 100])
  await enter(strong, 'far', [9_000_000, 9_000_100])
  await enter(equal, 'far', [50, 60])
  await weak.next('match_found')
  expect(await strong.rest()).toEqual([])
})

test('queues a player once: the same wish again is the same ticket, another wish is refused', async () => {
  const ann = await player()
  const first = await enter(ann, 'once')
  expect((await enter(ann, 'once')).ticket_id).toBe(first.ticket_id)
  const annElsewhere = await stage.join(west, { holder: ann.holder })
  expect((await enter(annElsewhere, 'once')).ticket_id).toBe(first.ticket_id)
  expect(await errorFor(annElsewhere, queue('other'))).toBe('already_queued')
  expect(await errorFor(ann, queue('once', [1, 2]))).toBe('already_queued')
})

test('cancels a ticket everywhere and says so', async () => {
  const ann = await player()
  expect(await errorFor(ann, { type: 'leave_queue' })).toBe('not_queued')
  const { ticket_id } = await enter(ann, 'cancel')
  const annElsewhere = await stage.join(west, { holder: ann.holder })
  await annElsewhere.ask({ type: 'leave_queue' }, 'queue_left')
  // The node that kept the ticket alive learns of it and does not bring it back.
  expect(await ann.next('queue_left')).toEqual({ type: 'queue_left', reason: 'cancelled' })
  const bob = await player()
  await enter(bob, 'cancel')
  expect((await enter(ann, 'cancel')).ticket_id).not.toBe(ticket_id)
  await bob.next('match_found')
})

test('either cancels or matches, and tells the player which', { timeout: 30_000 }, async () => {
  const outcomes = { cancelled: 0, matched: 0 }
  for (let round = 0; round < 15; round++) {
    const mode = `race-${round}`
    const [ann, bob] = [await player(), await player(west)]
    await enter(ann, mode)
    const entering = enter(bob, mode)
    if (round % 3 === 0) await entering
    if (round % 3 === 1) await ann.next('match_found')
    ann.say({ type: 'leave_queue', id: 50 })
    await entering
    const seen = (await ann.rest()).filter(message => 'reply_to' in message)
    const [answer] = seen
    if (answer?.type === 'queue_left') {
      outcomes.cancelled++
      // Alone now: nobody is told of a match.
      await bob.ask({ type: 'leave_queue' }, 'queue_left')
    } else {
      outcomes.matched++
      expect(answer).toMatchObject({ type: 'error', reply_to: 50, code: 'already_matched' })
      expect((await bob.next('match_found')).players).toHaveLength(2)
    }
  }
  expect(outcomes.matched).toBeGreaterThan(0)
  expect(outcomes.cancelled).toBeGreaterThan(0)
})

test('puts no ticket into two matches when several matchmakers run at once', async () => {
  const name = openQueueName('storm', 'eu', 2)
  const where = { environmentId: randomUUID(), name }
  const tickets = Array.from({ length: 40 }, () => randomUUID())
  const nothing = { attributes: {}, ranges: {}, latencies_ms: {}, roles: [] }
  for (const ticketId of tickets) {
    const player = { player_id: randomUUID(), username: 'someone', ...nothing }
    const wish = { players: [player], skill_range: [0, 100] as [number, number] }
    const nodeId = east.nodeId
    await enqueue(stage.redis, { ticketId, queue: where, wish, nodeId, timeoutSeconds: 0 })
  }
  const rounds = Array.from({ length: 8 }, () =>
    runRound({
      redis: stage.redis,
      queue: where,
      compiled: undefined,
      nodeId: east.nodeId,
      memory: newMemory(),
    }),
  )
  const made = await Promise.all(rounds)
  expect(made.reduce((sum, count) => sum + count)).toBe(20)
  const keys = await stage.redis.keys(matchRecordKey(where.environmentId, '*'))
  const records = (await stage.redis.mget(keys)).flatMap(text => (text ? [parseMatch(text)] : []))
  const matched = records.flatMap(({ players }) => players.map(({ ticket_id }) => ticket_id))
  expect(matched.sort()).toEqual(tickets.sort())
  expect(await stage.redis.keys(`fleet:room:${where.environmentId}:*`)).toHaveLength(20)
})

test('tells a match at once, without waiting until a ticket is refreshed', async () => {
  const slow = { refreshTicketsMs: 600_000 }
  const [north, south] = [await stage.startNode(slow), await stage.startNode(slow)]
  const [ann, bob] = [await player(north), await player(south)]
  for (const client of [ann, bob]) await enter(client, 'at-once')
  expect((await ann.next('match_found')).match_id).toBe((await bob.next('match_found')).match_id)
})

test('brings tickets back that Redis forgot, with their waiting time', async () => {
  const ann = await player()
  const { ticket_id } = await enter(ann, 'phoenix')
  const key = ticketKey(environmentId, ticket_id)
  const since = await stage.redis.hget(key, 'since')
  await stage.redis.flushall()
  await expect.poll(() => stage.redis.hgetall(key)).toMatchObject({ state: 'queued', since })
  const bob = await player(west)
  await enter(bob, 'phoenix')
  expect((await ann.next('match_found')).match_id).toBe((await bob.next('match_found')).match_id)
})

test('tells a matched player who comes back the same match, until the room is joined', async () => {
  const [ann, bob] = [await player(east), await player(east)]
  await enter(ann, 'return')
  ann.ws.terminate()
  await ann.closed
  await enter(bob, 'return')
  const match = await bob.next('match_found')
  const annAgain = await stage.join(west, { holder: ann.holder })
  await enter(annAgain, 'return')
  expect(await annAgain.next('match_found')).toEqual(match)
  await enter(annAgain, 'another-mode')
  expect(await annAgain.next('match_found')).toEqual(match)

  const annThere = await stage.join(east, { holder: ann.holder })
  await annThere.ask({ type: 'join_room', room_id: match.room_id }, 'room_joined')
  await enter(annThere, 'another-mode')
  expect(await annThere.rest()).toEqual([])
})

test('finds by itself a match whose telling was missed', async () => {
  const [ann, bob] = [await player(east), await player(west)]
  await enter(ann, 'missed')
  await stage.redis.client('KILL', 'TYPE', 'pubsub')
  await enter(bob, 'missed')
  expect((await ann.next('match_found')).match_id).toBe((await bob.next('match_found')).match_id)
})
