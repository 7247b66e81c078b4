import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import type { TestClient } from '../testing/client.js'
import { newPlayer, openStage, type Stage } from '../testing/stage.js'

let stage: Stage
let node: Relay
const environmentId = '018f0000-0000-7000-8000-000000000001'

beforeAll(async () => {
  stage = await openStage()
  node = await stage.startNode({
    roomTickMs: 20,
    reconnectMs: 1_000,
    messagesPerSecond: 10_000,
    messageBurst: 10_000,
  })
})
afterAll(() => stage.close())

const player = (at = node) => stage.join(at, { environmentId, isModern: true })
const again = (who: TestClient, at = node) => stage.join(at, { holder: who.holder, isModern: true })

async function pair(at = node) {
  const room_id = `room-${randomUUID()}`
  const [ann, bob] = [await player(at), await player(at)]
  await ann.ask({ type: 'join_room', room_id }, 'room_joined')
  const view = await bob.ask({ type: 'join_room', room_id }, 'room_joined')
  return { room_id, ann, bob, view }
}
const say = (who: TestClient, data: unknown) =>
  who.ask({ type: 'send_message', channel: 'room', data }, 'ack')

type View = Awaited<ReturnType<typeof pair>>['view']
const resumption = (view: View, seq = view.seq ?? 0) => ({
  type: 'resume' as const,
  room_id: view.room_id,
  resume_token: view.resume_token ?? '',
  seq,
  own_seq: view.own_seq ?? 0,
})

describe('a seat', () => {
  test('is kept for a while after a drop, and what was missed comes in order, exactly once', async () => {
    const { ann, bob, view } = await pair()
    await say(ann, 0)
    const { seq } = await bob.next('message')
    bob.ws.terminate()
    expect(await ann.next('player_away')).toMatchObject({ player_id: bob.playerId, away: true })
    for (const data of [1, 2, 3]) await say(ann, data)
    ann.say({ type: 'player_state_update', state: { x: 9 } })
    const back = await again(bob)
    const resumed = await back.ask(resumption(view, seq), 'resumed')
    const missed = (await back.rest()).flatMap(m => (m.type === 'message' ? [m] : []))
    expect(missed.map(({ data }) => data)).toEqual([1, 2, 3])
    expect(resumed.members.find(({ player_id }) => player_id === ann.playerId)?.state).toEqual({
      x: 9,
    })
    expect(resumed.seq).toBeGreaterThan(missed.at(-1)?.seq ?? Number.POSITIVE_INFINITY)
    await say(ann, 4)
    expect(await back.next('message')).toMatchObject({ data: 4, seq: (resumed.seq ?? 0) + 1 })
    expect((await ann.rest()).map(({ type }) => type)).not.toContain('player_left')
  })

  test('is given up when nobody comes back', async () => {
    const { ann, bob } = await pair()
    bob.ws.terminate()
    expect(await ann.next('player_left')).toMatchObject({ player_id: bob.playerId })
  })

  test('tells what cannot be told any more as a gap, with the room as it is', async () => {
    const { ann, bob, view } = await pair()
    bob.ws.terminate()
    await ann.next('player_away')
    for (let data = 0; data < 300; data++) {
      ann.say({ type: 'send_message', channel: 'room', data })
      if (data % 50 === 0) await ann.rest()
    }
    await ann.rest()
    const back = await again(bob)
    const gap = await back.ask(resumption(view), 'gap')
    expect(gap.members).toHaveLength(2)
    expect((await back.rest()).filter(({ type }) => type === 'message')).toEqual([])
    await say(ann, 'after')
    expect(await back.next('message')).toMatchObject({ data: 'after', seq: (gap.seq ?? 0) + 1 })
  })

  test('takes a message that is sent again after a drop only once', async () => {
    const { ann, bob, view } = await pair()
    bob.say({ type: 'send_message', id: 71, channel: 'room', data: 'once' })
    await ann.next('message')
    bob.ws.terminate()
    const back = await again(bob)
    expect(await back.ask(resumption(view), 'resumed')).toMatchObject({ last_id: 71 })
    back.say({ type: 'send_message', id: 71, channel: 'room', data: 'once' })
    expect(await back.next('ack')).toMatchObject({ reply_to: 71 })
    expect((await ann.rest()).filter(({ type }) => type === 'message')).toEqual([])
  })
})

