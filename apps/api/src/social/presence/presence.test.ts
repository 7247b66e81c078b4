import { PlayerNews } from '@aethex/shared/bus'
import { createLog } from '@aethex/shared/log'
import { type ChosenStatus, notePresence, readCircle, wantCircle } from '@aethex/shared/presence'
import { openRedis, type Redis } from '@aethex/shared/redis'
import {
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { callerOf } from '../../testing/caller.js'

const stack = inject('stack')
let environment: TestEnvironment
let redis: Redis
let ann: TestPlayer
let bob: TestPlayer

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  redis = openRedis(stack.redis_url, createLog('test', 'silent'))
})
afterAll(() => redis.disconnect())
beforeEach(async () => {
  ann = await freshPlayer(environment)
  bob = await freshPlayer(environment)
})

const as = (player: TestPlayer) => callerOf(environment.apiUrl, player.headers)
const server = () => callerOf(environment.apiUrl, { 'x-api-key': environment.secretKey })
const ask = (one: TestPlayer, other: TestPlayer) =>
  as(one)('POST', '/friends/requests', { user_id: other.id })
const befriend = async () => {
  await ask(ann, bob)
  await ask(bob, ann)
}
/** As a relay node does for a player whose socket it has. */
const isThere = (
  player: TestPlayer,
  chosen?: Partial<ChosenStatus>,
  roomId: string | null = null,
) =>
  notePresence(redis, {
    environmentId: environment.environmentId,
    playerId: player.id,
    nodeId: 'a-node',
    leaseMs: 20_000,
    roomId,
    ...(chosen === undefined
      ? {}
      : {
          chosen: {
            at: 'new' as const,
            value: { status: 'online', text: null, details: null, show_room: false, ...chosen },
          },
        }),
  })
const seenBy = async (caller: ReturnType<typeof callerOf>, ...players: { id: string }[]) => {
  const ids = players.map(({ id }) => id).join(',')
  const answer = await caller('GET', `/presence?user_ids=${ids}`)
  expect(answer.status).toBe(200)
  return Object(answer.body).items
}
const offline = {
  status: 'offline',
  text: null,
  details: null,
  room_id: null,
  last_seen_at: null,
}

describe('presence', () => {
  test('of friends is shown, and of nobody else', async () => {
    const stranger = await freshPlayer(environment)
    await befriend()
    expect(await seenBy(as(ann), bob)).toEqual([{ user_id: bob.id, ...offline }])
    const shown = { status: 'busy', text: 'raiding', details: { mode: 'raid' } } as const
    await isThere(bob, { ...shown, show_room: true }, 'den')
    await isThere(stranger)
    expect(await seenBy(as(ann), bob, stranger, { id: crypto.randomUUID() })).toEqual([
      { user_id: bob.id, ...offline, ...shown, room_id: 'den' },
    ])
    await as(bob)('DELETE', `/friends/${ann.id}`)
    expect(await seenBy(as(ann), bob)).toEqual([])
  })

  test('G11: of whoever is invisible looks like that of whoever is gone; a server knows', async () => {
    await befriend()
    await isThere(bob, { status: 'invisible', text: 'hush' }, 'den')
    const gone = { ...offline, last_seen_at: expect.any(String) }
    expect(await seenBy(as(ann), bob)).toEqual([{ user_id: bob.id, ...gone }])
    const known = { status: 'invisible', text: 'hush', room_id: 'den' }
    expect(await seenBy(as(bob), bob)).toMatchObject([known])
    expect(await seenBy(server(), bob, ann)).toMatchObject([known, offline])
  })

  test('G11: of players elsewhere is nothing that a server learns', async () => {
    await isThere(bob)
    const away = await freshEnvironment(stack)
    const theirs = callerOf(away.apiUrl, { 'x-api-key': away.secretKey })
    expect(await seenBy(theirs, bob)).toMatchObject([offline])
  })

  test('is asked for with ids, a hundred at most', async () => {
    const many = Array.from({ length: 101 }, () => crypto.randomUUID()).join(',')
    for (const ids of ['', 'me', `${ann.id},`, many]) {
      expect(codeOf(await as(ann)('GET', `/presence?user_ids=${ids}`))).toBe('invalid_request')
    }
    expect(codeOf(await as(ann)('GET', '/presence'))).toBe('invalid_request')
  })
})

describe('what relays know of a player', () => {
  const circleOf = async ({ id }: TestPlayer) => {
    const { environmentId } = environment
    await wantCircle(redis, environmentId, id)
    await expect.poll(() => readCircle(redis, environmentId, id)).toBeDefined()
    return readCircle(redis, environmentId, id)
  }

  test('is told when they want it, and forgotten with every change', async () => {
    expect(await circleOf(ann)).toEqual({ friends: [], apart: [] })
    await befriend()
    await expect.poll(() => circleOf(ann)).toEqual({ friends: [bob.id], apart: [] })
    await as(bob)('PUT', `/blocks/${ann.id}`)
    await expect.poll(() => circleOf(ann)).toEqual({ friends: [], apart: [bob.id] })
    await expect.poll(() => circleOf(bob)).toEqual({ friends: [], apart: [ann.id] })
    await as(bob)('DELETE', `/blocks/${ann.id}`)
    await expect.poll(() => circleOf(ann)).toEqual({ friends: [], apart: [] })
  })
})

describe('news', () => {
  test('of requests, friends and their end reaches those whom it concerns', async () => {
    const heard: [string, string, string][] = []
    const ears = openRedis(stack.redis_url, createLog('test', 'silent'))
    ears.on('message', (_channel, text: string) => {
      const { topic, payload } = PlayerNews.parse(JSON.parse(text))
      if ('friend' in payload) heard.push([topic, payload.player_id, payload.friend.username])
    })
    await ears.subscribe(...[ann, bob].map(({ id }) => `news:${environment.environmentId}:${id}`))
    await ask(ann, bob)
    await as(bob)('POST', `/friends/requests/${ann.id}/accept`)
    await as(ann)('DELETE', `/friends/${bob.id}`)
    await as(bob)('PUT', `/blocks/${ann.id}`)
    await ask(ann, bob)
    await expect
      .poll(() => heard)
      .toEqual([
        ['friend.requested', bob.id, ann.username],
        ['friend.added', bob.id, ann.username],
        ['friend.added', ann.id, bob.username],
        ['friend.removed', ann.id, bob.username],
        ['friend.removed', bob.id, ann.username],
      ])
    ears.disconnect()
  })
})
