import {
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf } from '../../testing/caller.js'
import { SaveList, SaveWithData, SlotList, WriteAnswer } from './schema.js'

let environment: TestEnvironment
let player: TestPlayer
let api: Caller

beforeAll(async () => {
  environment = await freshEnvironment(inject('stack'))
})

async function takeNewPlayer() {
  player = await freshPlayer(environment)
  api = callerOf(environment.apiUrl, player.headers)
}

type Write = { save_id?: string; data?: unknown; base_version?: number; metadata?: unknown }
const write = (save: Write = {}, by = api, who = 'me') =>
  by('POST', `/saves/${who}`, { save_id: 'slot1', data: { level: 1 }, ...save })
const written = async (save: Write = {}) => WriteAnswer.parse((await write(save)).body).save
const read = (slot = 'slot1', query = '') => api('GET', `/saves/me/${slot}${query}`)
const list = async (query = '') => SlotList.parse((await api('GET', `/saves/me${query}`)).body)
const history = async (query = '') =>
  SaveList.parse((await api('GET', `/saves/me/history?save_id=slot1${query}`)).body)

const aSave = (known: Record<string, unknown>) => ({
  save_id: 'slot1',
  version: 1,
  size: expect.any(Number),
  hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  stored_size: expect.any(Number),
  content_type: 'application/json',
  updated_at: expect.stringMatching(/Z$/),
  metadata: {},
  name: null,
  device: null,
  platform: null,
  client_time: null,
  play_time_seconds: null,
  schema_version: 0,
  thumbnail: null,
  pinned: false,
  base_version: null,
  merged_version: null,
  restored_from: null,
  migrated_from: null,
  deleted: false,
  ...known,
})
const aSlot = (known: Record<string, unknown>) => aSave({ branch_of: null, ...known })

describe('the five endpoints', () => {
  beforeEach(takeNewPlayer)

  test('a write answers 201 with the new version, to the letter', async () => {
    const metadata = { chapter: 'The mill', minutes: 12.5, hard: true, boss: null }
    const answer = await write({ data: { hp: 80 }, metadata })
    expect(answer.status).toBe(201)
    expect(answer.body).toEqual({ save: aSave({ size: 9, metadata }), resolution: null })
  })

  test('an id in capitals is the same player', async () => {
    const saved = await write({ data: { hp: 80 } }, api, player.id.toUpperCase())
    expect(saved.status).toBe(201)
    const answer = await read()
    expect([answer.status, Object(answer.body).data]).toEqual([200, { hp: 80 }])
  })

  test('a read answers 200 with the newest version and its data', async () => {
    await write({ data: { hp: 80 } })
    await write({ data: { hp: 60 } })
    const answer = await read()
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({ save: aSave({ version: 2 }), data: { hp: 60 } })
  })

  test('every write is a version of its own, and each can be read again', async () => {
    for (const level of [1, 2, 3]) expect((await written({ data: { level } })).version).toBe(level)
    for (const version of [1, 2, 3]) {
      const { save, data } = SaveWithData.parse((await read('slot1', `?version=${version}`)).body)
      expect([save.version, data]).toEqual([version, { level: version }])
    }
    expect(codeOf(await read('slot1', '?version=4'))).toBe('not_found')
  })

  test('the list holds the newest version of each slot, by name, without data', async () => {
    for (const save_id of ['zeta', 'alpha', 'alpha', 'mid_2']) await write({ save_id })
    const answer = await api('GET', '/saves/me')
    expect(answer.body).toEqual({
      items: [
        aSlot({ save_id: 'alpha', version: 2 }),
        aSlot({ save_id: 'mid_2' }),
        aSlot({ save_id: 'zeta' }),
      ],
      next_cursor: null,
      usage: { billed_bytes: 33, stored_bytes: expect.any(Number), limit_bytes: 2 ** 30 },
    })
  })

  test('history holds every version, newest first, and pages through them once', async () => {
    for (let turn = 1; turn <= 5; turn++) await write({ data: turn })
    const first = await history('&limit=2')
    // A write between two pages must neither repeat nor hide a version.
    await write({ data: 'in between' })
    const second = await history(`&limit=2&cursor=${first.next_cursor}`)
    const third = await history(`&limit=2&cursor=${second.next_cursor}`)
    const versions = [first, second, third].map(page => page.items.map(save => save.version))
    expect(versions).toEqual([[5, 4], [3, 2], [1]])
    expect(third.next_cursor).toBeNull()
  })

  test('the list pages through every slot once, also when slots come and go in between', async () => {
    for (const save_id of ['a', 'b', 'c', 'd', 'e']) await write({ save_id })
    const first = await list('?limit=2')
    await write({ save_id: 'aa' })
    await api('DELETE', '/saves/me/b')
    const second = await list(`?limit=2&cursor=${first.next_cursor}`)
    const third = await list(`?limit=2&cursor=${second.next_cursor}`)
    const names = [first, second, third].map(page => page.items.map(save => save.save_id))
    expect(names).toEqual([['a', 'b'], ['c', 'd'], ['e']])
  })

  test('a delete answers 204 and the slot is gone from the list and from reads', async () => {
    await write()
    const answer = await api('DELETE', '/saves/me/slot1')
    expect([answer.status, answer.body]).toEqual([204, undefined])
    expect(codeOf(await read())).toBe('not_found')
    expect((await list()).items).toEqual([])
    expect(codeOf(await api('DELETE', '/saves/me/slot1'))).toBe('not_found')
  })

  test('the own id means the same as me', async () => {
    await write({}, api, player.id)
    expect((await api('GET', `/saves/${player.id}/slot1`)).status).toBe(200)
  })
})

