import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import { openStage, type Stage } from '../testing/stage.js'

let stage: Stage
let node: Relay
const environmentId = '018f0000-0000-7000-8000-000000000001'
const tickMs = 60

beforeAll(async () => {
  stage = await openStage()
  node = await stage.startNode({ roomTickMs: tickMs })
})
afterAll(() => stage.close())

describe.each(['aethex.v1.json', 'aethex.v1.msgpack'] as const)('frames over %s', protocol => {
  const player = () => stage.join(node, { environmentId, protocol, isModern: true })
  async function pair(roomId: string) {
    const [ann, bob] = [await player(), await player()]
    const joinRoom = { type: 'join_room' as const, room_id: `${roomId}-${protocol.length}` }
    await ann.ask(joinRoom, 'room_joined')
    const view = await bob.ask(joinRoom, 'room_joined')
    await ann.next('player_joined')
    const refOf = (id: string) => view.members.find(({ player_id }) => player_id === id)?.ref ?? -1
    return { ann, bob, annRef: refOf(ann.playerId), bobRef: refOf(bob.playerId) }
  }
  const show = (state: object, removed?: string[]) => ({
    type: 'player_state_update',
    state,
    ...(removed === undefined ? {} : { removed }),
  })

  test('carry the latest of each field, once a tick, and only what changed', async () => {
    const { ann, bob, annRef } = await pair('latest')
    for (let x = 1; x <= 20; x++) ann.say(show({ x, name: 'ann', at: { y: 1 } }))
    await expect.poll(() => bob.seen().get(annRef)).toEqual({ x: 20, name: 'ann', at: { y: 1 } })
    expect(bob.ticks.length).toBeLessThanOrEqual(2)
    const before = bob.ticks.length
    ann.say(show({ x: 21, name: 'ann', at: { y: 1 } }))
    await expect.poll(() => bob.ticks.length).toBe(before + 1)
    expect(bob.ticks.at(-1)?.slice(1)).toEqual([annRef, { x: 21 }])
    ann.say(show({ z: 3 }, ['name', 'at', 'never']))
    await expect.poll(() => bob.seen().get(annRef)).toEqual({ x: 21, z: 3 })
    // Nobody is sent their own.
    expect(ann.seen().has(annRef)).toBe(false)
  })

  test('say nothing about a state that is shown again as it was', async () => {
    const { ann, bob, annRef } = await pair('same')
    ann.say(show({ x: 1, at: [1, { deep: true }] }))
    await expect.poll(() => bob.seen().get(annRef)).toBeDefined()
    const before = bob.ticks.length
    ann.say(show({ x: 1, at: [1, { deep: true }] }))
    await wait(3 * tickMs)
    expect(bob.ticks).toHaveLength(before)
  })

  test('carry every message in order, numbered without holes, and acknowledge it to the sender', async () => {
    const { ann, bob } = await pair('order')
    const sent = Array.from({ length: 40 }, (_, index) => index)
    const acks = sent.map(data => ann.ask({ type: 'send_message', channel: 'room', data }, 'ack'))
    await Promise.all(acks)
    const heard = await Promise.all(sent.map(() => bob.next('message')))
    expect(heard.map(({ data }) => data)).toEqual(sent)
    const first = heard[0]?.seq ?? 0
    expect(heard.map(({ seq }) => seq)).toEqual(sent.map(index => first + index))
  })

  test('show a late member everything', async () => {
    const { ann, bob, annRef } = await pair('late')
    ann.say(show({ hp: 7 }))
    await expect.poll(() => bob.seen().get(annRef)).toEqual({ hp: 7 })
    const view = await bob.ask({ type: 'get_snapshot' }, 'snapshot')
    expect(view.members.find(({ ref }) => ref === annRef)?.state).toEqual({ hp: 7 })
  })

  test('H15: refuse a state that grows without end, and keep the one before', async () => {
    const { ann, bob, annRef } = await pair('big')
    ann.say(show({ a: 'x'.repeat(40_000) }))
    await expect.poll(() => bob.seen().get(annRef)).toBeDefined()
    ann.say({ ...show({ b: 'x'.repeat(40_000) }), id: 5 })
    expect(await ann.next('error')).toMatchObject({ reply_to: 5, code: 'state_too_large' })
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`k${index}`, 1]))
    ann.say({ ...show(many), id: 6 })
    expect(await ann.next('error')).toMatchObject({ reply_to: 6, code: 'state_too_large' })
    expect(Object.keys(bob.seen().get(annRef) ?? {})).toEqual(['a'])
  })
})

test('serves those who have said hello and those who have not in one room', async () => {
  const plain = await stage.join(node, { environmentId })
  const modern = await stage.join(node, { environmentId, isModern: true })
  const joinRoom = { type: 'join_room' as const, room_id: 'mixed' }
  await plain.ask(joinRoom, 'room_joined')
  const view = await modern.ask(joinRoom, 'room_joined')
  const ref = view.members[0]?.ref ?? -1
  plain.say({ type: 'player_state_update', state: { x: 1 } })
  await expect.poll(() => modern.seen().get(ref)).toEqual({ x: 1 })
  modern.say({ type: 'player_state_update', state: { y: 2 } })
  expect(await plain.next('state_update')).toMatchObject({ state: { y: 2 } })
  modern.say({ type: 'send_message', channel: 'room', data: 'hi' })
  for (const member of [plain, modern]) {
    expect(await member.next('message')).toMatchObject({ from: modern.playerId, data: 'hi' })
  }
  expect(await plain.next('player_joined')).not.toHaveProperty('ref')
})

test('H7: a slow reader misses states, and has the newest of all as soon as it reads again', async () => {
  const busy = await stage.startNode({
    roomTickMs: 0,
    messagesPerSecond: 100_000,
    messageBurst: 100_000,
    roomBytesPerSecond: 1e9,
  })
  const [ann, bob] = [
    await stage.join(busy, { environmentId, isModern: true }),
    await stage.join(busy, { environmentId, isModern: true }),
  ]
  for (const member of [ann, bob]) {
    await member.ask({ type: 'join_room', room_id: 'slow' }, 'room_joined')
  }
  bob.ws.pause()
  const padding = 'x'.repeat(60_000)
  for (let x = 1; x <= 600; x++) {
    ann.say({ type: 'player_state_update', state: { x, padding: padding + x } })
    if (x % 20 === 0) await ann.ask({ type: 'ping' }, 'pong')
  }
  bob.ws.resume()
  await expect.poll(() => [...bob.seen().values()][0]?.x, { timeout: 10_000 }).toBe(600)
  expect(bob.ticks.length).toBeLessThan(300)
})
