import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { roomKey } from '@aethex/shared/fleet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import { openStage, type Stage } from '../testing/stage.js'
import type { RoomKindMaker } from './room.js'
import { StateTable } from './state-table.js'

let stage: Stage
let node: Relay
const environmentId = '018f0000-0000-7000-8000-000000000001'

/** It makes and removes as many things as an hour of shooting does. */
const bullets: RoomKindMaker = () => ({
  onCreate(room) {
    for (let count = 0; count < 70_000; count++) {
      room.things.set('bullet', { count })
      room.things.remove('bullet')
    }
  },
  onTick: room => room.things.set('bullet', { at: room.states.tick }),
})
const doorkeeper: RoomKindMaker = () => ({
  onJoin: (room, member) => room.dismiss(member),
  onMessage: room => room.say('heard'),
})
const replacer: RoomKindMaker = () => ({
  onMessage(room) {
    room.things.remove('flag')
    room.things.set('flag', { at: room.log.seq })
  },
})
/** Says and shows what is no JSON. */
const careless: RoomKindMaker = () => ({
  onMessage(room) {
    room.things.set('door', { open: true, turn: () => 1 })
    room.say({ text: 'hi', turn: () => 2 })
  },
})

beforeAll(async () => {
  stage = await openStage()
  const tuning = {
    roomTickMs: 20,
    roomBytesPerSecond: 400_000,
    joinsPerSecond: 1e3,
    joinBurst: 1e3,
  }
  node = await stage.startNode(tuning, {}, { bullets, doorkeeper, careless, replacer })
})
afterAll(() => stage.close())

async function define(kind: string): Promise<string> {
  const roomId = `room-${randomUUID()}`
  const key = `rooms:{${environmentId}}:definition:${roomId}`
  await stage.redis.set(key, JSON.stringify({ kind }))
  return roomId
}
const newRoom = () => `room-${randomUUID()}`
type Protocol = 'aethex.v1.json' | 'aethex.v1.msgpack'

async function player(roomId: string, protocol: Protocol = 'aethex.v1.msgpack') {
  const client = await stage.join(node, { environmentId, protocol, isModern: true })
  const view = await client.ask({ type: 'join_room', room_id: roomId }, 'room_joined')
  const refOf = (id: string) => view.members.find(({ player_id }) => player_id === id)?.ref ?? -1
  return { client, view, refOf }
}

describe.each(['aethex.v1.json', 'aethex.v1.msgpack'] as const)('over %s', protocol => {
  test('H9: removing what every object has by itself removes nothing, and harms nobody', async () => {
    const roomId = newRoom()
    const ann = await player(roomId, protocol)
    const bob = await player(roomId, protocol)
    const annRef = bob.refOf(ann.client.playerId)
    const removed = ['toString', 'hasOwnProperty', 'valueOf']
    ann.client.say({ type: 'player_state_update', state: { toString: 1, x: 1 } })
    ann.client.say({ type: 'player_state_update', state: { x: 2 }, removed })
    ann.client.say({ type: 'player_state_update', state: {}, removed })
    await expect.poll(() => bob.client.seen().get(annRef)).toEqual({ x: 2 })
  })

  test('a room that has made more than 65,536 things goes on showing them', async () => {
    const ann = await player(await define('bullets'), protocol)
    const refs = () => ann.client.ticks.flatMap(([, ...rest]) => rest.filter(Number.isInteger))
    await expect
      .poll(() => Math.max(0, ...refs().map(Number)), { timeout: 10_000 })
      .toBeGreaterThan(70_000)
  })

  test('what a kind says that is no JSON arrives as JSON would have it', async () => {
    const ann = await player(await define('careless'), protocol)
    await ann.client.ask({ type: 'send_message', channel: 'room', data: 1 }, 'ack')
    expect(await ann.client.next('message')).toMatchObject({ data: { text: 'hi' } })
    await expect.poll(() => [...ann.client.seen().values()]).toEqual([{ open: true }])
  })
})

