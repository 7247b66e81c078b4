import { randomUUID } from 'node:crypto'
import type { Closable } from '@aethex/shared/lifecycle'
import { createLog } from '@aethex/shared/log'
import { notePresence } from '@aethex/shared/presence'
import { answerWhatMayStand } from '@aethex/shared/rooms'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import { type CircleKeeper, keepCircles } from '../testing/circle-keeper.js'
import { dial, type TestClient } from '../testing/client.js'
import { newPlayer, openStage, type Stage } from '../testing/stage.js'
import { defaultTuning } from '../tuning.js'

/** As in production, only faster. */
const quick = {
  presenceLeaseMs: 600,
  presenceRenewMs: 200,
  presenceCheckMs: 100,
  presenceGraceMs: 300,
  presenceRoomsMs: 50,
  presenceCoalesceMs: 20,
}

let stage: Stage
let circles: CircleKeeper
let filter: Closable
let east: Relay
let west: Relay
let environmentId: string

beforeAll(async () => {
  stage = await openStage()
  circles = keepCircles(stage)
  // Stands in for the API.
  filter = answerWhatMayStand(stage.redis, createLog('test', 'silent'), async (_id, said) =>
    said.properties?.text === 'darn' ? { properties: { text: '****' } } : said,
  )
  east = await stage.startNode(quick)
  west = await stage.startNode(quick)
})
afterAll(async () => {
  await circles.close()
  await filter.close()
  await stage.close()
})
beforeEach(() => {
  environmentId = randomUUID()
})

const offline = {
  status: 'offline',
  text: null,
  details: null,
  room_id: null,
  last_seen_at: null,
}
const online = { ...offline, status: 'online' }
const gone = { ...offline, last_seen_at: expect.any(String) }

const newFriends = async () => {
  const [ann, bob] = [newPlayer(environmentId), newPlayer(environmentId)]
  await circles.befriend(environmentId, ann.player_id, bob.player_id)
  return { ann, bob }
}
const watch = async (client: TestClient, wish: { friends?: boolean; room?: boolean }) =>
  (await client.ask({ type: 'watch_presence', ...wish }, 'presence_snapshot')).players
const watchFriends = (client: TestClient) => watch(client, { friends: true })
const setStatus = (client: TestClient, status: object) =>
  client.ask({ type: 'set_status', status: 'online', ...status }, 'status_set')
/** What is told next; `type` is left out. */
const next = async (client: TestClient) => {
  const { type: _type, ...update } = await client.next('presence_update')
  return update
}
/** Until `wanted` is what is watched, and nothing of the way there is left to be read. */
const untilWatched = async (client: TestClient, wanted: object[]) => {
  await expect.poll(() => watchFriends(client)).toMatchObject(wanted)
  await client.rest()
}
const updatesIn = async (client: TestClient, ms: number) => {
  await new Promise(resolve => setTimeout(resolve, ms))
  return (await client.rest()).filter(({ type }) => type === 'presence_update')
}

