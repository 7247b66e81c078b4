import { setTimeout as wait } from 'node:timers/promises'
import { Problem } from '@aethex/shared/errors'
import type { Closable } from '@aethex/shared/lifecycle'
import { createLog } from '@aethex/shared/log'
import {
  answerWhatMayStand,
  closeRoom,
  createRoom,
  findDefinition,
  findListed,
  mintRoomId,
  RoomDefinition,
  searchRooms,
} from '@aethex/shared/rooms'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import { type CircleKeeper, keepCircles } from '../testing/circle-keeper.js'
import type { TestClient } from '../testing/client.js'
import { newPlayer, openStage, type Stage } from '../testing/stage.js'

let stage: Stage
let node: Relay
let circles: CircleKeeper
let filter: Closable
const environmentId = '018f0000-0000-7000-8000-000000000001'

beforeAll(async () => {
  stage = await openStage()
  circles = keepCircles(stage)
  filter = watchWords()
  node = await stage.startNode({ roomTickMs: 20, reconnectMs: 600 })
})
afterAll(async () => {
  circles.close()
  await filter.close()
  await stage.close()
})

/** Stands in for the API. */
const watchWords = () =>
  answerWhatMayStand(stage.redis, createLog('test', 'silent'), async (_id, said) => {
    if (JSON.stringify(said).includes('no way')) throw new Problem('message_refused')
    return said.name === 'darn' ? { ...said, name: '****' } : said
  })
const player = (at = node) => stage.join(at, { environmentId, isModern: true })
const again = (who: TestClient, at = node) => stage.join(at, { holder: who.holder, isModern: true })

type Wish = Partial<Parameters<typeof RoomDefinition.parse>[0] & object>

async function make(wish: Wish = {}, isPrivate = false) {
  const roomId = mintRoomId()
  const definition = RoomDefinition.parse({ is_hosted: true, created_at: Date.now(), ...wish })
  const made = await createRoom(stage.redis, { environmentId, roomId, definition, isPrivate })
  return { roomId, code: made.code ?? '' }
}
const enter = (who: TestClient, room_id: string, extra: { code?: string; team?: string } = {}) =>
  who.ask({ type: 'join_room', room_id, ...extra }, 'room_joined')

/** A room with its host and a guest in it. */
async function pair(wish: Wish = {}, at = node) {
  const { roomId } = await make(wish)
  const [ann, bob] = [await player(at), await player(at)]
  await enter(ann, roomId)
  const view = await enter(bob, roomId)
  await ann.next('player_joined')
  return { roomId, ann, bob, view }
}
const refusal = async (asked: Promise<unknown>) => {
  const answer = await asked.then(
    value => JSON.stringify(value),
    (error: Error) => error.message,
  )
  return /"code":"(\w+)"/.exec(answer)?.[1] ?? answer
}
const ack = (who: TestClient, message: Parameters<TestClient['ask']>[0]) => who.ask(message, 'ack')

