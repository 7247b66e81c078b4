import { openNewsFeed, type PlayerNews } from '@aethex/shared/bus'
import { announceNode, claimRoom, retireNode } from '@aethex/shared/fleet'
import type { Running } from '@aethex/shared/lifecycle'
import { createLog } from '@aethex/shared/log'
import { openRedis, type Redis } from '@aethex/shared/redis'
import {
  codeOf,
  freshEnvironment,
  freshPlayer,
  startTestRedis,
  type TestEnvironment,
  type TestPlayer,
  type TestRedis,
} from '@aethex/shared/testing'
import { redeemTicket, ticketSeconds } from '@aethex/shared/tickets'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf, inParallel } from '../../testing/caller.js'
import { takeApart } from '../../testing/forged-tokens.js'
import { Ticket } from './schema.js'

// Which nodes are up is written in Redis; one of its own lets the tests say so.
const stack = inject('stack')
let environment: TestEnvironment
let server: TestRedis
let redis: Redis
let api: Running
let player: TestPlayer
let game: Caller

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  server = await startTestRedis()
  redis = openRedis(server.url, createLog('test', 'silent'))
  api = await startAnotherApi(stack, { REDIS_URL: server.url })
})
afterAll(async () => {
  await api.close()
  redis.disconnect()
  await server.close()
})
beforeEach(async () => {
  await redis.flushall()
  player = await freshPlayer(environment)
  game = callerOf(api.url, player.headers)
})

const nodeUrl = (name: string) => `ws://${name}.example:9000`
const announce = (name: string, sockets = 0, region?: string) =>
  announceNode(redis, { node_id: name, url: nodeUrl(name), sockets, region })
const ticketFor = async (room_id?: string, by = game) => {
  const answer = await by('POST', '/realtime/tickets', room_id === undefined ? {} : { room_id })
  expect(answer.status).toBe(201)
  return Ticket.parse(answer.body)
}

test('a ticket answers 201 with where to dial, to the letter', async () => {
  await announce('a')
  const answer = await game('POST', '/realtime/tickets', {})
  expect([answer.status, answer.body]).toEqual([
    201,
    { url: nodeUrl('a'), ticket: expect.stringMatching(/^[\w-]{32}$/), expires_in: 30 },
  ])
})

test('a ticket stands for the player of this session and is worth one socket', async () => {
  await announce('a')
  const { ticket } = await ticketFor()
  const holders = await inParallel(40, () => redeemTicket(redis, ticket))
  expect(holders.filter(holder => holder !== undefined)).toEqual([
    {
      environment_id: environment.environmentId,
      player_id: player.id,
      username: player.username,
      session_id: takeApart(player.accessToken).payload.sid,
      permissions: { chat: true, voice: false },
    },
  ])
})

test('a ticket is kept as a hash, and for thirty seconds', async () => {
  await announce('a')
  const { ticket } = await ticketFor()
  const [key = '', ...others] = await redis.keys('nonce:ticket:*')
  expect([others.length, key.includes(ticket)]).toEqual([0, false])
  expect(await redis.ttl(key)).toBeGreaterThan(ticketSeconds - 3)
  expect(await redis.ttl(key)).toBeLessThanOrEqual(30)
})

test('a ticket leads to the node where the room lives, however busy that is', async () => {
  await announce('idle', 0)
  await announce('busy', 900)
  await claimRoom(redis, environment.environmentId, 'arena-1', 'busy', 60)
  expect((await ticketFor('arena-1')).url).toBe(nodeUrl('busy'))
  expect((await ticketFor('arena-2')).url).toBe(nodeUrl('idle'))
  expect((await ticketFor()).url).toBe(nodeUrl('idle'))
})