test('a message that was refused is not taken for one that arrived, though later ones did', async () => {
  const small = await stage.startNode({ roomMessagesPerSecond: 3 })
  const { ann, bob, view } = await pair(small)
  const hello = (id: number) => bob.say({ type: 'send_message', id, channel: 'room', data: id })
  for (const id of [1, 2, 3, 4]) hello(id)
  expect(await bob.next('error')).toMatchObject({ reply_to: 4, code: 'rate_limited' })
  await new Promise(resolve => setTimeout(resolve, 500))
  hello(5)
  await expect.poll(async () => (await ann.next('message')).data).toBe(5)
  bob.ws.terminate()
  const back = await again(bob, small)
  expect(await back.ask(resumption(view), 'resumed')).toMatchObject({ last_id: 5 })
  for (const id of [3, 4, 5]) back.say({ type: 'send_message', id, channel: 'room', data: id })
  expect(await back.next('ack')).toMatchObject({ reply_to: 3 })
  expect(await back.next('ack')).toMatchObject({ reply_to: 5 })
  expect(await back.next('error')).toMatchObject({ reply_to: 4, code: 'rate_limited' })
  expect((await ann.rest()).filter(({ type }) => type === 'message')).toEqual([])
  await small.close()
})

describe('H14: resuming', () => {
  test('the seat of another player closes the socket with 4001', async () => {
    const { view } = await pair()
    const eve = await player()
    eve.say(resumption(view))
    expect((await eve.closed).code).toBe(4001)
  })

  test.each([
    ['from the future', 999],
    ['with a token that nobody has', 0],
  ])('%s is a gap', async (what, ahead) => {
    const { bob, view } = await pair()
    bob.ws.terminate()
    const back = await again(bob)
    const wish = resumption(view, (view.seq ?? 0) + ahead)
    const token = what.startsWith('with') ? 'x'.repeat(22) : wish.resume_token
    expect((await back.ask({ ...wish, resume_token: token }, 'gap')).members).toHaveLength(2)
  })

  test('at two sockets leaves the seat to the newer, and closes the older with 4009', async () => {
    const { bob, view } = await pair()
    const newer = await again(bob)
    await newer.ask(resumption(view), 'resumed')
    expect((await bob.closed).code).toBe(4009)
  })

  test('a room that one may not enter is refused', async () => {
    const { room_id } = await pair()
    const stranger = await stage.join(node, { holder: newPlayer(), isModern: true })
    // Another environment has another room of that name.
    const wish = { type: 'resume' as const, room_id, resume_token: 'x', seq: 0, own_seq: 0 }
    expect((await stranger.ask(wish, 'gap')).members).toHaveLength(1)
  })
})

describe('a node that is stopped', () => {
  test('N25: hands its rooms over as they are: members resume elsewhere without loss or duplicate', async () => {
    const from = await stage.startNode({ roomTickMs: 20 })
    const { ann, bob, view, room_id } = await pair(from)
    await say(ann, 1)
    ann.say({ type: 'player_state_update', state: { hp: 5 } })
    const { seq } = await bob.next('message')
    await say(ann, 2)
    bob.ws.pause()
    await from.close()
    const claimed = await stage.redis.get(`fleet:room:${environmentId}:${room_id}`)
    expect(claimed).toBe(node.nodeId)
    const back = await again(bob)
    const resumed = await back.ask(resumption(view, seq), 'resumed')
    expect(resumed.epoch).toBeGreaterThan(view.epoch ?? 0)
    expect((await back.rest()).flatMap(m => (m.type === 'message' ? [m.data] : []))).toEqual([2])
    expect(resumed.members.find(({ player_id }) => player_id === ann.playerId)).toMatchObject({
      state: { hp: 5 },
      away: true,
    })
  })
})

describe('a node that was taken for dead', () => {
  test('N15: does not speak for a room that is another’s by now', async () => {
    const sleepy = await stage.startNode({ announceMs: 60_000, renewRoomsMs: 60_000 })
    const { ann, bob, room_id } = await pair(sleepy)
    // Its announcement runs out, as after a stop of fifteen seconds, and the room gets a new home.
    await stage.redis.del(`fleet:node:${sleepy.nodeId}`)
    const eve = await player()
    const there = await eve.ask({ type: 'join_room', room_id }, 'room_joined')
    expect(there.members).toHaveLength(1)
    expect(await eve.next('degraded')).toMatchObject({ room_id, degraded: true })
    await expect
      .poll(
        async () => {
          ann.say({ type: 'send_message', channel: 'room', data: 'zombie' })
          await ann.rest()
          return (await bob.rest()).filter(({ type }) => type === 'message').length
        },
        { timeout: 10_000, interval: 500 },
      )
      .toBe(0)
  })
})
