import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Cloud } from '../cloud.js'
import { unwrap } from '../core/result.js'
import { soon } from '../testing/soon.js'
import { once, openStage, roomOf, type Stage } from '../testing/stage.js'
import { problem } from '../testing/test-api.js'
import { signIn } from '../testing/test-cloud.js'
import { issueTickets } from '../testing/test-relay.js'

let stage: Stage
let cloud: Cloud

beforeEach(async () => {
  stage = await openStage()
  cloud = stage.cloud
})
afterEach(() => stage.close())

const saidTypes = (index: number) => stage.socketAt(index).said.map(({ type }) => type)

test('connects with a ticket, tells its states, and closes', async () => {
  const states: string[] = []
  cloud.multiplayer.on('state', state => states.push(state))
  expect(unwrap(await cloud.multiplayer.connect()).player_id).toBe('ada')
  expect(stage.socketAt(0).ticket).toBe('ticket-1')
  expect(stage.api.seen('POST /realtime/tickets')[0]?.body).toEqual({})
  cloud.multiplayer.disconnect()
  expect(states).toEqual(['connecting', 'open', 'closed'])
})

test('fails with websocket_missing where there is none', async () => {
  vi.stubGlobal('WebSocket', undefined)
  const bare = await stage.addCloud({})
  const result = await bare.multiplayer.connect()
  expect(result).toMatchObject({ success: false, error: { code: 'websocket_missing' } })
  expect(bare.multiplayer.getConnectionState()).toBe('closed')
  vi.unstubAllGlobals()
})

test('fails, and is closed again, when the relay cannot be reached', async () => {
  issueTickets(stage.api, () => ({ url: 'ws://127.0.0.1:1' }))
  const result = await cloud.multiplayer.connect()
  expect(result).toMatchObject({ success: false, error: { retryable: true } })
  expect(cloud.multiplayer.getConnectionState()).toBe('closed')
})

test.each([1012, 1013, 1006])('comes back by itself after %d, into its room', async code => {
  stage.relay.answer('join_room', () =>
    stage.relay.sockets.length === 1 ? roomOf('ada', 'bob') : roomOf('ada', 'eve'),
  )
  unwrap(await cloud.multiplayer.joinRoom('r1'))
  cloud.multiplayer.sendState({ x: 7 })
  const told: string[] = []
  cloud.multiplayer.on('state', state => told.push(state))
  cloud.multiplayer.on('player_left', ({ player_id }) => told.push(`-${player_id}`))
  cloud.multiplayer.on('player_joined', ({ player_id }) => told.push(`+${player_id}`))
  const back = once<{ resumed: boolean }>(done => cloud.multiplayer.on('room_joined', done))
  if (code === 1006) stage.socketAt(0).cut()
  else stage.socketAt(0).close(code)
  expect(await back).toMatchObject({ room_id: 'r1', resumed: true })
  expect(told).toEqual(['resuming', 'open', '-bob', '+eve'])
  expect(stage.socketAt(1).ticket).toBe('ticket-2')
  expect(stage.api.seen('POST /realtime/tickets').at(-1)?.body).toEqual({ room_id: 'r1' })
  // The others see this player again without a new sendState.
  await soon(() => expect(stage.socketAt(1).said.at(-1)).toMatchObject({ state: { x: 7 } }))
  expect(stage.errors).toEqual([])
})

test('asks a new ticket each time until the relay is back', async () => {
  unwrap(await cloud.multiplayer.joinRoom('r1'))
  stage.api.answer('POST /realtime/tickets', problem(503, 'unavailable'))
  stage.socketAt(0).cut()
  await soon(() => expect(stage.api.seen('POST /realtime/tickets').length).toBeGreaterThan(10))
  expect(cloud.multiplayer.getConnectionState()).toBe('resuming')
  issueTickets(stage.api, () => stage.relay)
  await soon(() => expect(saidTypes(1)).toEqual(['join_room']))
})

