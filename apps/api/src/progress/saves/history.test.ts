import type { Running } from '@aethex/shared/lifecycle'
import {
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { openStored } from '../../testing/stored.js'
import { Difference, SaveAnswer, SaveList, SaveWithData, WriteAnswer } from './schema.js'

const stack = inject('stack')
const stored = openStored(stack)
const dayMs = 86_400_000
let environment: TestEnvironment
let api: Caller
let player: TestPlayer
/** The studio's server, at an API whose clock runs ahead. */
let later: Caller
let ahead = 0
let another: Running

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  another = await startAnotherApi(stack, {}, { now: () => new Date(Date.now() + ahead) })
  later = callerOf(another.url, { 'x-api-key': environment.secretKey })
})
afterAll(async () => {
  await another.close()
  await stored.close()
})
beforeEach(async () => {
  ahead = 0
  player = await freshPlayer(environment)
  api = callerOf(stack.api_url, player.headers)
})

const write = async (data: unknown, more: object = {}) => {
  const answer = await api('POST', '/saves/me', { save_id: 'slot1', data, ...more })
  return WriteAnswer.parse(answer.body).save
}
const read = async (query = '') => api('GET', `/saves/me/slot1${query}`)
const dataOf = async (query = '') => SaveWithData.parse((await read(query)).body).data
const versions = async () => {
  const answer = await api('GET', '/saves/me/history?save_id=slot1&limit=100')
  return SaveList.parse(answer.body).items.map(({ version }) => version)
}
const restore = (body: object, headers: Record<string, string> = {}) =>
  api('POST', '/saves/me/slot1/restore', body, headers)
const undelete = (by = api, who = 'me') => by('POST', `/saves/${who}/slot1/undelete`)
const remove = () => api('DELETE', '/saves/me/slot1')

describe('restoring', () => {
  test('makes an older version the newest, as a new version that stores nothing anew', async () => {
    await write({ gold: 100 }, { name: 'Rich', play_time_seconds: 60 })
    await write({ gold: 0 })
    const answer = await restore({ version: 1 })
    expect(answer.status).toBe(201)
    expect(WriteAnswer.parse(answer.body).save).toMatchObject({
      version: 3,
      base_version: 2,
      restored_from: 1,
      stored_size: 0,
      name: 'Rich',
      play_time_seconds: 60,
    })
    expect(await dataOf()).toEqual({ gold: 100 })
    expect(await versions()).toEqual([3, 2, 1])
  })

  test('over a base that is not the head any more it is refused, with the head', async () => {
    await write('first')
    await write('second')
    await write('third')
    const answer = await restore({ version: 1, base_version: 2 })
    expect(codeOf(answer)).toBe('save_conflict')
    expect(Object(answer.body).current).toMatchObject({ save: { version: 3 }, data: 'third' })
  })

  test('F4: is carried out once under its Idempotency-Key', async () => {
    await write('first')
    await write('second')
    const key = { 'idempotency-key': crypto.randomUUID() }
    const answers = await inParallel(5, () => restore({ version: 1 }, key))
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(await versions()).toEqual([3, 2, 1])
  })

  test('of a version that never was answers 404', async () => {
    await write('only')
    expect(codeOf(await restore({ version: 2 }))).toBe('not_found')
  })
})

