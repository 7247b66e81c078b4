import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Cloud } from '../cloud.js'
import { unwrap } from '../core/result.js'
import { msgpack } from '../msgpack.js'
import { compileStateSchema } from '../state-schema.js'
import { soon } from '../testing/soon.js'
import { once, openStage, roomOf, type Stage } from '../testing/stage.js'
import { issueTickets } from '../testing/test-relay.js'

let stage: Stage
let cloud: Cloud

beforeEach(async () => {
  stage = await openStage()
  cloud = stage.cloud
})
afterEach(() => stage.close())

const lobby = {
  name: 'den',
  host_id: 'ada',
  ready: [],
  teams: [{ team: 'red', player_ids: ['ada'] }],
  properties: { map: 'ice' },
  max_members: 4,
  is_listed: false,
  locked: false,
  code: null,
}

describe('a lobby', () => {
  test('is told with the room, and with every change', async () => {
    stage.relay.answer('join_room', () => ({ ...roomOf('ada', 'bob'), lobby }))
    const told: unknown[] = []
    cloud.multiplayer.on('room_updated', room => told.push(room))
    unwrap(await cloud.multiplayer.joinRoom('r1', { team: 'red', code: 'K7QM2XWD' }))
    expect(stage.socketAt(0).said[0]).toMatchObject({ team: 'red', code: 'K7QM2XWD' })
    expect(cloud.multiplayer.getLobby()).toEqual(lobby)
    const changed = { ...lobby, ready: ['bob'] }
    stage.socketAt(0).say({ type: 'room_updated', room_id: 'r1', ...changed, seq: 4 })
    await soon(() => expect(told).toHaveLength(2))
    expect(told[1]).toEqual({ room_id: 'r1', ...changed })
    expect(cloud.multiplayer.getLobby()).toEqual(changed)
  })

  test('takes what its members do, and says what it refuses', async () => {
    const { multiplayer } = cloud
    expect((await multiplayer.setReady(true)).success).toBe(false)
    unwrap(await multiplayer.joinRoom('r1'))
    const orders: [string, () => Promise<{ success: boolean }>][] = [
      ['set_ready', () => multiplayer.setReady(true)],
      ['choose_team', () => multiplayer.chooseTeam('red')],
      ['set_room', () => multiplayer.setRoom({ locked: true })],
      ['set_host', () => multiplayer.setHost('bob')],
      ['kick', () => multiplayer.kick('bob')],
      ['ban', () => multiplayer.ban('bob')],
      ['invite', () => multiplayer.invite('bob')],
    ]
    for (const [type, order] of orders) {
      stage.relay.answer(type, () => ({ type: 'ack' }))
      expect(await order()).toEqual({ success: true })
    }
    expect(stage.socketAt(0).said.map(({ type }) => type)).toEqual([
      'join_room',
      ...orders.map(([type]) => type),
    ])
    stage.relay.answer('kick', () => ({ type: 'error', code: 'forbidden', detail: 'no' }))
    expect(await multiplayer.kick('bob')).toMatchObject({ error: { code: 'forbidden' } })
  })

  test('tells who was put out why, and who is invited where to', async () => {
    unwrap(await cloud.multiplayer.joinRoom('r1'))
    const left = once(done => cloud.multiplayer.on('room_left', done))
    stage.socketAt(0).say({ type: 'room_left', room_id: 'r1', reason: 'kicked' })
    expect(await left).toEqual({ room_id: 'r1', reason: 'kicked' })
    const invited = once(done => cloud.multiplayer.on('invited', done))
    const from = { player_id: 'bob', username: 'Bob' }
    const invitation = { room_id: 'r2', kind: 'relay', name: 'den', from }
    stage.socketAt(0).say({ type: 'room_invited', ...invitation })
    expect(await invited).toEqual(invitation)
  })
})