test('dials anew when a ticket is refused with 4001', async () => {
  const strict = await stage.addRelay()
  let tickets = 0
  stage.api.answer('POST /realtime/tickets', () => ({
    body: { url: strict.url, ticket: `t${++tickets}`, expires_in: 30 },
  }))
  unwrap(await cloud.multiplayer.connect())
  strict.sockets[0]?.close(4001, 'bad ticket')
  await soon(() => expect(strict.sockets[1]?.ticket).toBe('t2'))
})

test('tells the game when it is not let in again', async () => {
  unwrap(await cloud.multiplayer.joinRoom('r1'))
  stage.relay.answer('join_room', () => ({ type: 'error', code: 'room_full', detail: 'full' }))
  const left = once<object>(done => cloud.multiplayer.on('room_left', done))
  stage.socketAt(0).cut()
  expect(await left).toMatchObject({ room_id: 'r1', error: { code: 'room_full' } })
  expect(cloud.multiplayer.getConnectionState()).toBe('open')
})

test.each([
  [4009, 'replaced'],
  [1008, 'connection_refused'],
  [4003, 'connection_refused'],
])('stays closed after %d and says %s', async (closeCode, code) => {
  unwrap(await cloud.multiplayer.joinRoom('r1'))
  const left = once<object>(done => cloud.multiplayer.on('room_left', done))
  const error = once<object>(done => cloud.multiplayer.on('error', done))
  stage.socketAt(0).close(closeCode, 'why')
  expect(await error).toMatchObject({ code, details: { close_code: closeCode, reason: 'why' } })
  expect(await left).toMatchObject({ error: { code } })
  expect(cloud.multiplayer.getConnectionState()).toBe('closed')
  expect(stage.relay.sockets).toHaveLength(1)
  unwrap(await cloud.multiplayer.connect())
  expect(stage.relay.sockets).toHaveLength(2)
})

test('closes when the player signs out, and when another signs in', async () => {
  unwrap(await cloud.multiplayer.connect())
  stage.api.answer('POST /auth/logout', { status: 204 })
  unwrap(await cloud.auth.logout())
  expect(cloud.multiplayer.getConnectionState()).toBe('closed')
  await signIn(stage.api, cloud, 'ada')
  unwrap(await cloud.multiplayer.connect())
  await signIn(stage.api, cloud, 'bob')
  expect(cloud.multiplayer.getConnectionState()).toBe('closed')
})

test('does not come back into a room that was left while the connection was gone', async () => {
  unwrap(await cloud.multiplayer.joinRoom('r1'))
  stage.socketAt(0).cut()
  await once(done => cloud.multiplayer.on('state', done))
  unwrap(await cloud.multiplayer.leaveRoom())
  await soon(() => expect(cloud.multiplayer.getConnectionState()).toBe('open'))
  unwrap(await cloud.multiplayer.joinRoom('r2'))
  expect(stage.socketAt(1).said.map(({ room_id }) => room_id)).toEqual(['r2'])
})

test('notices a relay that has gone silent', async () => {
  const silent = await stage.addRelay(undefined, 0.05)
  silent.answer('ping', () => undefined)
  issueTickets(stage.api, () => (silent.sockets.length === 0 ? silent : stage.relay))
  unwrap(await cloud.multiplayer.connect())
  await soon(() => expect(stage.relay.sockets).toHaveLength(1))
  expect(silent.sockets[0]?.pings).toBeGreaterThan(0)
})

test('stays on a relay that answers pings', async () => {
  const calm = await stage.addRelay(undefined, 0.02)
  issueTickets(stage.api, () => calm)
  unwrap(await cloud.multiplayer.connect())
  await soon(() => expect(calm.sockets[0]?.pings).toBeGreaterThan(5))
  expect(calm.sockets).toHaveLength(1)
})

test('leaves nothing running when it is closed in the middle of things', async () => {
  unwrap(await cloud.multiplayer.joinRoom('r1'))
  const joining = cloud.multiplayer.joinRoom('r2')
  cloud.close()
  expect(await joining).toMatchObject({ success: false })
  await soon(() => expect(cloud.multiplayer.getConnectionState()).toBe('closed'))
})
