import { claimRoom } from '@aethex/shared/fleet'
import { createLog } from '@aethex/shared/log'
import { openRedis, type Redis } from '@aethex/shared/redis'
import { findDefinition, isClosed, keepRoom, listedAs } from '@aethex/shared/rooms'
import {
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { callerOf, inParallel } from '../../testing/caller.js'

const stack = inject('stack')
let environment: TestEnvironment
let redis: Redis
let ann: TestPlayer
let bob: TestPlayer

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  redis = openRedis(stack.redis_url, createLog('test', 'silent'))
  ann = await freshPlayer(environment)
  bob = await freshPlayer(environment)
})
afterAll(() => redis.disconnect())

const as = (player: TestPlayer) => callerOf(environment.apiUrl, player.headers)
const server = () => callerOf(environment.apiUrl, { 'x-api-key': environment.secretKey })
const owner = () =>
  callerOf(environment.apiUrl, { authorization: `Bearer ${environment.memberToken}` })

async function make(caller: ReturnType<typeof callerOf>, wish: object = {}) {
  const answer = await caller('POST', '/rooms', wish)
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return Object(answer.body).room
}
const list = async (query = '', caller = as(bob)) => {
  const answer = await caller('GET', `/rooms?${query}`)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return Object(answer.body)
}
const namesOf = ({ items }: { items: { name: string }[] }) => items.map(({ name }) => name)
const refusalOf = async (asked: ReturnType<ReturnType<typeof callerOf>>) => codeOf(await asked)

/** As the relay node does that has the room. */
async function count(roomId: string, members: number) {
  const { environmentId } = environment
  await claimRoom(redis, environmentId, roomId, 'a-node', 15)
  const definition = await findDefinition(redis, environmentId, roomId)
  if (definition === undefined) throw new Error('there is no such room')
  const entry = listedAs(roomId, definition, members, definition.max_members ?? 100)
  expect(await keepRoom(redis, 'a-node', { environmentId, roomId, definition, entry })).toBe('kept')
}

describe('a room', () => {
  test('is made by a player, who is its host, and is found by its id', async () => {
    const wish = { name: 'den', max_members: 4, teams: ['red', 'blue'], properties: { map: 'ice' } }
    const room = await make(as(ann), wish)
    expect(room).toMatchObject({ ...wish, kind: 'relay', members: 0, host_id: ann.id, code: null })
    const read = await as(bob)('GET', `/rooms/${room.room_id}`)
    expect(Object(read.body).room).toEqual({ ...room, banned: null })
  })

  test('H11: has an id of 128 random bits, and one that was made up is not there', async () => {
    const ids = (await inParallel(3, () => make(server()))).map(({ room_id }) => room_id)
    expect(new Set(ids).size).toBe(3)
    for (const id of ids) expect(Buffer.from(id.slice(3), 'base64url')).toHaveLength(16)
    expect(await refusalOf(as(bob)('GET', `/rooms/rm_${'A'.repeat(22)}`))).toBe('not_found')
  })

  describe('of a player', () => {
    const filter = (setting: object) =>
      owner()(
        'PUT',
        `/studio/environments/${environment.environmentId}/settings/chat.filter`,
        setting,
      )
    const wish = {
      name: 'shit happens',
      properties: { map: 'harbour', shit: 1, rules: ['no shit', { level: 3, motto: 'fine' }] },
    }
    const tidy = {
      name: '**** happens',
      properties: { map: 'harbour', shit: 1, rules: ['no ****', { level: 3, motto: 'fine' }] },
    }

    test('H18: says nothing that the studio wants nowhere', async () => {
      expect(await make(as(ann), wish)).toMatchObject(tidy)
      expect(await make(server(), wish)).toMatchObject(wish)
      await filter({ mode: 'refuse' })
      const refused = async () => refusalOf(as(ann)('POST', '/rooms', wish))
      // What was changed counts within a second, and until then every try is one room more.
      await expect.poll(refused, { timeout: 5_000, interval: 300 }).toBe('message_refused')
      await filter({})
    })

    test.each(['\u001b[31mred', 'a\u202eb', 'two\nlines', '\u200b'])(
      'H18: is not called %j',
      async name => {
        expect(await refusalOf(as(ann)('POST', '/rooms', { name }))).toBe('invalid_request')
      },
    )
  })

  test('tells its host and servers who is banned, and nobody else', async () => {
    const room = await make(as(ann))
    const { environmentId } = environment
    const definition = await findDefinition(redis, environmentId, room.room_id)
    if (definition === undefined) throw new Error('there is no such room')
    await claimRoom(redis, environmentId, room.room_id, 'a-node', 15)
    const banned = { ...definition, banned: [bob.id] }
    const record = { environmentId, roomId: room.room_id, definition: banned, entry: undefined }
    await keepRoom(redis, 'a-node', record)
    const read = async (caller: ReturnType<typeof callerOf>) =>
      Object((await caller('GET', `/rooms/${room.room_id}`)).body).room.banned
    expect(await read(as(ann))).toEqual([bob.id])
    expect(await read(server())).toEqual([bob.id])
    expect(await read(as(await freshPlayer(environment)))).toBeNull()
  })

  test('has a host that a server names, or none', async () => {
    expect(await make(server())).toMatchObject({ host_id: null })
    expect(await make(server(), { host_id: ann.id })).toMatchObject({ host_id: ann.id })
    const answer = as(ann)('POST', '/rooms', { host_id: bob.id })
    expect(await refusalOf(answer)).toBe('forbidden')
  })

  test.each([
    ['a kind that is none', { kind: 'No Kind' }],
    ['101 members', { max_members: 101 }],
    ['a team twice', { teams: ['red', 'red'] }],
    ['properties over 4 KiB', { properties: { a: 'x'.repeat(5_000) } }],
    ['states that cannot be packed', { state_schema: { x: { type: 'number', min: 5, max: 1 } } }],
    ['states over 16 KiB', { state_schema: schemaOfTexts(40) }],
  ])('is not made with %s', async (_what, wish) => {
    expect(await refusalOf(server()('POST', '/rooms', wish))).toBe('invalid_request')
  })

  test('is as the studio sets it, whatever players wish', async () => {
    const path = `/studio/environments/${environment.environmentId}/settings/rooms.kinds`
    const written = await owner()('PUT', path, {
      kinds: { arena: { made_by: 'players', max_members: 6, tick_ms: 100 }, raid: {} },
    })
    expect(written.status, JSON.stringify(written.body)).toBe(200)
    const room = await make(as(ann), { kind: 'arena', max_members: 50, tick_ms: 20 })
    expect(room.max_members).toBe(6)
    const definition = await findDefinition(redis, environment.environmentId, room.room_id)
    expect(definition).toMatchObject({ tick_ms: 100, max_members: 6, most_members: 6 })
    for (const kind of ['relay', 'raid', 'toString']) {
      expect(await refusalOf(as(ann)('POST', '/rooms', { kind: kind.toLowerCase() }))).toBe(
        'forbidden',
      )
    }
    await make(server(), { kind: 'raid', max_members: 50 })
    await owner()('PUT', path, {})
  })
})