describe('a lobby', () => {
  test('is shown to whoever joins, and to clients that know nothing of it as one more message', async () => {
    const teams = ['red', 'blue']
    const { roomId } = await make({ name: 'den', teams, properties: { map: 'ice' } })
    const ann = await player()
    const shown = { name: 'den', host_id: ann.playerId, properties: { map: 'ice' }, ready: [] }
    const { lobby } = await enter(ann, roomId, { team: 'red' })
    expect(lobby).toMatchObject(shown)
    expect(lobby?.teams).toEqual([
      { team: 'red', player_ids: [ann.playerId] },
      { team: 'blue', player_ids: [] },
    ])
    const plain = await stage.join(node, { environmentId })
    expect(await enter(plain, roomId)).not.toHaveProperty('lobby')
    expect(await plain.next('room_updated')).toMatchObject(shown)
  })

  test('tells everybody who is ready, who is in which team, and what the host has changed', async () => {
    const { roomId, ann, bob, view } = await pair({ teams: ['red', 'blue'] })
    await ack(bob, { type: 'set_ready', ready: true })
    const told = await ann.next('room_updated')
    expect(told).toMatchObject({ ready: [bob.playerId], seq: (view.seq ?? 0) + 1 })
    await ack(bob, { type: 'choose_team', team: 'blue' })
    expect((await ann.next('room_updated')).teams?.[1]?.player_ids).toEqual([bob.playerId])
    const changes = { name: 'new', properties: { map: 'sea' }, locked: true, max_members: 2 }
    await ack(ann, { type: 'set_room', ...changes })
    for (let heard = 0; heard < 2; heard++) await bob.next('room_updated')
    await ann.next('room_updated')
    expect(await bob.next('room_updated')).toMatchObject(changes)
    expect(await refusal(enter(await player(), roomId))).toBe('room_forbidden')
    await bob.ask({ type: 'leave_room' }, 'room_left')
    await ann.next('player_left')
    expect(await ann.next('room_updated')).toMatchObject({ ready: [] })
  })

  test('is changed in the order in which its host says so, and says only what the studio lets stand', async () => {
    const { ann, bob } = await pair()
    const names = ['darn', 'two', null, 'three'] as const
    const asked = names.map(name => ack(ann, { type: 'set_room', name }))
    await Promise.all(asked)
    const told: (string | null)[] = []
    while (told.length < names.length) told.push((await bob.next('room_updated')).name)
    expect(told).toEqual(['****', 'two', null, 'three'])
    expect(await refusal(ack(ann, { type: 'set_room', properties: { say: ['no way'] } }))).toBe(
      'message_refused',
    )
  })

  test('is not changed in words while nobody can say whether they may stand', async () => {
    const { ann } = await pair({ properties: { map: 'ice' } })
    await filter.close()
    expect(await refusal(ack(ann, { type: 'set_room', name: 'new' }))).toBe('unavailable')
    await ack(ann, { type: 'set_room', properties: { map: 'ice', round: 2 } })
    filter = watchWords()
    // It listens as soon as Redis has heard so.
    await expect.poll(() => stage.redis.publish('rooms:said', '{}')).toBe(1)
  })

  test('obeys its host alone', async () => {
    const { ann, bob } = await pair()
    const orders = [
      { type: 'set_room' as const, locked: true },
      { type: 'set_host' as const, player_id: bob.playerId },
      { type: 'kick' as const, player_id: ann.playerId },
      { type: 'ban' as const, player_id: ann.playerId },
      { type: 'unban' as const, player_id: ann.playerId },
    ]
    for (const order of orders) expect(await refusal(ack(bob, order))).toBe('forbidden')
    expect(await refusal(ack(bob, { type: 'choose_team', team: 'green' }))).toBe('invalid_request')
    await ack(ann, { type: 'set_host', player_id: bob.playerId })
    expect(await bob.next('room_updated')).toMatchObject({ host_id: bob.playerId })
    expect(await refusal(ack(ann, orders[0] ?? { type: 'ping' }))).toBe('forbidden')
  })

  test('goes to whoever sits there longest when the host leaves', async () => {
    const { roomId, ann, bob } = await pair()
    const eve = await player()
    await enter(eve, roomId)
    await ann.ask({ type: 'leave_room' }, 'room_left')
    expect(await eve.next('room_updated')).toMatchObject({ host_id: bob.playerId })
    const definition = () => findDefinition(stage.redis, environmentId, roomId)
    await expect.poll(async () => (await definition())?.host_id).toBe(bob.playerId)
  })

  test('does not wait for ever for a host who made it and never came', async () => {
    const { roomId } = await make({ host_id: newPlayer().player_id })
    const ann = await player()
    await enter(ann, roomId)
    expect(await ann.next('room_updated')).toMatchObject({ host_id: ann.playerId })
  })

  test('is no part of rooms that are made by joining them', async () => {
    const ann = await player()
    await enter(ann, 'anything')
    expect(await refusal(ack(ann, { type: 'set_ready', ready: true }))).toBe('not_taken_here')
  })
})

describe('H11: who was put out', () => {
  test.each(['kick', 'ban'] as const)(
    'by a %s stays out: by joining, by resuming, at another node, and after the room has moved',
    async how => {
      const from = await stage.startNode({ roomTickMs: 20 })
      const { roomId, ann, bob, view } = await pair({}, from)
      await ack(ann, { type: how, player_id: bob.playerId })
      expect(await bob.next('room_left')).toMatchObject({
        reason: how === 'kick' ? 'kicked' : 'banned',
      })
      expect(await ann.next('player_left')).toMatchObject({ player_id: bob.playerId })
      const resume = {
        type: 'resume' as const,
        room_id: roomId,
        resume_token: view.resume_token ?? '',
        seq: view.seq ?? 0,
        own_seq: 0,
      }
      expect(await refusal(enter(bob, roomId))).toBe('room_forbidden')
      expect(await refusal(bob.ask(resume, 'resumed'))).toBe('room_forbidden')
      await from.close()
      const back = await again(bob)
      expect(await refusal(enter(back, roomId))).toBe('room_forbidden')
      expect(await refusal(back.ask(resume, 'gap'))).toBe('room_forbidden')
      const host = await again(ann)
      await enter(host, roomId)
      expect(await refusal(enter(back, roomId))).toBe('room_forbidden')
    },
  )

  test('comes back on the host’s invitation after a kick, and not after a ban', async () => {
    const { roomId, ann, bob } = await pair()
    await ack(ann, { type: 'kick', player_id: bob.playerId })
    await ack(ann, { type: 'invite', player_id: bob.playerId })
    expect(await bob.next('room_invited')).toMatchObject({
      room_id: roomId,
      from: { player_id: ann.playerId },
    })
    await enter(bob, roomId)
    await ack(ann, { type: 'ban', player_id: bob.playerId })
    const invitation = { type: 'invite' as const, player_id: bob.playerId }
    expect(await refusal(ack(ann, invitation))).toBe('room_forbidden')
  })

  test('may come again when the host takes a kick or a ban back', async () => {
    const { roomId, ann, bob } = await pair()
    for (const type of ['kick', 'ban'] as const) {
      await ack(ann, { type, player_id: bob.playerId })
      expect(await refusal(enter(bob, roomId))).toBe('room_forbidden')
      await ack(ann, { type: 'unban', player_id: bob.playerId })
      await enter(bob, roomId)
    }
  })
})

