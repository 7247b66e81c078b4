import { claimRoom, findRoomNode, listNodes, retireNode } from '@aethex/shared/fleet'
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

const environmentId = '018f0000-0000-7000-8000-000000000001'
const joinRoom = (room_id: string) => ({ type: 'join_room' as const, room_id })

test('lets a room live on one node and sends others there', async () => {
  const ann = await stage.join(east, { environmentId })
  const bob = await stage.join(west, { environmentId })
  await ann.ask(joinRoom('one-place'), 'room_joined')
  bob.say({ ...joinRoom('one-place'), id: 7 })
  expect(await bob.next('error')).toMatchObject({ reply_to: 7, code: 'room_elsewhere' })
  const home = await findRoomNode(stage.redis, environmentId, 'one-place')
  expect(home?.url).toBe(east.publicUrl)
  const bobThere = await stage.join(east, { holder: bob.holder })
  expect((await bobThere.ask(joinRoom('one-place'), 'room_joined')).members).toHaveLength(2)
})

test('frees a room with its last member', async () => {
  const ann = await stage.join(east, { environmentId })
  await ann.ask(joinRoom('moving'), 'room_joined')
  await ann.ask({ type: 'leave_room' }, 'room_left')
  const bob = await stage.join(west, { environmentId })
  await bob.ask(joinRoom('moving'), 'room_joined')
})

test('opens a room for only one of many that want it at once on two nodes', async () => {
  const players = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      stage.join(index % 2 === 0 ? east : west, { environmentId }),
    ),
  )
  const answers = await Promise.allSettled(
    players.map(player => player.ask(joinRoom('rush'), 'room_joined')),
  )
  const inside = players.filter((_, index) => answers[index]?.status === 'fulfilled')
  expect(inside).toHaveLength(10)
  const [first] = inside
  if (first === undefined) throw new Error('nobody came in')
  // Whoever came in last saw everybody.
  const { members } = await first.ask(joinRoom('rush'), 'room_joined')
  expect(new Set(members.map(({ player_id }) => player_id))).toEqual(
    new Set(inside.map(({ playerId }) => playerId)),
  )
})

test('sends the members of a room after it when another node holds it now', async () => {
  const ann = await stage.join(east, { environmentId })
  await ann.ask(joinRoom('lost'), 'room_joined')
  // As after a pause in which the node was taken for dead.
  await stage.redis.set(`fleet:room:${environmentId}:lost`, west.nodeId, 'EX', 15)
  expect(await claimRoom(stage.redis, environmentId, 'lost', east.nodeId, 15)).toMatchObject({
    nodeId: west.nodeId,
  })
  expect((await ann.closed).code).toBe(1012)
  const annAgain = await stage.join(west, { holder: ann.holder })
  await annAgain.ask(joinRoom('lost'), 'room_joined')
})

test('takes over the rooms of a node that is not there any more', async () => {
  await stage.redis.set(`fleet:room:${environmentId}:orphan`, 'a-dead-node', 'EX', 15)
  const ann = await stage.join(east, { environmentId })
  await ann.ask(joinRoom('orphan'), 'room_joined')
})

test('takes a dead predecessor at its own address off the list', async () => {
  const url = 'ws://relay.example:7777'
  const before = await stage.startNode({ announceMs: 60_000 }, { PUBLIC_URL: url })
  const after = await stage.startNode({}, { PUBLIC_URL: url })
  const there = (await listNodes(stage.redis)).filter(node => node.url === url)
  expect(there.map(node => node.node_id)).toEqual([after.nodeId])
  expect(before.nodeId).not.toBe(after.nodeId)
  await retireNode(stage.redis, after.nodeId)
})

test('announces itself, its rooms and its records again to a Redis that forgot everything', async () => {
  const ann = await stage.join(east, { environmentId })
  await ann.ask(joinRoom('durable'), 'room_joined')
  await stage.redis.flushall()
  await expect
    .poll(async () => (await findRoomNode(stage.redis, environmentId, 'durable'))?.node_id)
    .toBe(east.nodeId)
  expect(await ann.rest()).toEqual([])
})