/** Fields that take a kilobyte each. */
function schemaOfTexts(fields: number) {
  const names = Array.from({ length: fields }, (_, index) => `f${index}`)
  return Object.fromEntries(names.map(name => [name, { type: 'string', max_bytes: 1_024 }]))
}

describe('H11: a private room', () => {
  test('is opened by a code that its host, servers and those who know it are told', async () => {
    const room = await make(as(ann), { is_private: true })
    expect(room).toMatchObject({ is_private: true, code: expect.stringMatching(/^\w{8}$/) })
    const read = async (caller: ReturnType<typeof callerOf>) =>
      Object((await caller('GET', `/rooms/${room.room_id}`)).body).room.code
    expect(await read(as(ann))).toBe(room.code)
    expect(await read(server())).toBe(room.code)
    expect(await read(as(bob))).toBeNull()
    const typed = ` ${room.code.slice(0, 4)}-${room.code.slice(4).toLowerCase()}`
    const found = await as(bob)('POST', '/rooms/join-by-code', { code: typed })
    expect(Object(found.body).room).toMatchObject({ room_id: room.room_id, code: room.code })
  })

  test('is not found by trying codes, one after the other or all at once', async () => {
    const eve = await freshPlayer(environment)
    const room = await make(as(ann), { is_private: true })
    const tries = await inParallel(30, index =>
      as(eve)('POST', '/rooms/join-by-code', { code: `AAAAAA${10 + index}` }),
    )
    expect(tries.filter(({ status }) => status === 404)).toHaveLength(10)
    const late = as(eve)('POST', '/rooms/join-by-code', { code: room.code })
    expect(await refusalOf(late)).toBe('rate_limited')
    for (let times = 0; times < 12; times++) {
      const right = await as(bob)('POST', '/rooms/join-by-code', { code: room.code })
      expect(right.status).toBe(200)
    }
  })
})