describe('versions that meet', () => {
  beforeEach(takeNewPlayer)

  test('refuses a write based on an older version and hands back the newer save', async () => {
    await write({ data: { hp: 80 } })
    await write({ data: { hp: 60 }, base_version: 1 })
    const answer = await write({ data: { hp: 99 }, base_version: 1 })
    expect([answer.status, codeOf(answer)]).toEqual([409, 'save_conflict'])
    expect(Object(answer.body).current).toEqual({
      save: aSave({ version: 2, base_version: 1 }),
      data: { hp: 60 },
    })
    expect(Object(answer.body).ancestor).toEqual({ save: aSave({}), data: { hp: 80 } })
    expect(SaveWithData.parse((await read()).body).save.version).toBe(2)
  })

  test('base_version 0 means that the slot must not exist yet', async () => {
    expect((await write({ base_version: 0 })).status).toBe(201)
    expect(codeOf(await write({ base_version: 0 }))).toBe('save_conflict')
  })

  test('F13: a base from the future is refused, with what there is', async () => {
    expect(Object((await write({ base_version: 5 })).body).current).toBeNull()
    await write()
    for (const base_version of [2, 999_999_999]) {
      expect(codeOf(await write({ base_version }))).toBe('save_conflict')
    }
    for (const base_version of [-1, 1.5, 2_147_483_648, Number.MAX_SAFE_INTEGER]) {
      expect(codeOf(await write({ base_version }))).toBe('invalid_request')
    }
  })

  test('a tombstone is not overwritten by a device that did not know of it', async () => {
    await write({ data: { hp: 80 } })
    await api('DELETE', '/saves/me/slot1')
    const answer = await write({ data: { hp: 81 }, base_version: 1 })
    expect(codeOf(answer)).toBe('save_conflict')
    expect(Object(answer.body).current).toEqual({
      save: aSave({
        version: 2,
        base_version: 1,
        size: 0,
        stored_size: 0,
        hash: null,
        content_type: null,
        deleted: true,
      }),
      data: null,
    })
    expect(codeOf(await read())).toBe('not_found')
    expect(codeOf(await write({ base_version: 0 }))).toBe('save_conflict')
  })

  test('a slot begins again on top of its tombstone, and its history tells all of it', async () => {
    await write({ data: 'first life' })
    await api('DELETE', '/saves/me/slot1?base_version=1')
    expect((await written({ data: 'second life', base_version: 2 })).version).toBe(3)
    const { items } = await history()
    expect(items.map(save => [save.version, save.deleted])).toEqual([
      [3, false],
      [2, true],
      [1, false],
    ])
  })

  test('a delete based on an older version is refused and hands back the newer save', async () => {
    await write()
    await write({ data: 'newer' })
    const answer = await api('DELETE', '/saves/me/slot1?base_version=1')
    expect(codeOf(answer)).toBe('save_conflict')
    expect(Object(answer.body).current).toMatchObject({ save: { version: 2 }, data: 'newer' })
    expect((await read()).status).toBe(200)
  })

  test('an old version is restored by writing its data on top of the newest', async () => {
    await write({ data: { gold: 100 } })
    await write({ data: { gold: 0 } })
    const old = SaveWithData.parse((await read('slot1', '?version=1')).body)
    const restored = await written({ data: old.data, base_version: 2 })
    expect([restored.version, restored.hash]).toEqual([3, old.save.hash])
    expect(SaveWithData.parse((await read()).body).data).toEqual({ gold: 100 })
  })
})

describe('the studio’s server', () => {
  beforeEach(takeNewPlayer)

  const server = () => callerOf(environment.apiUrl, { 'x-api-key': environment.secretKey })

  test('reads, writes and deletes the saves of a player by id', async () => {
    await write({ data: { gold: 1 } })
    const granted = await write({ data: { gold: 500 }, base_version: 1 }, server(), player.id)
    expect(granted.status).toBe(201)
    expect(SaveWithData.parse((await read()).body).data).toEqual({ gold: 500 })
    const seen = await server()('GET', `/saves/${player.id}/slot1`)
    expect(SaveWithData.parse(seen.body).data).toEqual({ gold: 500 })
    expect((await server()('DELETE', `/saves/${player.id}/slot1`)).status).toBe(204)
    expect(codeOf(await read())).toBe('not_found')
  })

  test('has no saves of its own, and none of a player who does not exist', async () => {
    expect(codeOf(await write({}, server()))).toBe('invalid_request')
    expect(codeOf(await write({}, server(), crypto.randomUUID()))).toBe('not_found')
  })

  test('reaches no player of another environment', async () => {
    const stranger = await freshPlayer(await freshEnvironment(inject('stack')))
    await write({}, callerOf(environment.apiUrl, stranger.headers))
    expect(codeOf(await write({}, server(), stranger.id))).toBe('not_found')
    expect(codeOf(await server()('GET', `/saves/${stranger.id}/slot1`))).toBe('not_found')
    for (const path of [`/saves/${stranger.id}`, `/saves/${stranger.id}/history?save_id=slot1`]) {
      expect(codeOf(await server()('GET', path))).toBe('not_found')
    }
  })
})