test('a ticket leads to the region of the room, else of the player, else to whoever has least to do', async () => {
  await announce('idle', 0)
  await announce('east', 10, 'east')
  await announce('west', 20, 'west')
  const made = await game('POST', '/rooms', { region: 'west' })
  const { room_id } = Object(made.body).room
  const urlFor = async (wish: object) =>
    Ticket.parse((await game('POST', '/realtime/tickets', wish)).body).url
  expect(await urlFor({ room_id })).toBe(nodeUrl('west'))
  expect(await urlFor({ room_id, region: 'east' })).toBe(nodeUrl('west'))
  expect(await urlFor({ room_id: 'any', region: 'east' })).toBe(nodeUrl('east'))
  expect(await urlFor({ region: 'north' })).toBe(nodeUrl('idle'))
  await claimRoom(redis, environment.environmentId, room_id, 'idle', 60)
  expect(await urlFor({ room_id })).toBe(nodeUrl('idle'))
})

test('a room of the same name in another environment is another room', async () => {
  await announce('idle', 0)
  await announce('busy', 900)
  const away = await freshEnvironment(stack)
  await claimRoom(redis, away.environmentId, 'arena-1', 'busy', 60)
  expect((await ticketFor('arena-1')).url).toBe(nodeUrl('idle'))
})

test('when the node of a room is gone, the ticket leads to a living one', async () => {
  await announce('dead')
  await announce('alive', 50)
  await claimRoom(redis, environment.environmentId, 'arena-1', 'dead', 60)
  await retireNode(redis, 'dead')
  expect((await ticketFor('arena-1')).url).toBe(nodeUrl('alive'))
})

test('without any node the answer is 503 and when to come back', async () => {
  const answer = await game('POST', '/realtime/tickets', {})
  expect([answer.status, codeOf(answer)]).toEqual([503, 'unavailable'])
  expect(answer.headers.get('retry-after')).toBe('1')
})

test('the current name rides on the ticket', async () => {
  await announce('a')
  const username = `New ${crypto.randomUUID().slice(0, 8)}`
  await game('PUT', '/auth/profile', { username })
  const holder = await redeemTicket(redis, (await ticketFor()).ticket)
  expect(holder?.username).toBe(username)
})

test('consent to voice rides on the next ticket, and is told to sockets that are open', async () => {
  await announce('a')
  const told: PlayerNews[] = []
  const log = createLog('test', 'silent')
  const subscriber = openRedis(server.url, log)
  const feed = openNewsFeed(subscriber, log, { onNews: news => told.push(news), onGap: () => {} })
  await feed.follow(environment.environmentId, player.id)
  for (const voice of [true, false]) {
    await game('PUT', '/privacy/consents', { voice })
    const permissions = { chat: true, voice }
    const payload = { environment_id: environment.environmentId, player_id: player.id, permissions }
    await expect.poll(() => told.at(-1)).toEqual({ topic: 'permissions.changed', payload })
    const holder = await redeemTicket(redis, (await ticketFor()).ticket)
    expect(holder?.permissions).toEqual(permissions)
  }
  await game('PUT', '/privacy/consents', { marketing: true })
  await feed.close()
  subscriber.disconnect()
  expect(told).toHaveLength(2)
})

test('after logout there are no more tickets', async () => {
  await announce('a')
  await game('POST', '/auth/logout')
  expect(codeOf(await game('POST', '/realtime/tickets', {}))).toBe('session_ended')
})

test('B7: a ticket is no access token and no refresh token', async () => {
  await announce('a')
  const { ticket } = await ticketFor()
  const bearer = { authorization: `Bearer ${ticket}` }
  expect(codeOf(await game('GET', '/auth/profile', undefined, bearer))).toBe('token_invalid')
  const answer = await game('POST', '/auth/refresh', { refresh_token: ticket })
  expect(codeOf(answer)).toBe('token_invalid')
})

test.each(['', 'a b', '../x', 'x'.repeat(65), 'room:*', 'chat.>', '#', 'caf\u00e9'])(
  'H12: %j is no room id',
  async room_id => {
    await announce('a')
    expect(codeOf(await game('POST', '/realtime/tickets', { room_id }))).toBe('invalid_request')
  },
)

test('H10: a ticket cannot be asked for somebody else', async () => {
  await announce('a')
  for (const extra of [
    { player_id: crypto.randomUUID() },
    { username: 'Admin' },
    { url: 'ws://evil.example' },
  ]) {
    expect(codeOf(await game('POST', '/realtime/tickets', extra))).toBe('invalid_request')
  }
})