test('a state that is too big to be shown to those who join follows whole', async () => {
  const roomId = newRoom()
  const ann = await player(roomId)
  const big = 'x'.repeat(10_000)
  ann.client.say({ type: 'player_state_update', state: { big, hp: 1 } })
  await ann.client.rest()
  const bob = await player(roomId)
  expect(bob.view.members[0]?.state).toBeNull()
  ann.client.say({ type: 'player_state_update', state: { hp: 2 } })
  const annRef = bob.refOf(ann.client.playerId)
  await expect.poll(() => bob.client.seen().get(annRef)).toEqual({ big, hp: 2 })
})

test('a thing that is made anew comes behind the end of the one before', async () => {
  const ann = await player(await define('replacer'))
  for (let id = 1; id <= 2; id++) {
    await ann.client.ask({ type: 'send_message', channel: 'room', data: id }, 'ack')
    await expect.poll(() => ann.client.ticks.length).toBe(id)
  }
  const [, gone, change, made] = ann.client.ticks.at(-1) ?? []
  expect(change).toBeNull()
  expect(Number(gone)).toBeLessThan(Number(made))
})

test('whom the kind puts out as it joins has no seat', async () => {
  const roomId = await define('doorkeeper')
  const ann = await player(roomId)
  expect(await ann.client.next('room_left')).toMatchObject({ room_id: roomId })
  ann.client.say({ type: 'send_message', id: 7, channel: 'room', data: 1 })
  expect(await ann.client.next('error')).toMatchObject({ reply_to: 7, code: 'not_in_room' })
})

test('H15: whoever says too many bytes to a room is refused, and the others are not cut', async () => {
  const roomId = newRoom()
  const ann = await player(roomId)
  const others = [await player(roomId), await player(roomId), await player(roomId)]
  const data = 'x'.repeat(60_000)
  for (let id = 1; id <= 60; id++) {
    ann.client.say({ type: 'send_message', id, channel: 'room', data })
  }
  expect(await ann.client.next('error')).toMatchObject({ code: 'rate_limited' })
  await wait(300)
  for (const { client } of others) {
    const heard = (await client.rest()).filter(({ type }) => type === 'message')
    expect(heard.length).toBeLessThan(10)
  }
})

test('a room that is left and joined at once is this node’s all the while', async () => {
  const ann = await player(newRoom())
  const { room_id } = ann.view
  for (let count = 0; count < 50; count++) {
    ann.client.say({ type: 'leave_room' })
    await ann.client.ask({ type: 'join_room', room_id }, 'room_joined')
    await ann.client.ask({ type: 'ping' }, 'pong')
    expect(await stage.redis.get(roomKey(environmentId, room_id))).toBe(node.nodeId)
  }
})

test('H15: fields that come and go leave nothing behind, and no more than is remembered go at once', () => {
  const states = new StateTable()
  const shown = states.add('ann', false)
  for (let count = 0; count < 10_000; count++) {
    states.update(shown, { [`k${count}`]: 1 }, [`k${count - 1}`], 40)
    states.advance()
    states.forgetGone(states.tick)
  }
  expect(shown.changed.size).toBeLessThan(5)
  const without = () => {
    for (let count = 0; count < 10_000; count++) {
      states.update(shown, { [`j${count}`]: 1 }, [`j${count - 1}`], 40)
    }
  }
  expect(without).toThrow('256 fields')
})

test('small updates that sum up to a big state make it a big one', () => {
  const states = new StateTable()
  const shown = states.add('ann', false)
  for (let count = 0; count < 100; count++) states.update(shown, { [`k${count}`]: 1 }, [], 20)
  for (let count = 0; count < 100; count++) {
    states.update(shown, { [`k${count}`]: 'x'.repeat(200) }, [], 220)
  }
  expect(shown.isLarge).toBe(true)
})

test('a field that goes before a new thing is known to have arrived is told to be gone', () => {
  const states = new StateTable()
  const door = states.add('door', true)
  states.update(door, { open: true, locked: true }, [], 20)
  states.advance()
  states.update(door, {}, ['locked'], 20)
  states.advance()
  // What was sent of it may have come, though nobody has said so.
  expect(states.changeSince(door, 0)).toEqual([{ open: true }, ['locked'], 'door'])
})