describe('deleting and bringing back', () => {
  test('F12: no version of a deleted slot can be read, restored, pinned or compared', async () => {
    await write('first')
    await write('second')
    await remove()
    for (const query of ['', '?version=1', '?version=2']) {
      expect(codeOf(await read(query))).toBe('not_found')
    }
    expect(codeOf(await restore({ version: 1 }))).toBe('not_found')
    expect(codeOf(await api('PUT', '/saves/me/slot1/versions/1/pin'))).toBe('not_found')
    expect(codeOf(await api('GET', '/saves/me/slot1/diff?from=1&to=2'))).toBe('not_found')
    expect(codeOf(await api('GET', '/saves/me/slot1/thumbnail?version=1'))).toBe('not_found')
  })

  test('what is told of a deleted slot is its tombstone, which the next write names', async () => {
    await write('first')
    await remove()
    expect(Object((await read()).body).tombstone).toMatchObject({ version: 2 })
    const blind = await api('POST', '/saves/me', { save_id: 'slot1', data: 'resurrected' })
    expect(codeOf(blind)).toBe('save_conflict')
    expect((await write('anew', { base_version: 2 })).version).toBe(3)
  })

  test('a slot comes back as it was, as a new version, once', async () => {
    await write('first')
    await write('second')
    await remove()
    const answers = await inParallel(4, () => undelete())
    expect(tally(answers)[201]).toBe(1)
    expect(await dataOf()).toBe('second')
    expect(await versions()).toEqual([4, 3, 2, 1])
    expect(await dataOf('?version=1')).toBe('first')
    expect(codeOf(await undelete())).toBe('not_found')
  })

  test('F4: a key that has brought a slot back answers alike when it comes again', async () => {
    await write('first')
    await remove()
    const key = { 'idempotency-key': crypto.randomUUID() }
    const again = () => api('POST', '/saves/me/slot1/undelete', undefined, key)
    const first = await again()
    expect(first.status).toBe(201)
    expect((await again()).body).toEqual(first.body)
  })

  test('after the days that the tier keeps it, nothing comes back', async () => {
    await write('first')
    await remove()
    ahead = 8 * dayMs
    expect(codeOf(await undelete(later, player.id))).toBe('not_found')
    ahead = 6 * dayMs
    expect((await undelete(later, player.id)).status).toBe(201)
  })
})

describe('pins', () => {
  const pin = (version: number) => api('PUT', `/saves/me/slot1/versions/${version}/pin`)

  test('a version is pinned and left again, and both may be said twice', async () => {
    await write('first')
    for (const _ of [1, 2]) expect(SaveAnswer.parse((await pin(1)).body).save.pinned).toBe(true)
    for (const _ of [1, 2]) {
      const answer = await api('DELETE', '/saves/me/slot1/versions/1/pin')
      expect(SaveAnswer.parse(answer.body).save.pinned).toBe(false)
    }
    expect(codeOf(await pin(2))).toBe('not_found')
  })

  test('of ten at once as many are pinned as the tier allows', async () => {
    for (let turn = 1; turn <= 7; turn++) await write(turn)
    const answers = await inParallel(7, index => pin(index + 1))
    expect(tally(answers)).toEqual({ 200: 3, 409: 4 })
  })
})

describe('what has changed', () => {
  test('from one document to another is a JSON Patch', async () => {
    await write({ gold: 1, bag: ['rope'] })
    await write({ gold: 5, bag: ['rope', 'key'] })
    const answer = await api('GET', '/saves/me/slot1/diff?from=1&to=2')
    const { patch, ranges } = Difference.parse(answer.body)
    expect(ranges).toBeNull()
    expect(patch).toEqual(
      expect.arrayContaining([
        { op: 'replace', path: '/gold', value: 5 },
        { op: 'add', path: '/bag/1', value: 'key' },
      ]),
    )
  })
})

describe('a history that is thinned', () => {
  test('the last versions and the pinned ones stay, the bytes of the others go', async () => {
    await write('pinned')
    await api('PUT', '/saves/me/slot1/versions/1/pin')
    for (let turn = 2; turn <= 23; turn++) await write({ turn })
    expect(await versions()).toHaveLength(23)
    ahead = 1.5 * 3_600_000
    const last = { save_id: 'slot1', data: { turn: 24 } }
    expect((await later('POST', `/saves/${player.id}`, last)).status).toBe(201)
    // The newest of the hour in which they were made is among the last ten.
    const kept = [24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 1]
    await expect.poll(versions, { timeout: 10_000 }).toEqual(kept)
    expect(await dataOf('?version=1')).toBe('pinned')
    expect(codeOf(await read('?version=2'))).toBe('not_found')
    const [row] = await stored.rows(
      `SELECT u.kept_bytes, count(*)::int AS packs, sum(p.stored_size)::bigint AS bytes FROM save_usage u
       JOIN save_pack p USING (environment_id, player_id) WHERE player_id = $1 GROUP BY u.kept_bytes`,
      player.id,
    )
    expect(row?.packs).toBe(11)
    expect(row?.kept_bytes).toEqual(row?.bytes)
  })
})