describe('rooms', () => {
  test('are made, found and ended over HTTP', async () => {
    const room = { room_id: 'r1', code: null }
    stage.api.answer('POST /rooms', ({ body }) => ({
      status: 201,
      body: { room: { ...room, body } },
    }))
    const made = unwrap(await cloud.multiplayer.rooms.create({ maxMembers: 4, isListed: true }))
    expect(made.room).toMatchObject({ body: { max_members: 4, is_listed: true } })
    stage.api.answer('DELETE /rooms/r1', { status: 204 })
    expect(await cloud.multiplayer.rooms.close('r1')).toEqual({ success: true })
  })

  test('are entered by a code in one step', async () => {
    const room = { room_id: 'r1', code: 'K7QM2XWD' }
    stage.api.answer('POST /rooms/join-by-code', { status: 200, body: { room } })
    unwrap(await cloud.multiplayer.rooms.joinByCode('k7qm-2xwd'))
    expect(stage.socketAt(0).said[0]).toMatchObject({ room_id: 'r1', code: 'k7qm-2xwd' })
  })
})

describe('time', () => {
  test('of the relay, and the way there, are known soon after connecting', async () => {
    expect(cloud.multiplayer.getLatency()).toBeUndefined()
    unwrap(await cloud.multiplayer.connect())
    await soon(() => expect(cloud.multiplayer.getLatency()).toBeDefined())
    expect(cloud.multiplayer.getLatency()?.round_trip_ms).toBeLessThan(500)
    expect(Math.abs((cloud.multiplayer.getServerTime() ?? 0) - Date.now())).toBeLessThan(250)
  })

  test('of a state is its tick, where it came in a frame of the room', async () => {
    const members = [{ player_id: 'bob', username: 'Bob', state: null, ref: 2 }]
    const view = { type: 'room_joined', room_id: 'r1', members, tick: 10, tick_ms: 50 }
    stage.relay.answer('join_room', () => view)
    const metas: unknown[] = []
    cloud.multiplayer.on('player_state', (_id, _state, meta) => metas.push(meta))
    unwrap(await cloud.multiplayer.joinRoom('r1'))
    stage.socketAt(0).say([12, 2, { x: 1 }])
    stage.socketAt(0).say({ type: 'state_update', player_id: 'bob', state: { x: 2 }, seq: 13 })
    await soon(() => expect(metas).toHaveLength(2))
    expect(metas[0]).toMatchObject({ seq: 12, sent_at: 600 })
    expect(metas[1]).not.toHaveProperty('sent_at')
  })

  test('passes slowly on a network that is bad on purpose', async () => {
    const far = await stage.addCloud({ WebSocket, networkConditions: { delay_ms: 60 } })
    unwrap(await far.multiplayer.connect())
    await soon(() => expect(far.multiplayer.getLatency()).toBeDefined())
    expect(far.multiplayer.getLatency()?.least_ms).toBeGreaterThan(110)
  })
})

describe('a declared state', () => {
  const state_schema = { x: { type: 'number', min: 0, max: 100, step: 1 }, hp: { type: 'bool' } }
  const packer = compileStateSchema(state_schema)

  test('is sent as few bytes over MessagePack, and only when others would see a change', async () => {
    const relay = await stage.addRelay(msgpack)
    issueTickets(stage.api, () => relay)
    const packing = await stage.addCloud({ WebSocket, codec: msgpack })
    relay.answer('join_room', () => ({ ...roomOf('ada'), state_schema }))
    unwrap(await packing.multiplayer.joinRoom('r1'))
    const said = () => relay.sockets[0]?.said.slice(1) ?? []
    packing.multiplayer.sendState({ x: 1.2, hp: true })
    await soon(() => expect(said()).toHaveLength(1))
    packing.multiplayer.sendState({ x: 1.3, hp: true })
    await new Promise(resolve => setTimeout(resolve, 120))
    expect(said()).toHaveLength(1)
    packing.multiplayer.sendState({ x: 5 })
    await soon(() => expect(said()).toHaveLength(2))
    packing.multiplayer.sendState({ x: 5, free: 'text' })
    await soon(() => expect(said()).toHaveLength(3))
    const states = said().map(one => (one instanceof Uint8Array ? packer.unpack(one) : one))
    expect(states).toEqual([
      { x: 1, hp: true },
      { x: 5, hp: null },
      { type: 'player_state_update', state: { free: 'text' } },
    ])
  })
})