describe('friends', () => {
  test('see each other come and go, from any node to any other', async () => {
    const { ann, bob } = await newFriends()
    const watcher = await stage.join(east, { holder: ann })
    expect(await watchFriends(watcher)).toEqual([])
    const friend = await stage.join(west, { holder: bob })
    expect(await next(watcher)).toEqual({ player_id: bob.player_id, ...online })
    expect(await watchFriends(friend)).toEqual([{ player_id: ann.player_id, ...online }])
    friend.ws.close()
    expect(await next(watcher)).toEqual({ player_id: bob.player_id, ...gone })
    expect(await watchFriends(watcher)).toEqual([{ player_id: bob.player_id, ...gone }])
  })

  test('see what a friend shows: a status, words, details of the game, and the room with leave', async () => {
    const { ann, bob } = await newFriends()
    const friend = await stage.join(west, { holder: bob })
    const shown = { status: 'busy', text: 'Raid! 🐉', details: { mode: 'raid', free: 2 } }
    await setStatus(friend, shown)
    const watcher = await stage.join(east, { holder: ann })
    await expect
      .poll(async () => await watchFriends(watcher))
      .toEqual([{ player_id: bob.player_id, ...online, ...shown }])
    await friend.ask({ type: 'join_room', room_id: 'den' }, 'room_joined')
    await setStatus(friend, { ...shown, show_room: true })
    await expect.poll(() => next(watcher)).toMatchObject({ ...shown, room_id: 'den' })
    await friend.ask({ type: 'leave_room' }, 'room_left')
    expect(await next(watcher)).toMatchObject({ ...shown, room_id: null })
    await setStatus(friend, { status: 'away' })
    expect(await next(watcher)).toEqual({ player_id: bob.player_id, ...online, status: 'away' })
  })

  test('H18: read no word of a status that the studio wants nowhere', async () => {
    const { ann, bob } = await newFriends()
    const watcher = await stage.join(west, { holder: ann })
    const friend = await stage.join(east, { holder: bob })
    await setStatus(friend, { text: 'darn' })
    await untilWatched(watcher, [{ text: '****' }])
  })

  test('of many changes at once see the last', async () => {
    const { ann, bob } = await newFriends()
    const friend = await stage.join(west, { holder: bob })
    const watcher = await stage.join(east, { holder: ann })
    await watchFriends(watcher)
    for (let step = 1; step <= 40; step++)
      friend.say({ type: 'set_status', status: 'online', text: `step ${step}` })
    const told = []
    do told.push(await next(watcher))
    while (told.at(-1)?.text !== 'step 40')
    expect(told.length).toBeLessThan(6)
  })

  test('are one however many sockets they have, until the last one is gone', async () => {
    const { ann, bob } = await newFriends()
    const phone = await stage.join(east, { holder: bob })
    const desk = await stage.join(west, { holder: { ...bob, session_id: randomUUID() } })
    const watcher = await stage.join(east, { holder: ann })
    await setStatus(desk, { status: 'busy' })
    await untilWatched(watcher, [{ status: 'busy' }])
    desk.ws.close()
    expect(await updatesIn(watcher, 800)).toEqual([])
    phone.ws.close()
    expect(await next(watcher)).toEqual({ player_id: bob.player_id, ...gone })
  })

  test('do not flicker when a connection is replaced', async () => {
    const { ann, bob } = await newFriends()
    const friend = await stage.join(east, { holder: bob })
    const watcher = await stage.join(west, { holder: ann })
    await untilWatched(watcher, [online])
    friend.ws.terminate()
    await friend.closed
    await stage.join(east, { holder: bob })
    expect(await updatesIn(watcher, 900)).toEqual([])
  })

  test('are strangers to everybody else', async () => {
    const stranger = await stage.join(east, { environmentId })
    const other = await stage.join(west, { environmentId })
    expect(await watchFriends(stranger)).toEqual([])
    await setStatus(other, { status: 'busy' })
    expect(await updatesIn(stranger, 300)).toEqual([])
  })
})

describe('somebody invisible', () => {
  test('looks offline, and stays so with another socket and after a reconnection', async () => {
    const { ann, bob } = await newFriends()
    const watcher = await stage.join(east, { holder: ann })
    await watchFriends(watcher)
    const friend = await stage.join(west, { holder: bob })
    expect(await next(watcher)).toMatchObject(online)
    await setStatus(friend, { status: 'invisible', text: 'hush', details: { mode: 'secret' } })
    expect(await next(watcher)).toEqual({ player_id: bob.player_id, ...gone })
    await stage.join(east, { holder: { ...bob, session_id: randomUUID() } })
    friend.ws.close()
    const back = await stage.join(west, { holder: bob })
    expect(await updatesIn(watcher, 900)).toEqual([])
    await setStatus(back, { status: 'online' })
    expect(await next(watcher)).toMatchObject(online)
  })
})

describe('friends no more', () => {
  test('G11: an ex-friend is out of sight at once, and for ever', async () => {
    const { ann, bob } = await newFriends()
    const friend = await stage.join(west, { holder: bob })
    const watcher = await stage.join(east, { holder: ann })
    await untilWatched(watcher, [online])
    await circles.part(environmentId, ann.player_id, bob.player_id)
    expect(await next(watcher)).toEqual({ player_id: bob.player_id, ...offline })
    await setStatus(friend, { status: 'busy', text: 'still here' })
    expect(await updatesIn(watcher, 400)).toEqual([])
    expect(await watchFriends(watcher)).toEqual([])
    await circles.befriend(environmentId, ann.player_id, bob.player_id)
    await expect.poll(() => next(watcher)).toMatchObject({ status: 'busy', text: 'still here' })
  })

  test('G11: in a shared room a blocked player sees nothing either, the others do', async () => {
    const [ann, bob, cid] = await Promise.all(
      ['a', 'b', 'c'].map(() => stage.join(east, { environmentId })),
    )
    if (ann === undefined || bob === undefined || cid === undefined) throw new Error('nobody')
    await circles.block(environmentId, ann.playerId, bob.playerId)
    for (const one of [ann, bob, cid]) {
      await one.ask({ type: 'join_room', room_id: 'shared' }, 'room_joined')
    }
    await setStatus(ann, { status: 'busy', text: 'in the shared room' })
    await expect
      .poll(async () => (await watch(cid, { room: true })).map(one => [one.player_id, one.status]))
      .toEqual([
        [ann.playerId, 'busy'],
        [bob.playerId, 'online'],
      ])
    await cid.rest()
    expect((await watch(bob, { room: true })).map(one => one.player_id)).toEqual([cid.playerId])
    await setStatus(ann, { status: 'away' })
    expect(await next(cid)).toMatchObject({ player_id: ann.playerId, status: 'away' })
    await ann.ask({ type: 'leave_room' }, 'room_left')
    expect(await next(cid)).toEqual({ player_id: ann.playerId, ...offline })
    expect(await updatesIn(bob, 200)).toEqual([])
  })
})

