import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { Cloud } from '../cloud.js'
import { unwrap } from '../core/result.js'
import { msgpack } from '../msgpack.js'
import { soon } from '../testing/soon.js'
import { member, once, openStage, roomOf, type Stage } from '../testing/stage.js'
import { issueTickets } from '../testing/test-relay.js'
import { createInterpolator } from './interpolation.js'

let stage: Stage
let cloud: Cloud

beforeEach(async () => {
  stage = await openStage()
  cloud = stage.cloud
})
afterEach(() => stage.close())

const saidTypes = (index: number) => stage.socketAt(index).said.map(({ type }) => type)

test('shows states and messages of a room to every listener, with nobody forgotten', async () => {
  stage.relay.answer('join_room', () => roomOf('ada', 'bob'))
  const calls: unknown[] = []
  for (const name of ['first', 'second']) {
    cloud.multiplayer.on('player_state', (id, state, { seq }) => calls.push([name, id, state, seq]))
  }
  cloud.multiplayer.on('message', message => calls.push(message))
  cloud.multiplayer.on('player_joined', ({ player_id }) => calls.push(`+${player_id}`))
  cloud.multiplayer.on('player_left', ({ player_id }) => calls.push(`-${player_id}`))
  const { members } = unwrap(await cloud.multiplayer.joinRoom('r1'))
  expect(members.map(({ player_id }) => player_id)).toEqual(['ada', 'bob'])
  const socket = stage.socketAt(0)
  socket.say({ type: 'player_joined', room_id: 'r1', player_id: 'eve', username: 'Eve' })
  socket.say({ type: 'state_update', player_id: 'bob', state: { x: 1 }, seq: 4 })
  socket.say({ type: 'message', channel: 'room', from: 'bob', data: 'hi' })
  socket.say({ type: 'player_left', room_id: 'r1', player_id: 'eve' })
  await soon(() => expect(calls).toHaveLength(5))
  expect(calls).toEqual([
    '+eve',
    ['first', 'bob', { x: 1 }, 4],
    ['second', 'bob', { x: 1 }, 4],
    { from: 'bob', channel: 'room', data: 'hi' },
    '-eve',
  ])
  expect(cloud.multiplayer.getMembers()).toEqual([member('ada'), member('bob', { x: 1 })])
})

test('feeds an interpolator as it is, by the time of arrival', async () => {
  interface Fighter {
    x: number
  }
  const others = createInterpolator<Fighter>({ delay_ms: 0 })
  const { multiplayer } = cloud
  multiplayer.on('player_state', others.push)
  const times: number[] = []
  const arrived = once<number>(done =>
    multiplayer.on('player_state', (_id, { x }, { time }) => {
      times.push(time)
      if (x === 10) done(time)
    }),
  )
  unwrap(await multiplayer.joinRoom('r1'))
  stage.socketAt(0).say({ type: 'state_update', player_id: 'bob', state: { x: 0 }, seq: 900_000 })
  await soon(() => expect(others.sample('bob')).toEqual({ x: 0 }))
  stage.socketAt(0).say({ type: 'state_update', player_id: 'bob', state: { x: 10 }, seq: 900_001 })
  const last = await arrived
  const halfway = ((times[0] ?? 0) + last) / 2
  expect(last).toBeLessThanOrEqual(performance.now())
  expect(others.sample('bob', halfway)?.x).toBeCloseTo(5)
})

test('sends a state of an interface, as it is when it leaves', async () => {
  interface Fighter {
    x: number
  }
  const me: Fighter = { x: 1 }
  unwrap(await cloud.multiplayer.joinRoom('r1'))
  cloud.multiplayer.sendState(me)
  await soon(() => expect(stage.socketAt(0).said.at(-1)).toMatchObject({ state: { x: 1 } }))
})

test('sends states and messages to the room, and nothing without one', async () => {
  expect(await cloud.multiplayer.sendMessage('x')).toMatchObject({
    error: { code: 'not_connected' },
  })
  cloud.multiplayer.sendState({ x: 0 })
  unwrap(await cloud.multiplayer.joinRoom('r1'))
  cloud.multiplayer.sendState({ x: 1 })
  unwrap(await cloud.multiplayer.sendMessage({ text: 'hi' }))
  await soon(() => expect(stage.socketAt(0).said).toHaveLength(3))
  expect(stage.socketAt(0).said).toMatchObject([
    { type: 'join_room', room_id: 'r1' },
    { type: 'player_state_update', state: { x: 1 } },
    { type: 'send_message', channel: 'room', data: { text: 'hi' } },
  ])
})

