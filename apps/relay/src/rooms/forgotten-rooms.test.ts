import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import { openStage, type Stage } from '../testing/stage.js'

let stage: Stage
let east: Relay
let west: Relay

beforeAll(async () => {
  stage = await openStage()
  east = await stage.startNode()
  west = await stage.startNode()
})
afterAll(() => stage.close())

const environmentId = '018f0000-0000-7000-8000-000000000003'

test('no node takes the room of another when Redis has forgotten whose it is', async () => {
  const ann = await stage.join(east, { environmentId, isModern: true })
  await ann.ask({ type: 'join_room', room_id: 'remembered' }, 'room_joined')
  await stage.redis.flushall()
  await expect.poll(() => stage.redis.exists(`fleet:node:${west.nodeId}`)).toBe(1)
  // As if its own node had not got round to it.
  await stage.redis.del(`fleet:room:${environmentId}:remembered`)
  const bob = await stage.join(west, { environmentId, isModern: true })
  bob.say({ type: 'join_room', room_id: 'remembered', id: 1 })
  expect(['unavailable', 'room_elsewhere']).toContain((await bob.next('error')).code)
  await expect
    .poll(() => stage.redis.get(`fleet:room:${environmentId}:remembered`))
    .toBe(east.nodeId)
  bob.say({ type: 'join_room', room_id: 'remembered', id: 2 })
  expect(await bob.next('error')).toMatchObject({ code: 'room_elsewhere' })
  const news = (await ann.rest()).filter(({ type }) => type !== 'news_gap')
  expect(news).toEqual([])
  expect(ann.ws.readyState).toBe(1)
})

test('what is acknowledged by a node that may not be the room’s any more is heard, or not acknowledged', async () => {
  const node = await stage.startNode({ announceMs: 60_000, renewRoomsMs: 60_000 })
  const ann = await stage.join(node, { environmentId, isModern: true })
  await ann.ask({ type: 'join_room', room_id: 'zombie' }, 'room_joined')
  // Longer than its word holds: another node may have the room by now.
  await new Promise(resolve => setTimeout(resolve, 4_000))
  ann.say({ type: 'send_message', channel: 'room', data: 'late', id: 7 })
  expect(await ann.rest()).toEqual([])
})