describe('the list of rooms', () => {
  test('shows listed rooms alone, the newest first, page by page', async () => {
    const home = await freshEnvironment(stack)
    const player = await freshPlayer(home)
    const caller = callerOf(home.apiUrl, player.headers)
    await make(caller, { name: 'hidden' })
    for (let index = 0; index < 5; index++)
      await make(caller, { name: `r${index}`, is_listed: true })
    const pages: string[][] = []
    let cursor = ''
    do {
      const page = await list(`limit=2${cursor}`, caller)
      pages.push(namesOf(page))
      cursor = page.next_cursor === null ? '' : `&cursor=${page.next_cursor}`
    } while (cursor !== '')
    expect(pages.flat()).toEqual(['r4', 'r3', 'r2', 'r1', 'r0'])
    expect(await refusalOf(caller('GET', '/rooms?cursor=nonsense'))).toBe('invalid_cursor')
  })

  test('shows every room behind hundreds that died', async () => {
    const home = await freshEnvironment(stack)
    const caller = callerOf(home.apiUrl, { 'x-api-key': home.secretKey })
    const living = await inParallel(150, index =>
      make(caller, { name: `r${index}`, is_listed: true }),
    )
    const dead = Array.from({ length: 250 }, (_, index) => [Date.now() + 60_000, `dead${index}`])
    await redis.zadd(`rooms:{${home.environmentId}}:listed`, ...dead.flat())
    const found: string[] = []
    let cursor = ''
    do {
      const page = await list(`limit=100${cursor}`, caller)
      found.push(...page.items.map((room: { room_id: string }) => room.room_id))
      cursor = page.next_cursor === null ? '' : `&cursor=${page.next_cursor}`
    } while (cursor !== '')
    expect(found.toSorted()).toEqual(living.map(room => room.room_id).toSorted())
  })

  test('is forgotten with the last of its rooms, although nobody looks at it', async () => {
    const home = await freshEnvironment(stack)
    await make(callerOf(home.apiUrl, { 'x-api-key': home.secretKey }), { is_listed: true })
    const left = await redis.ttl(`rooms:{${home.environmentId}}:listed`)
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(600)
  })

  test('finds by kind, region, name, free seats and properties', async () => {
    const home = await freshEnvironment(stack)
    const studio = callerOf(home.apiUrl, { 'x-api-key': home.secretKey })
    const here = { ...environment }
    const rooms = [
      { name: 'Alpha', max_members: 2, properties: { mode: 'ctf', level: 3 } },
      { name: 'Beta', kind: 'arena', region: 'eu', properties: { mode: 'ctf', level: 9 } },
      { name: 'Alpine', properties: { mode: 'race' } },
    ]
    for (const room of rooms) await make(studio, { ...room, is_listed: true })
    const find = async (query: string) => namesOf(await list(query, studio)).sort()
    const byProperties = (wish: object) =>
      find(`properties=${encodeURIComponent(JSON.stringify(wish))}`)
    expect(await find('kind=arena')).toEqual(['Beta'])
    expect(await find('region=eu')).toEqual(['Beta'])
    expect(await find('name=alp')).toEqual(['Alpha', 'Alpine'])
    expect(await byProperties({ mode: 'ctf' })).toEqual(['Alpha', 'Beta'])
    expect(await byProperties({ mode: 'ctf', level: { min: 2, max: 5 } })).toEqual(['Alpha'])
    expect(await byProperties({ toString: null })).toEqual([])
    for (const bad of ['[]', '{', '{"a":{"min":"x"}}', '{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1}']) {
      const asked = studio('GET', `/rooms?properties=${encodeURIComponent(bad)}`)
      expect(await refusalOf(asked)).toBe('invalid_request')
    }
    const { items } = await list('name=alpha', studio)
    environment = home
    await count(items[0].room_id, 2)
    environment = here
    expect(await find('name=alpha&has_free_seats=true')).toEqual([])
    expect(await find('name=alpha&has_free_seats=false')).toEqual(['Alpha'])
  })

  test('H13: shows nothing of another environment', async () => {
    const away = await freshEnvironment(stack)
    const stranger = callerOf(away.apiUrl, { 'x-api-key': away.secretKey })
    const room = await make(as(ann), { is_listed: true, is_private: true })
    expect((await list('', stranger)).items).toEqual([])
    for (const method of ['GET', 'DELETE']) {
      expect(await refusalOf(stranger(method, `/rooms/${room.room_id}`))).toBe('not_found')
    }
    const other = callerOf(away.apiUrl, (await freshPlayer(away)).headers)
    const asked = other('POST', '/rooms/join-by-code', { code: room.code })
    expect(await refusalOf(asked)).toBe('not_found')
  })
})

describe('ending a room', () => {
  test.each([
    ['its host', () => as(ann)],
    ['a server', server],
  ])('is done by %s, for good', async (_who, caller) => {
    const room = await make(as(ann), { is_listed: true, is_private: true })
    await count(room.room_id, 1)
    const path = `/rooms/${room.room_id}`
    expect(await refusalOf(as(bob)('DELETE', path))).toBe('not_found')
    expect((await caller()('DELETE', path)).status).toBe(204)
    expect(await refusalOf(caller()('GET', path))).toBe('not_found')
    expect(await isClosed(redis, environment.environmentId, room.room_id)).toBe(true)
    const { items } = await list()
    expect(items.map(({ room_id }: { room_id: string }) => room_id)).not.toContain(room.room_id)
    const asked = as(bob)('POST', '/rooms/join-by-code', { code: room.code })
    expect(await refusalOf(asked)).toBe('not_found')
  })
})
