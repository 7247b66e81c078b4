import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { type PlayerNews, publishNews } from '@aethex/shared/bus'
import { createLog } from '@aethex/shared/log'
import type { TicketHolder } from '@aethex/shared/tickets'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import type { TestClient } from '../testing/client.js'
import { newPlayer, openStage, type Stage } from '../testing/stage.js'

let stage: Stage
let east: Relay
let west: Relay
const log = createLog('relay', 'silent')

beforeAll(async () => {
  stage = await openStage()
  east = await stage.startNode({
    messagesPerSecond: 100_000,
    messageBurst: 100_000,
    roomBytesPerSecond: 1e9,
  })
  west = await stage.startNode()
})
afterAll(() => stage.close())

type Written = Partial<PlayerNews['payload']>

const newsOf = ({ environment_id, player_id }: TicketHolder, written: Written): PlayerNews => ({
  topic: 'save.written',
  payload: {
    environment_id,
    player_id,
    save_id: 'main',
    version: 1,
    hash: 'ab'.repeat(32),
    device: 'Deck',
    deleted: false,
    ...written,
  },
})
const tell = (holder: TicketHolder, written: Written = {}) =>
  publishNews(stage.redis, log, newsOf(holder, written))

const channelOf = ({ environment_id, player_id }: TicketHolder) =>
  `news:${environment_id}:${player_id}`
const listeners = async (holder: TicketHolder) =>
  (await stage.redis.pubsub('NUMSUB', channelOf(holder)))[1]

/** Everything said before this has been heard when it resolves: Redis and the node keep the order. */
async function settle(client: TestClient) {
  tell(client.holder, { save_id: 'settled' })
  for (;;) if ((await client.next('save_written')).save_id === 'settled') return
}

test('tells every socket of the player, on every node and in every codec, what was written', async () => {
  const holder = newPlayer()
  const sockets = [
    await stage.join(east, { holder }),
    await stage.join(east, { holder, protocol: 'aethex.v1.msgpack' }),
    await stage.join(west, { holder }),
  ]
  tell(holder, { version: 7 })
  tell(holder, { version: 8, hash: null, device: null, deleted: true })
  for (const socket of sockets) {
    expect(await socket.next('save_written')).toEqual({
      type: 'save_written',
      save_id: 'main',
      version: 7,
      hash: 'ab'.repeat(32),
      device: 'Deck',
      deleted: false,
    })
    expect(await socket.next('save_written')).toMatchObject({ version: 8, deleted: true })
  }
})

test('tells no other player, and not the player of the same id in another environment', async () => {
  const holder = newPlayer()
  const written = await stage.join(east, { holder })
  const others = [
    await stage.join(east, { environmentId: holder.environment_id }),
    await stage.join(east, { holder: { ...holder, environment_id: randomUUID() } }),
    await stage.join(west),
  ]
  tell(holder)
  await settle(written)
  for (const other of others) {
    await settle(other)
    expect(await other.rest()).toEqual([])
  }
})

