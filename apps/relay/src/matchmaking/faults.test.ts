import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import {
  commitMatch,
  compileQueue,
  enqueue,
  holdLease,
  listWaiting,
  type MatchRecord,
  openQueueName,
} from '@aethex/shared/matchmaking'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import type { TestClient } from '../testing/client.js'
import { declare } from '../testing/seekers.js'
import { openStage, type Stage } from '../testing/stage.js'
import { newMemory, runRound } from './round.js'

let stage: Stage
let nodes: Relay[]

beforeAll(async () => {
  stage = await openStage()
  nodes = [await stage.startNode(), await stage.startNode()]
})
afterAll(() => stage.close())

const node = (index: number) => {
  const found = nodes[index % nodes.length]
  if (found === undefined) throw new Error('there are two')
  return found
}

interface History {
  tickets: Map<string, string>
  told: Map<string, { match_id: string; players: string[] }[]>
  cancelled: Set<string>
}

/** Everybody waits for a duel; what each was told is written down. */
async function waitAll(environmentId: string, mode: string, count: number) {
  const history: History = { tickets: new Map(), told: new Map(), cancelled: new Set() }
  const clients: TestClient[] = []
  for (let index = 0; index < count; index++) {
    const client = await stage.join(node(index), { environmentId })
    clients.push(client)
    history.told.set(client.playerId, [])
    client.ws.on('message', data => {
      const message: { type: string; match_id: string; players: { player_id: string }[] } =
        JSON.parse(String(data))
      if (message.type !== 'match_found') return
      const players = message.players.map(({ player_id }) => player_id)
      history.told.get(client.playerId)?.push({ match_id: message.match_id, players })
    })
  }
  const join = async (client: TestClient) => {
    const wish = { type: 'join_queue', mode, region: 'eu', skill_range: [0, 100] } as const
    for (;;) {
      const answer = await client
        .ask({ ...wish, skill_range: [0, 100] }, 'queue_joined')
        .catch((error: Error) => error)
      if (!(answer instanceof Error)) {
        history.tickets.set(client.playerId, answer.ticket_id)
        return
      }
      if (!answer.message.includes('unavailable')) throw answer
      await wait(100)
    }
  }
  return { clients, history, join }
}

/** C-MATCH: who is told is told one match, together with all its players; who has cancelled is told none. */
function expectOneMatchEach({ told, cancelled }: History): void {
  const matches = new Map<string, Set<string>>()
  for (const [playerId, found] of told) {
    const ids = new Set(found.map(({ match_id }) => match_id))
    expect(ids.size, `matches of ${playerId}`).toBeLessThanOrEqual(1)
    if (cancelled.has(playerId)) expect(ids.size).toBe(0)
    for (const { match_id, players } of found) {
      expect(players).toContain(playerId)
      const before = matches.get(match_id) ?? new Set(players)
      expect(before).toEqual(new Set(players))
      matches.set(match_id, before)
    }
  }
  const everybody = [...matches.values()].flatMap(players => [...players])
  expect(new Set(everybody).size).toBe(everybody.length)
}

const allTold = ({ told, cancelled }: History) =>
  [...told].every(([playerId, found]) => found.length > 0 || cancelled.has(playerId))

test('N7: makes one match of each ticket although Redis forgets everything again and again', {
  timeout: 60_000,
}, async () => {
  const { clients, history, join } = await waitAll(randomUUID(), 'flushed', 40)
  let isOver = false
  const flushing = (async () => {
    while (!isOver) {
      await stage.redis.flushall()
      await wait(40 + Math.random() * 120)
    }
  })()
  await Promise.all(
    clients.map(async (client, index) => {
      await wait(Math.random() * 1_500)
      await join(client)
      if (index % 10 !== 9) return
      client.say({ type: 'leave_queue', id: 5 })
      for (;;) {
        const gone = await Promise.race([client.next('queue_left'), client.next('error')])
        if (gone.type === 'queue_left' && gone.reply_to === 5)
          history.cancelled.add(client.playerId)
        if ('reply_to' in gone && gone.reply_to === 5) return
      }
    }),
  )
  await wait(2_000)
  isOver = true
  await flushing
  await expect.poll(() => allTold(history), { timeout: 20_000 }).toBe(true)
  expectOneMatchEach(history)
})