describe('H11: a private room', () => {
  test('opens by its code, in any case and with strokes, or by an invitation', async () => {
    const host = newPlayer(environmentId)
    const { roomId, code } = await make({ host_id: host.player_id }, true)
    expect(code).toMatch(/^[2-9A-HJ-NP-Z]{8}$/)
    const ann = await stage.join(node, { holder: host, isModern: true })
    expect((await enter(ann, roomId)).lobby?.code).toBe(code)
    const [bob, eve] = [await player(), await player()]
    expect(await refusal(enter(bob, roomId))).toBe('room_forbidden')
    expect(await refusal(enter(bob, roomId, { code: 'AAAAAAAA' }))).toBe('room_forbidden')
    const typed = `${code.slice(0, 4)}-${code.slice(4)}`.toLowerCase()
    await enter(bob, roomId, { code: typed })
    await ack(bob, { type: 'invite', player_id: eve.playerId })
    await eve.next('room_invited')
    await enter(eve, roomId)
  })

  test('is not where those meet of whom one blocks the other', async () => {
    const { ann } = await pair()
    const eve = await player()
    await circles.block(environmentId, eve.playerId, ann.playerId)
    const invitation = { type: 'invite' as const, player_id: eve.playerId }
    expect(await refusal(ack(ann, invitation))).toBe('not_found')
    expect((await eve.rest()).map(({ type }) => type)).not.toContain('room_invited')
  })

  test('is not opened by trying codes: eleven wrong ones in a minute, and the right one is too late', async () => {
    const { roomId, code } = await make({}, true)
    const eve = await player()
    const tries = Array.from({ length: 12 }, (_, index) =>
      refusal(enter(eve, roomId, { code: `AAAAAA${10 + index}` })),
    )
    expect(new Set((await Promise.all(tries)).slice(10))).toEqual(new Set(['rate_limited']))
    expect(await refusal(enter(eve, roomId, { code }))).toBe('rate_limited')
    await enter(await player(), roomId, { code })
  })

  test('is not joined by an id that was made up', async () => {
    const eve = await player()
    expect(await refusal(enter(eve, mintRoomId()))).toBe('not_found')
    const { roomId } = await make()
    expect(Buffer.from(roomId.slice(3), 'base64url')).toHaveLength(16)
  })
})

test('H12: a socket says nothing to a room that it is not in, and to no name with a wildcard', async () => {
  const { bob } = await pair()
  const eve = await player()
  for (const message of [
    { type: 'send_message' as const, channel: 'room' as const, data: 1 },
    { type: 'set_ready' as const, ready: true },
    { type: 'kick' as const, player_id: bob.playerId },
  ]) {
    expect(await refusal(ack(eve, message))).toBe('not_in_room')
  }
  for (const room_id of ['*', '#', 'room:*', 'chat.>', '>', '../x', '']) {
    expect(await refusal(enter(eve, room_id))).toBe('invalid_request')
  }
  const channel = 'room:*' as 'room'
  expect(await refusal(ack(eve, { type: 'send_message', channel, data: 1 }))).toBe(
    'invalid_request',
  )
  expect((await bob.rest()).filter(({ type }) => type === 'message')).toEqual([])
})

test('H13: a room of one environment is not there in another', async () => {
  const { roomId, ann } = await pair()
  const eve = await stage.join(node, { holder: newPlayer(), isModern: true })
  expect(await refusal(enter(eve, roomId))).toBe('not_found')
  const resume = { type: 'resume' as const, room_id: roomId, resume_token: 'x', seq: 0, own_seq: 0 }
  expect(await refusal(eve.ask(resume, 'gap'))).toBe('not_found')
  expect((await ann.rest()).map(({ type }) => type)).not.toContain('player_joined')
})