describe('what nobody says any more', () => {
  test('H20: a client that vanished without a word is gone, and within 40 s as nodes are set up', async () => {
    const node = await stage.startNode({ ...quick, heartbeatMs: 300 })
    const { ann, bob } = await newFriends()
    const watcher = await stage.join(east, { holder: ann })
    await watchFriends(watcher)
    const ticket = await stage.ticketFor(bob)
    const url = `${node.publicUrl}?ticket=${ticket}`
    const vanished = await dial(url, 'aethex.v1.json', bob, { autoPong: false })
    expect(await next(watcher)).toMatchObject(online)
    const since = performance.now()
    expect(await next(watcher)).toEqual({ player_id: bob.player_id, ...gone })
    expect(performance.now() - since).toBeLessThan(2 * 300 + quick.presenceGraceMs + 500)
    vanished.ws.terminate()
    const { heartbeatMs, presenceGraceMs, presenceLeaseMs, presenceCheckMs } = defaultTuning
    expect(2 * heartbeatMs + presenceGraceMs).toBeLessThan(40_000)
    expect(presenceLeaseMs + presenceCheckMs).toBeLessThan(40_000)
    expect(defaultTuning.presenceRenewMs * 2).toBeLessThan(presenceLeaseMs)
  })

  test('H20: the players of a node that died are gone when its word has run out', async () => {
    const { ann, bob } = await newFriends()
    const watcher = await stage.join(east, { holder: ann })
    await watchFriends(watcher)
    // What a node leaves behind that was killed.
    const { player_id: playerId } = bob
    const note = { environmentId, playerId, nodeId: 'dead', leaseMs: 700, roomId: null }
    await notePresence(stage.redis, note)
    expect(await next(watcher)).toMatchObject(online)
    expect(await next(watcher)).toEqual({ player_id: playerId, ...gone })
  })

  test('a node that is stopped leaves its players a moment to come back elsewhere', async () => {
    const { ann, bob } = await newFriends()
    const doomed = await stage.startNode(quick)
    const friend = await stage.join(doomed, { holder: bob })
    const watcher = await stage.join(east, { holder: ann })
    await untilWatched(watcher, [online])
    const closing = doomed.close()
    await friend.closed
    await stage.join(west, { holder: bob })
    await closing
    expect(await updatesIn(watcher, 900)).toEqual([])
  })

  test('N7: a Redis that forgot everything learns it again, chosen status and all', async () => {
    const { ann, bob } = await newFriends()
    const friend = await stage.join(west, { holder: bob })
    await setStatus(friend, { status: 'busy', text: 'still raiding' })
    const watcher = await stage.join(east, { holder: ann })
    await untilWatched(watcher, [{ status: 'busy' }])
    await stage.redis.flushall()
    const late = await stage.join(east, { holder: { ...ann, session_id: randomUUID() } })
    await untilWatched(late, [{ text: 'still raiding' }])
    await setStatus(friend, { status: 'away', text: 'done' })
    await expect.poll(() => next(watcher)).toMatchObject({ status: 'away', text: 'done' })
    await circles.part(environmentId, ann.player_id, bob.player_id)
    await expect.poll(() => next(watcher)).toEqual({ player_id: bob.player_id, ...offline })
    expect(defaultTuning.presenceRenewMs).toBeLessThan(40_000)
  })

  test('a Redis that was away is listened to again', async () => {
    const { ann, bob } = await newFriends()
    const watcher = await stage.join(east, { holder: ann })
    await watchFriends(watcher)
    await stage.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    const friend = await stage.join(west, { holder: bob })
    expect(await next(watcher)).toMatchObject(online)
    await setStatus(friend, { status: 'busy' })
    expect(await next(watcher)).toMatchObject({ status: 'busy' })
  })
})

describe('what is refused', () => {
  test.each([
    ['141 characters', { text: 'x'.repeat(141) }],
    ['characters that turn the text around', { text: 'a\u202eb' }],
    ['control characters', { text: 'a\u001b[31mb' }],
    ['details that are too much', { details: { long: 'x'.repeat(1_100) } }],
    ['details that are no object', { details: ['a'] }],
    ['a status that is none', { status: 'dead' }],
    ['a player that is somebody else', { player_id: randomUUID() }],
  ])('%s', async (_name, status) => {
    const client = await stage.join(east, { environmentId })
    client.say({ type: 'set_status', status: 'online', ...status })
    expect((await client.next('error')).code).toBe('invalid_request')
  })

  test('H18: words of a child that may not chat', async () => {
    const holder = { ...newPlayer(environmentId), permissions: { chat: false, voice: false } }
    const child = await stage.join(east, { holder })
    child.say({ type: 'set_status', status: 'online', text: 'hello' })
    expect((await child.next('error')).code).toBe('parental_consent_required')
    await setStatus(child, { status: 'busy' })
  })
})