/** The way to Redis, on which everything that is asked takes its time. */
async function openSlowWay(ms: number) {
  const { port, hostname } = new URL(stage.redisServer.url)
  const server = createServer(near => {
    const far = connect(Number(port), hostname)
    near.on('data', bytes => setTimeout(() => far.write(bytes), ms))
    far.pipe(near)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => undefined)
      one.on('close', () => other.destroy())
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

test('misses nothing that is written after the welcome, however far Redis is', async () => {
  const { url, server } = await openSlowWay(100)
  const far = await stage.startNode({}, { REDIS_URL: url })
  server.unref()
  for (let version = 1; version <= 3; version++) {
    const holder = newPlayer()
    const join = () => stage.join(far, { holder })
    const sockets = await Promise.all([join(), join()])
    tell(holder, { version })
    for (const socket of sockets) {
      expect(await socket.next('save_written')).toMatchObject({ version })
    }
  }
})

test('asks Redis only for the players whose sockets it has', async () => {
  const holder = newPlayer()
  const first = await stage.join(east, { holder })
  const second = await stage.join(east, { holder })
  await stage.join(west, { holder })
  expect(await listeners(holder)).toBe(2)
  first.ws.close()
  await first.closed
  tell(holder, { version: 2 })
  expect(await second.next('save_written')).toMatchObject({ version: 2 })
  second.ws.close()
  await expect.poll(() => listeners(holder)).toBe(1)
  const back = await stage.join(east, { holder })
  tell(holder, { version: 3 })
  expect(await back.next('save_written')).toMatchObject({ version: 3 })
})

test('passes on nothing that is no news, or is said in the name of another', async () => {
  const client = await stage.join(east)
  const lies = [
    '',
    '{',
    'null',
    '{"topic":"save.written"}',
    '{"topic":"a.newer.kind","payload":{}}',
  ]
  for (const lie of [...lies, JSON.stringify(newsOf(newPlayer(), {}))]) {
    await stage.redis.publish(channelOf(client.holder), lie)
  }
  await settle(client)
  expect(await client.rest()).toEqual([])
})

test('gives a slow reader the newest version of each slot, once it has caught up', async () => {
  const environmentId = randomUUID()
  const sender = await stage.join(east, { environmentId })
  const sleeper = await stage.join(east, { environmentId })
  const awake = await stage.join(east, { holder: sleeper.holder })
  for (const client of [sender, sleeper]) {
    await client.ask({ type: 'join_room', room_id: 'slow' }, 'room_joined')
  }
  await sender.next('player_joined')
  sleeper.ws.pause()
  const padding = 'x'.repeat(60_000)
  for (let x = 0; x < 500; x++) sender.say({ type: 'player_state_update', state: { x, padding } })
  await sender.ask({ type: 'ping' }, 'pong')
  for (let version = 1; version <= 500; version++) {
    tell(sleeper.holder, { version })
    expect(await awake.next('save_written')).toMatchObject({ version })
  }
  tell(sleeper.holder, { save_id: 'side', version: 1 })
  await settle(awake)
  sleeper.ws.resume()
  const heard = []
  while (heard.at(-1)?.save_id !== 'settled') heard.push(await sleeper.next('save_written'))
  expect(heard.map(({ save_id, version }) => [save_id, version])).toEqual([
    ['main', 500],
    ['side', 1],
    ['settled', 1],
  ])
})

test('tells a slow reader of too many slots that it has missed some', async () => {
  const environmentId = randomUUID()
  const sender = await stage.join(east, { environmentId })
  const sleeper = await stage.join(east, { environmentId })
  const awake = await stage.join(east, { holder: sleeper.holder })
  for (const client of [sender, sleeper]) {
    await client.ask({ type: 'join_room', room_id: 'slower' }, 'room_joined')
  }
  sleeper.ws.pause()
  const padding = 'x'.repeat(60_000)
  for (let x = 0; x < 500; x++) sender.say({ type: 'player_state_update', state: { x, padding } })
  await sender.ask({ type: 'ping' }, 'pong')
  for (let slot = 0; slot < 100; slot++) tell(sleeper.holder, { save_id: `slot-${slot}` })
  await settle(awake)
  sleeper.ws.resume()
  await sleeper.next('news_gap')
  const rest = (await sleeper.rest()).filter(({ type }) => type === 'save_written')
  expect(rest).toEqual([])
})

test('says that something may have been missed when Redis was away, and hears again', async () => {
  const clients = [await stage.join(east), await stage.join(west)]
  await stage.redis.client('KILL', 'TYPE', 'pubsub')
  for (const client of clients) {
    await client.next('news_gap')
    tell(client.holder, { version: 2 })
    expect(await client.next('save_written')).toMatchObject({ version: 2 })
  }
  await stage.redisServer.kill()
  const before = performance.now()
  for (let count = 0; count < 5_000; count++) tell(clients[0]?.holder ?? newPlayer())
  expect(performance.now() - before).toBeLessThan(2_000)
  await stage.redisServer.start()
  for (const client of clients) {
    await client.next('news_gap')
    await expect.poll(() => stage.redis.status).toBe('ready')
    tell(client.holder, { version: 3 })
    // What was on its way when Redis fell may arrive first.
    while ((await client.next('save_written')).version !== 3);
  }
})