test('moves to the node where the room lives', async () => {
  const elsewhere = await stage.addRelay()
  unwrap(await cloud.multiplayer.connect())
  issueTickets(stage.api, roomId => (roomId === 'r1' ? elsewhere : stage.relay))
  stage.relay.answer('join_room', () => ({
    type: 'error',
    code: 'room_elsewhere',
    detail: 'there',
  }))
  const seen: unknown[] = []
  cloud.multiplayer.on('message', ({ data }) => seen.push(data))
  expect(await cloud.multiplayer.joinRoom('r1')).toMatchObject({ success: true, room_id: 'r1' })
  elsewhere.sockets[0]?.say({ type: 'message', channel: 'room', from: 'bob', data: 'welcome' })
  await soon(() => expect(seen).toEqual(['welcome']))
  expect(elsewhere.sockets).toHaveLength(1)
  expect(stage.errors).toEqual([])
})

test('dials the right node at once when it joins a room unconnected', async () => {
  const elsewhere = await stage.addRelay()
  issueTickets(stage.api, roomId => (roomId === 'r1' ? elsewhere : stage.relay))
  unwrap(await cloud.multiplayer.joinRoom('r1'))
  expect(stage.relay.sockets).toHaveLength(0)
  expect(stage.api.seen('POST /realtime/tickets')).toHaveLength(1)
})

test('gives up a room that nobody seems to have', async () => {
  stage.relay.answer('join_room', () => ({
    type: 'error',
    code: 'room_elsewhere',
    detail: 'there',
  }))
  const result = await cloud.multiplayer.joinRoom('r1')
  expect(result).toMatchObject({ success: false, error: { retryable: true } })
  expect(cloud.multiplayer.getRoomId()).toBeUndefined()
})

test('says why a room was refused and stays out of it', async () => {
  stage.relay.answer('join_room', () => ({ type: 'error', code: 'room_full', detail: 'full' }))
  const result = await cloud.multiplayer.joinRoom('r1')
  expect(result).toMatchObject({ success: false, error: { code: 'room_full' } })
  expect(cloud.multiplayer.getRoomId()).toBeUndefined()
  expect(cloud.multiplayer.getConnectionState()).toBe('open')
})

test('leaves the room before when it joins another', async () => {
  stage.relay.answer('join_room', ({ room_id }) => ({ type: 'room_joined', room_id, members: [] }))
  unwrap(await cloud.multiplayer.joinRoom('r1'))
  unwrap(await cloud.multiplayer.joinRoom('r2'))
  expect(cloud.multiplayer.getRoomId()).toBe('r2')
  unwrap(await cloud.multiplayer.leaveRoom())
  expect(saidTypes(0)).toEqual(['join_room', 'leave_room', 'join_room', 'leave_room'])
  expect(cloud.multiplayer.getRoomId()).toBeUndefined()
})

test('gives a request up that is not answered, and hears of refused messages', async () => {
  stage.relay.answer('join_room', () => undefined)
  unwrap(await cloud.multiplayer.connect())
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const joining = cloud.multiplayer.joinRoom('r1')
  await vi.advanceTimersByTimeAsync(10_000)
  vi.useRealTimers()
  expect(await joining).toMatchObject({ error: { code: 'timed_out', retryable: true } })
  const error = once<object>(done => cloud.multiplayer.on('error', done))
  stage.socketAt(0).say({ type: 'error', code: 'rate_limited', detail: 'slow down' })
  expect(await error).toMatchObject({ code: 'rate_limited', retryable: true })
})

test('ignores messages that it does not know or cannot read', async () => {
  unwrap(await cloud.multiplayer.joinRoom('r1'))
  const heard = once<string | null>(done =>
    cloud.multiplayer.on('message', ({ from }) => done(from)),
  )
  stage.socketAt(0).say({ type: 'from_the_future' })
  stage.socketAt(0).say(['no message'])
  stage.socketAt(0).say({ type: 'message', channel: 'room', from: 'bob', data: 1 })
  expect(await heard).toBe('bob')
})

test('speaks MessagePack when it is given the codec', async () => {
  const binary = await stage.addRelay(msgpack)
  issueTickets(stage.api, () => binary)
  const packed = await stage.addCloud({ WebSocket, codec: msgpack })
  unwrap(await packed.multiplayer.joinRoom('r1'))
  const heard = once<unknown>(done => packed.multiplayer.on('message', ({ data }) => done(data)))
  binary.sockets[0]?.say({ type: 'message', channel: 'room', from: 'bob', data: [1.5, 'é'] })
  expect(await heard).toEqual([1.5, 'é'])
})

test('goes on when the relay has put it out of its room already', async () => {
  unwrap(await cloud.multiplayer.joinRoom('r1'))
  stage.relay.answer('leave_room', () => ({ type: 'error', code: 'not_in_room', detail: 'out' }))
  expect(await cloud.multiplayer.joinRoom('r2')).toMatchObject({ success: true })
  expect(await cloud.multiplayer.leaveRoom()).toEqual({ success: true })
})

test('hears of it when it is put out of its room', async () => {
  unwrap(await cloud.multiplayer.joinRoom('r1'))
  const left = once<object>(done => cloud.multiplayer.on('room_left', done))
  stage.socketAt(0).say({ type: 'room_left', room_id: 'r1' })
  expect(await left).toEqual({ room_id: 'r1' })
  expect(cloud.multiplayer.getRoomId()).toBeUndefined()
})
