import { type Cloud, createCloud, type MultiplayerEvents, unwrap } from '@aethex/sdk'
import { msgpack } from '@aethex/sdk/msgpack'
import { freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { WebSocket } from 'ws'

/** Players meet in a lobby, as a game lets them: the SDK, the API and a relay node. */

const stack = inject('stack')
const clouds: Cloud[] = []
let environment: TestEnvironment

beforeAll(async () => {
  environment = await freshEnvironment(stack)
})
afterAll(() => {
  for (const cloud of clouds) cloud.close()
})

async function openPlayer() {
  const { publishableKey: apiKey, apiUrl: url } = environment
  const cloud = createCloud({ apiKey, url, WebSocket, codec: msgpack })
  clouds.push(cloud)
  const { user } = unwrap(await cloud.auth.loginAnonymous())
  return { id: user.id, cloud, multiplayer: cloud.multiplayer }
}

const next = <Name extends keyof MultiplayerEvents>(cloud: Cloud, name: Name) =>
  new Promise<MultiplayerEvents[Name][0]>(resolve => {
    const stop = cloud.multiplayer.on(name, (...args: MultiplayerEvents[Name]) => {
      stop()
      resolve(args[0])
    })
  })

const inTime = { timeout: 10_000 }

test('a room is made, found, entered, made ready and ended', async () => {
  const [ann, bob] = [await openPlayer(), await openPlayer()]
  const wish = { name: 'Harbour', maxMembers: 4, isListed: true, teams: ['red', 'blue'] }
  const properties = { map: 'harbour', level: 4 }
  const { room } = unwrap(await ann.multiplayer.rooms.create({ ...wish, properties }))
  unwrap(await ann.multiplayer.joinRoom(room.room_id, { team: 'red' }))
  const query = { name: 'harb', hasFreeSeats: true, properties: { level: { min: 3, max: 5 } } }
  const found = async () => unwrap(await bob.multiplayer.rooms.list(query)).items[0]
  await expect.poll(found, inTime).toMatchObject({ room_id: room.room_id, members: 1 })

  unwrap(await bob.multiplayer.joinRoom(room.room_id))
  const told = next(ann.cloud, 'room_updated')
  unwrap(await bob.multiplayer.setReady(true))
  expect(await told).toMatchObject({ host_id: ann.id, ready: [bob.id] })
  unwrap(await ann.multiplayer.setRoom({ name: 'shit harbour' }))
  await expect.poll(() => bob.multiplayer.getLobby()?.name, inTime).toBe('**** harbour')
  unwrap(await ann.multiplayer.setRoom({ locked: true, properties: { map: 'sea' } }))
  await expect.poll(() => bob.multiplayer.getLobby()?.locked, inTime).toBe(true)
  expect(bob.multiplayer.getLobby()?.teams?.[0]).toEqual({ team: 'red', player_ids: [ann.id] })

  const left = next(bob.cloud, 'room_left')
  unwrap(await ann.multiplayer.rooms.close(room.room_id))
  expect(await left).toEqual({ room_id: room.room_id, reason: 'closed' })
  expect(await bob.multiplayer.joinRoom(room.room_id)).toMatchObject({
    error: { code: 'not_found' },
  })
})

test('H11: a private room lets in by code and invitation, and who is kicked stays out until invited', async () => {
  const [ann, bob, eve] = [await openPlayer(), await openPlayer(), await openPlayer()]
  const { room } = unwrap(await ann.multiplayer.rooms.create({ isPrivate: true, name: 'den' }))
  unwrap(await ann.multiplayer.joinRoom(room.room_id))
  const refused = { success: false, error: { code: 'room_forbidden' } }
  expect(await eve.multiplayer.joinRoom(room.room_id)).toMatchObject(refused)
  unwrap(await bob.multiplayer.rooms.joinByCode(room.code ?? ''))

  const left = next(bob.cloud, 'room_left')
  unwrap(await ann.multiplayer.kick(bob.id))
  expect(await left).toMatchObject({ reason: 'kicked' })
  expect(await bob.multiplayer.rooms.joinByCode(room.code ?? '')).toMatchObject(refused)

  unwrap(await bob.multiplayer.connect())
  const invited = next(bob.cloud, 'invited')
  unwrap(await ann.multiplayer.invite(bob.id))
  expect(await invited).toMatchObject({ room_id: room.room_id, name: 'den' })
  unwrap(await bob.multiplayer.joinRoom(room.room_id))

  unwrap(await ann.multiplayer.ban(bob.id))
  const banned = async () => unwrap(await ann.multiplayer.rooms.get(room.room_id)).room.banned
  await expect.poll(banned, inTime).toEqual([bob.id])
  unwrap(await ann.multiplayer.unban(bob.id))
  unwrap(await bob.multiplayer.rooms.joinByCode(room.code ?? ''))
})

test('a declared state goes from one game to the other', async () => {
  const [ann, bob] = [await openPlayer(), await openPlayer()]
  const stateSchema = { x: { type: 'number', min: 0, max: 100, step: 0.5 } }
  const { room } = unwrap(await ann.multiplayer.rooms.create({ stateSchema }))
  for (const { multiplayer } of [ann, bob]) unwrap(await multiplayer.joinRoom(room.room_id))
  const seen: unknown[] = []
  bob.multiplayer.on('player_state', (id, state, { sent_at }) =>
    seen.push([id, state, typeof sent_at]),
  )
  ann.multiplayer.sendState({ x: 12.3 })
  await expect.poll(() => seen.at(-1), inTime).toEqual([ann.id, { x: 12.5 }, 'number'])
})