test('N5: brings everybody who waits back into a Redis that was restarted empty', {
  timeout: 60_000,
}, async () => {
  const environmentId = randomUUID()
  const { clients, history, join } = await waitAll(environmentId, 'restarted', 10)
  // Alone, so that nobody is matched before.
  const [first, ...others] = clients
  if (first === undefined) throw new Error('there are ten')
  await join(first)
  const ticket = history.tickets.get(first.playerId)
  await stage.redisServer.kill()
  await wait(300)
  await stage.redisServer.start()
  const queue = { environmentId, name: openQueueName('restarted', 'eu', 2) }
  await expect
    .poll(
      async () =>
        (await listWaiting(stage.redis, queue, 10).catch(() => undefined))?.places[0]?.ticketId,
      {
        timeout: 10_000,
      },
    )
    .toBe(ticket)
  await Promise.all(others.map(join))
  await expect.poll(() => allTold(history), { timeout: 20_000 }).toBe(true)
  expectOneMatchEach(history)
})

test('N19: players hear of a match whose matchmaker died with it, and asked again they hear the same', async () => {
  const environmentId = randomUUID()
  const { clients, history, join } = await waitAll(environmentId, 'orphaned', 1)
  const [ann] = clients
  if (ann === undefined) throw new Error('there is one')
  await join(ann)
  const ticket_id = history.tickets.get(ann.playerId) ?? ''
  const match: MatchRecord = {
    environment_id: environmentId,
    match_id: randomUUID(),
    room_id: 'orphaned-room',
    players: [{ player_id: ann.playerId, username: ann.holder.username, ticket_id }],
  }
  // The commit is all that the matchmaker did; nobody was listening at that moment.
  await stage.redis.client('KILL', 'TYPE', 'pubsub')
  const queue = { environmentId, name: openQueueName('orphaned', 'eu', 2) }
  expect(await commitMatch(stage.redis, { queue, match, ticketIds: [ticket_id] })).toBe(true)
  expect((await ann.next('match_found')).match_id).toBe(match.match_id)
  ann.ws.terminate()
  const again = await stage.join(node(1), { holder: ann.holder })
  await join(again)
  expect((await again.next('match_found')).match_id).toBe(match.match_id)
  expect(await commitMatch(stage.redis, { queue, match, ticketIds: [ticket_id] })).toBe(false)
})

test('N20: a matchmaker that was stopped and lost its lease commits nothing any more', async () => {
  const queue = { environmentId: randomUUID(), name: 'duel' }
  const traits = { attributes: {}, ranges: {}, latencies_ms: {}, roles: [] }
  for (let index = 0; index < 20; index++) {
    const players = [{ player_id: randomUUID(), username: `p${index}`, ...traits }]
    const ticket = {
      ticketId: randomUUID(),
      queue,
      wish: { players },
      nodeId: '',
      timeoutSeconds: 60,
    }
    await enqueue(stage.redis, ticket)
  }
  const compiled = compileQueue(
    declare({
      teams: [
        { name: 'a', size: 1 },
        { name: 'b', size: 1 },
      ],
    }),
  )
  const round = { redis: stage.redis, queue, compiled, nodeId: 'here' }
  expect(await holdLease(stage.redis, queue, 'stopped')).toBe(true)
  await stage.redis.del(`matchmaking:{${queue.environmentId}}:lease:duel`)
  expect(await holdLease(stage.redis, queue, 'running')).toBe(true)
  const [late, made] = await Promise.all([
    runRound({ ...round, memory: newMemory(), token: 'stopped' }),
    runRound({ ...round, memory: newMemory(), token: 'running' }),
  ])
  expect([late, made]).toEqual([0, 10])
})
