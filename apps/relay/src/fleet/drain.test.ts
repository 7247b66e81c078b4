import { findRoomNode, listNodes } from '@aethex/shared/fleet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dialRefused } from '../testing/client.js'
import { newPlayer, openStage, type Stage } from '../testing/stage.js'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

test('leaves the list first, sends everybody away with 1012, and frees its rooms', async () => {
  const environmentId = '018f0000-0000-7000-8000-000000000001'
  const node = await stage.startNode()
  const players = await Promise.all(
    Array.from({ length: 35 }, () => stage.join(node, { environmentId })),
  )
  await Promise.all(
    players.map((player, index) =>
      player.ask({ type: 'join_room', room_id: `drained-${index % 3}` }, 'room_joined'),
    ),
  )
  const late = await stage.ticketFor(newPlayer())
  const closing = node.close()
  await Promise.race(players.map(player => player.closed))
  expect(await listNodes(stage.redis)).toEqual([])
  expect(await dialRefused(`${node.publicUrl}?ticket=${late}`)).toMatchObject({ status: 503 })
  const ends = await Promise.all(players.map(player => player.closed))
  expect(new Set(ends.map(({ code }) => code))).toEqual(new Set([1012]))
  await closing
  expect(await findRoomNode(stage.redis, environmentId, 'drained-0')).toBeUndefined()
  expect(await stage.redis.keys('fleet:room:*')).toEqual([])
})

test('gives its rooms to a node of its own region, however busy that is', async () => {
  const environmentId = '018f0000-0000-7000-8000-000000000003'
  const [home, near, far] = await Promise.all(
    ['eu', 'eu', 'us'].map(REGION => stage.startNode({}, { REGION })),
  )
  if (home === undefined || near === undefined || far === undefined) throw new Error('three nodes')
  const busy = await stage.join(near)
  const knownSockets = async () =>
    (await listNodes(stage.redis)).find(({ node_id }) => node_id === near.nodeId)?.sockets
  await expect.poll(knownSockets).toBe(1)
  const player = await stage.join(home, { environmentId, isModern: true })
  await player.ask({ type: 'join_room', room_id: 'regional' }, 'room_joined')
  await home.close()
  const heir = await findRoomNode(stage.redis, environmentId, 'regional')
  expect(heir?.node_id).toBe(near.nodeId)
  busy.ws.terminate()
  await Promise.all([near.close(), far.close()])
})

test('does not wait for peers that do not answer', async () => {
  const node = await stage.startNode()
  const silent = await stage.join(node)
  silent.ws.pause()
  await node.close()
  await expect(fetch(`${node.url}/livez`)).rejects.toThrow()
})

test('starts without Redis, lets nobody in, and takes part as soon as Redis is there', async () => {
  await stage.redisServer.kill()
  const node = await stage.startNode()
  expect((await fetch(`${node.url}/livez`)).status).toBe(200)
  expect((await fetch(`${node.url}/readyz`)).status).toBe(503)
  const url = `${node.publicUrl}?ticket=${'a'.repeat(32)}`
  expect(await dialRefused(url)).toMatchObject({ status: 503, body: { code: 'unavailable' } })
  await stage.redisServer.start()
  await expect.poll(async () => (await fetch(`${node.url}/readyz`)).status).toBe(200)
  await expect
    .poll(async () => (await listNodes(stage.redis)).map(({ url }) => url))
    .toContain(node.publicUrl)
})

test('keeps a room going while Redis is out, and heals with it', async () => {
  const environmentId = '018f0000-0000-7000-8000-000000000002'
  const node = await stage.startNode()
  const [ann, bob] = [
    await stage.join(node, { environmentId }),
    await stage.join(node, { environmentId }),
  ]
  for (const player of [ann, bob]) {
    await player.ask({ type: 'join_room', room_id: 'steady' }, 'room_joined')
  }
  await stage.redisServer.kill()
  ann.say({ type: 'player_state_update', state: { alive: true } })
  expect((await bob.next('state_update')).state).toEqual({ alive: true })
  bob.say({ type: 'join_queue', mode: 'duel', region: 'eu', skill_range: [0, 1], id: 9 })
  expect(await bob.next('error')).toMatchObject({ reply_to: 9, code: 'unavailable' })
  await stage.redisServer.start()
  await expect
    .poll(async () => (await findRoomNode(stage.redis, environmentId, 'steady'))?.node_id)
    .toBe(node.nodeId)
  const heard = (await ann.rest()).filter(({ type }) => type !== 'news_gap')
  expect(heard).toMatchObject([{ type: 'player_joined' }])
})