describe('the list of rooms', () => {
  const search = () =>
    searchRooms(stage.redis, environmentId, { after: undefined, limit: 100, matches: () => true })
  const listed = async (roomId: string) =>
    (await search()).rooms.find(({ room_id }) => room_id === roomId)

  test('shows who is there, follows the host’s changes, and comes back after Redis forgot everything', async () => {
    const { roomId, ann } = await pair({ is_listed: true, name: 'open', max_members: 8 })
    await expect.poll(() => listed(roomId)).toMatchObject({ members: 2, max_members: 8 })
    await stage.redis.flushall()
    expect(await listed(roomId)).toBeUndefined()
    await expect.poll(() => listed(roomId), { timeout: 10_000 }).toMatchObject({ members: 2 })
    await ack(ann, { type: 'set_room', is_listed: false })
    await expect.poll(() => listed(roomId)).toBeUndefined()
    expect(await findListed(stage.redis, environmentId, roomId)).toMatchObject({ members: 2 })
    // For a moment no room is opened that may be another node's.
    await wait(500)
  })

  test('loses a room when the last has left, and keeps one that was refused to somebody', async () => {
    const { roomId, ann, bob } = await pair({ is_listed: true })
    for (const member of [ann, bob]) await member.ask({ type: 'leave_room' }, 'room_left')
    await expect.poll(() => listed(roomId)).toBeUndefined()
    const eve = await player()
    const other = await make({ is_listed: true, banned: [eve.playerId] })
    expect(await refusal(enter(eve, other.roomId))).toBe('room_forbidden')
    await wait(100)
    expect(await listed(other.roomId)).toMatchObject({ members: 0 })
  })

  test('loses a room that was closed, and so do its members', async () => {
    const { roomId, ann, bob } = await pair({ is_listed: true })
    await closeRoom(stage.redis, environmentId, roomId, {})
    for (const member of [ann, bob]) {
      expect(await member.next('room_left')).toMatchObject({ reason: 'closed' })
    }
    expect(await listed(roomId)).toBeUndefined()
    expect(await refusal(enter(ann, roomId))).toBe('not_found')
  })

  test('loses a room that was closed although its node did not hear it', async () => {
    const { roomId, ann } = await pair()
    await stage.redis.set(`rooms:{${environmentId}}:closed:${roomId}`, '1', 'EX', 60)
    expect(await ann.next('room_left')).toMatchObject({ reason: 'closed' })
  })
})

describe('a room whose node dies', () => {
  test('lets those come back who sat in it, also when it is locked and private, and keeps its host', async () => {
    const { roomId, code } = await make({ properties: { round: 3 } }, true)
    const from = await stage.startNode({ roomTickMs: 20 })
    const [ann, bob] = [await player(from), await player(from)]
    await enter(ann, roomId, { code })
    await enter(bob, roomId, { code })
    await ack(ann, { type: 'set_room', locked: true })
    const seated = async () => (await findDefinition(stage.redis, environmentId, roomId))?.seated
    await expect.poll(async () => (await seated())?.length).toBe(2)
    // As after a kill: nothing is handed over.
    await stage.redis.del(`fleet:node:${from.nodeId}`)
    await stage.redis.set(`fleet:room:${environmentId}:${roomId}`, 'dead')
    const back = await again(bob)
    const { lobby } = await enter(back, roomId)
    expect(lobby).toMatchObject({ host_id: ann.playerId, locked: true, properties: { round: 3 } })
    expect(await refusal(enter(await player(), roomId, { code }))).toBe('room_forbidden')
    // The host does not come back in time.
    expect(await back.next('room_updated')).toMatchObject({ host_id: bob.playerId })
    await from.close()
  })

  test('N14: keeps the seats of those who sat in it, until they had time to come back', async () => {
    const from = await stage.startNode({ roomTickMs: 20 })
    const { roomId, ann, bob } = await pair({ max_members: 2 }, from)
    const seated = async () => (await findDefinition(stage.redis, environmentId, roomId))?.seated
    await expect.poll(async () => (await seated())?.length).toBe(2)
    await stage.redis.del(`fleet:node:${from.nodeId}`)
    await stage.redis.set(`fleet:room:${environmentId}:${roomId}`, 'dead')
    const eve = await player()
    await enter(await again(ann), roomId)
    expect(await refusal(enter(eve, roomId))).toBe('room_full')
    const back = await again(bob)
    await enter(back, roomId)
    await back.ask({ type: 'leave_room' }, 'room_left')
    await enter(eve, roomId)
    await from.close()
  })

  test('N25: takes who is ready and who is in which team along when it is stopped in peace', async () => {
    const from = await stage.startNode({ roomTickMs: 20 })
    const { roomId, ann, bob } = await pair({ teams: ['red'] }, from)
    await ack(bob, { type: 'set_ready', ready: true })
    await ack(ann, { type: 'choose_team', team: 'red' })
    await from.close()
    const { lobby } = await enter(await again(bob), roomId)
    expect(lobby).toMatchObject({ ready: [bob.playerId], host_id: ann.playerId })
    expect(lobby?.teams).toEqual([{ team: 'red', player_ids: [ann.playerId] }])
  })
})
