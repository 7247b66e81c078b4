import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Cloud, createCloud, unwrap } from '@aethex/sdk'
import { findRoomNode, listNodes } from '@aethex/shared/fleet'
import { createLog } from '@aethex/shared/log'
import { openRedis, type Redis } from '@aethex/shared/redis'
import { createRoom, mintRoomId, RoomDefinition } from '@aethex/shared/rooms'
import { startTestRedis, type TestRedis } from '@aethex/shared/testing'
import { issueTicket } from '@aethex/shared/tickets'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type Relay, startRelay } from '../../apps/relay/src/app.js'
import { schemas } from '../../apps/relay/src/config.js'
import { defaultTuning } from '../../apps/relay/src/tuning.js'
import { play } from '../../examples/arena/play.js'
import { move, size } from '../../examples/arena/rules.js'
import { inCheckout } from '../local/checkout.js'

/** The example of a room where the server decides, as a studio runs it: a file, a relay that reads it, and the SDK. */

const environmentId = '018f0000-0000-7000-8000-000000000001'
const log = createLog('relay', 'silent')
const clouds: Cloud[] = []
const nodes: Relay[] = []
let folder: string
let redisServer: TestRedis
let redis: Redis

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'arena-'))
  await build({
    entryPoints: [inCheckout('examples', 'arena', 'arena-room.ts')],
    outfile: path.join(folder, 'arena.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
  })
  redisServer = await startTestRedis()
  redis = openRedis(redisServer.url, log)
  await startNode()
})
afterAll(async () => {
  for (const cloud of clouds) cloud.close()
  await Promise.all(nodes.map(node => node.close()))
  redis.disconnect()
  await redisServer.close()
  await rm(folder, { recursive: true })
})

async function startNode(): Promise<Relay> {
  const config = schemas.config.parse({
    PORT: '0',
    NODE_ENV: 'test',
    ROOM_KINDS: path.join(folder, 'arena.mjs'),
  })
  const secrets = schemas.secrets.parse({ REDIS_URL: redisServer.url })
  const node = await startRelay(config, secrets, log, {
    tuning: { ...defaultTuning, announceMs: 200 },
  })
  nodes.push(node)
  return node
}

/** A signed-in player, with as much of an API as playing takes. */
async function openPlayer(delay_ms: number) {
  const id = randomUUID()
  const user = { id, username: id, is_guest: true }
  const session = { access_token: id, refresh_token: id, token_type: 'Bearer', expires_in: 900 }
  const fetch: typeof globalThis.fetch = async (input, init) => {
    if (String(input).endsWith('/anonymous'))
      return Response.json({ user, session }, { status: 201 })
    const { room_id } = JSON.parse(String(init?.body ?? '{}'))
    const home = room_id && (await findRoomNode(redis, environmentId, room_id))
    const node = home ?? (await listNodes(redis))[0]
    const holder = { environment_id: environmentId, player_id: id, username: id, session_id: id }
    const ticket = await issueTicket(redis, holder)
    return Response.json({ url: node?.url, ticket, expires_in: 30 }, { status: 201 })
  }
  const cloud = createCloud({
    apiKey: 'pk_arena',
    url: 'http://localhost',
    fetch,
    WebSocket,
    reconnect: { firstMs: 50, maxMs: 200 },
    networkConditions: { delay_ms, jitter_ms: delay_ms / 2 },
  })
  clouds.push(cloud)
  unwrap(await cloud.auth.loginAnonymous())
  return { id, cloud }
}

async function openArena() {
  const roomId = mintRoomId()
  const definition = RoomDefinition.parse({ kind: 'arena', tick_ms: 20 })
  await createRoom(redis, { environmentId, roomId, definition, isPrivate: false })
  return roomId
}

/** What one player sees of another. */
const seenOf = (cloud: Cloud, playerId: string) =>
  cloud.multiplayer.getMembers().find(({ player_id }) => player_id === playerId)?.state

const inTime = { timeout: 10_000 }

test('a player moves at once, and in the end is where the server and the others see them', async () => {
  const roomId = await openArena()
  const [ann, bob] = [await openPlayer(40), await openPlayer(0)]
  const [one, other] = [
    await play(ann.cloud, ann.id, roomId),
    await play(bob.cloud, bob.id, roomId),
  ]
  let expected = { x: size / 2, y: size / 2 }
  for (let step = 0; step < 60; step++) {
    const push = { dx: Math.cos(step), dy: Math.sin(step / 3), ms: 16 }
    one.push(push)
    expected = move(expected, push)
    // Now, not after a round trip.
    expect(one.fighter()).toEqual(expected)
    await wait(16)
  }
  expect(one.waiting()).toBeGreaterThan(0)
  await expect.poll(() => one.waiting(), inTime).toBe(0)
  expect(one.corrections()).toBe(0)
  expect(one.fighter()).toEqual(expected)
  await expect
    .poll(() => seenOf(bob.cloud, ann.id), inTime)
    .toEqual({ ...expected, last_input: 60 })
  expect(other.fighter()).toEqual({ x: size / 2, y: size / 2 })
})

test('nobody is faster than the server allows, whatever their game sends', async () => {
  const roomId = await openArena()
  const [ann, bob] = [await openPlayer(0), await openPlayer(0)]
  await play(ann.cloud, ann.id, roomId)
  await play(bob.cloud, bob.id, roomId)
  const { multiplayer } = ann.cloud
  const began = performance.now()
  const pushes = [
    { dx: 1e9, dy: 0, ms: 100 },
    { dx: 1, dy: 0, ms: 1e9 },
    { dx: 'far', dy: 0, ms: 100 },
    null,
    ...Array.from({ length: 60 }, () => ({ dx: 1, dy: 0, ms: 100 })),
  ]
  pushes.forEach((input, index) => void multiplayer.sendMessage({ number: index + 1, input }))
  void multiplayer.sendMessage({ number: 5, input: { dx: 1, dy: 0, ms: 100 } })
  unwrap(await multiplayer.sendMessage('hello'))
  await wait(300)
  const x = Number(seenOf(bob.cloud, ann.id)?.x)
  const elapsed = performance.now() - began
  expect(x).toBeGreaterThan(size / 2)
  expect(x).toBeLessThanOrEqual(size / 2 + 0.02 * (elapsed + 500))
  // What a game says of its own state is not asked for.
  const refused = new Promise(resolve => multiplayer.on('error', ({ code }) => resolve(code)))
  multiplayer.sendState({ x: 99 })
  expect(await refused).toBe('not_taken_here')
})

test('N25: a fight goes on where it was when its node is stopped', async () => {
  const roomId = await openArena()
  const [ann, bob] = [await openPlayer(10), await openPlayer(0)]
  const one = await play(ann.cloud, ann.id, roomId)
  await play(bob.cloud, bob.id, roomId)
  const next = await startNode()
  const [first] = nodes.splice(0, 1)
  let expected = one.fighter()
  const push = { dx: -1, dy: 0.5, ms: 16 }
  let stopping: Promise<void> | undefined
  for (let step = 0; step < 90; step++) {
    one.push(push)
    expected = move(expected, push)
    if (step === 30) stopping = first?.close()
    await wait(16)
  }
  await stopping
  await expect.poll(() => one.waiting(), inTime).toBe(0)
  expect(one.fighter()).toEqual(expected)
  expect(one.corrections()).toBe(0)
  await expect
    .poll(() => seenOf(bob.cloud, ann.id), inTime)
    .toEqual({ ...expected, last_input: 90 })
  expect((await findRoomNode(redis, environmentId, roomId))?.node_id).toBe(next.nodeId)
})
