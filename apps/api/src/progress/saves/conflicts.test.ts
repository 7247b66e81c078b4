import { codeOf, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { SaveList, SaveWithData, SlotList, WriteAnswer } from './schema.js'

let environment: TestEnvironment
let api: Caller

beforeAll(async () => {
  environment = await freshEnvironment(inject('stack'))
})
beforeEach(async () => {
  api = callerOf(environment.apiUrl, (await freshPlayer(environment)).headers)
})

const member = () =>
  callerOf(environment.apiUrl, { authorization: `Bearer ${environment.memberToken}` })
const declare = (setting: object) =>
  member()(
    'PUT',
    `/studio/environments/${environment.environmentId}/settings/saves.conflicts`,
    setting,
  )
const send = (
  data: unknown,
  base_version: number | undefined,
  more: object = {},
  headers: Record<string, string> = {},
) => api('POST', '/saves/me', { save_id: 'slot1', data, base_version, ...more }, headers)
const write = async (...given: Parameters<typeof send>) => {
  const answer = await send(...given)
  expect(answer.status).toBe(201)
  return WriteAnswer.parse(answer.body)
}
const read = async (slot = 'slot1', query = '') =>
  SaveWithData.parse((await api('GET', `/saves/me/${slot}${query}`)).body)
const history = async () =>
  SaveList.parse((await api('GET', '/saves/me/history?save_id=slot1&limit=100')).body).items
const by = (strategy: string, more: object = {}) => ({ on_conflict: { strategy, ...more } })

describe('a write that meets a newer version', () => {
  test('is refused, with the newer one, the one both are made from, and what differs', async () => {
    await write({ gold: 10, hp: 80 }, 0)
    await write({ gold: 30, hp: 80 }, 1)
    const answer = await send({ gold: 25, hp: 60 }, 1)
    expect([answer.status, codeOf(answer)]).toEqual([409, 'save_conflict'])
    expect(answer.body).toMatchObject({
      current: { save: { version: 2 }, data: { gold: 30, hp: 80 } },
      ancestor: { save: { version: 1 }, data: { gold: 10, hp: 80 } },
    })
    const { preview } = Object(answer.body)
    expect(preview).toContainEqual(
      expect.objectContaining({ path: '/gold', base: 10, mine: 25, theirs: 30 }),
    )
    expect(await history()).toHaveLength(2)
  })

  test('newest: the one that was played last becomes the head, the other one stays in the history', async () => {
    await write('base', 0)
    await write('theirs', 1, { client_time: '2026-03-02T12:00:00Z' })
    const late = await write('mine', 1, { client_time: '2026-03-03T12:00:00Z', ...by('newest') })
    expect(late).toMatchObject({
      save: { version: 3, base_version: 2, merged_version: 1 },
      resolution: { strategy: 'newest', outcome: 'mine', met_version: 2 },
    })
    const early = await write('older', 1, { client_time: '2026-03-01T12:00:00Z', ...by('newest') })
    expect(early).toMatchObject({
      save: { version: 5, restored_from: 3 },
      resolution: { outcome: 'theirs', met_version: 3 },
    })
    expect((await read()).data).toBe('mine')
    expect((await read('slot1', '?version=4')).data).toBe('older')
    expect((await read('slot1', '?version=2')).data).toBe('theirs')
  })

  test('F13: a device whose clock says 2099 wins nothing by it', async () => {
    await write('base', 0)
    await write('theirs', 1, { client_time: '2099-01-01T00:00:00Z' })
    const { resolution } = await write('mine', 1, by('newest'))
    expect(resolution?.outcome).toBe('mine')
    expect((await read('slot1', '?version=2')).save.client_time).toBe('2099-01-01T00:00:00.000Z')
  })

  test('longest_play_time: the longer one becomes the head', async () => {
    await write('base', 0, { play_time_seconds: 10 })
    await write('long', 1, { play_time_seconds: 900 })
    const short = await write('short', 1, { play_time_seconds: 100, ...by('longest_play_time') })
    expect(short.resolution?.outcome).toBe('theirs')
    expect(await read()).toMatchObject({ data: 'long', save: { play_time_seconds: 900 } })
  })

  test('keep_both: it goes to a slot of its own, which tells where it came from', async () => {
    await write('base', 0)
    await write('theirs', 1)
    for (const [data, name] of [
      ['mine', 'slot1-laptop'],
      ['another', 'slot1-laptop-2'],
    ]) {
      const kept = await write(data, 1, by('keep_both', { branch: 'laptop' }))
      expect(kept.save).toMatchObject({ save_id: name, version: 1 })
      expect(kept.resolution?.outcome).toBe('branched')
    }
    expect((await read()).data).toBe('theirs')
    expect((await read('slot1-laptop')).data).toBe('mine')
    const { items } = SlotList.parse((await api('GET', '/saves/me')).body)
    expect(items.map(({ save_id, branch_of }) => [save_id, branch_of])).toEqual([
      ['slot1', null],
      ['slot1-laptop', { save_id: 'slot1', version: 1 }],
      ['slot1-laptop-2', { save_id: 'slot1', version: 1 }],
    ])
  })

  test('keep_both works for large documents, which share their bytes with the slot they left', async () => {
    const items = Array.from({ length: 3_000 }, (_, at) => ({ at, code: crypto.randomUUID() }))
    await write(items, 0)
    await write([...items, 'theirs'], 1)
    const { save } = await write([...items, 'mine'], 1, by('keep_both'))
    expect((await read(save.save_id)).data).toEqual([...items, 'mine'])
    await api('DELETE', '/saves/me/slot1')
    expect((await read(save.save_id)).data).toEqual([...items, 'mine'])
  })

  test('a deleted slot is never written to by a strategy', async () => {
    await write('base', 0)
    await api('DELETE', '/saves/me/slot1')
    for (const strategy of ['newest', 'longest_play_time', 'keep_both', 'merge']) {
      const answer = await send('mine', 1, by(strategy))
      expect(codeOf(answer)).toBe('save_conflict')
      expect(Object(answer.body).current.save.deleted).toBe(true)
    }
  })

  test('F4: a strategy is carried out once under an Idempotency-Key, and answered alike again', async () => {
    await write({ n: 1 }, 0)
    await write({ n: 2 }, 1)
    const key = { 'idempotency-key': crypto.randomUUID() }
    const answers = await inParallel(8, () => send({ n: 3 }, 1, by('newest'), key))
    expect(tally(answers)).toEqual({ 201: 8 })
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(await history()).toHaveLength(3)
  })
})

describe('merging by declared rules', () => {
  const rules = {
    fields: [
      { path: '/gold', rule: 'sum' },
      { path: '/best', rule: 'min' },
      { path: '/level', rule: 'max' },
      { path: '/badges', rule: 'union' },
      { path: '/place', rule: 'last_writer' },
      { path: '/hero', rule: 'ask' },
    ],
  }
  const base = { gold: 10, best: 90, level: 3, badges: ['a'], place: 'mill', hero: 'Ada' }

  test('brings both sides together, field by field', async () => {
    expect((await declare({ strategy: 'merge', rules })).status).toBe(200)
    await write(base, 0)
    await write({ ...base, gold: 15, best: 80, badges: ['a', 'b'], place: 'cave' }, 1)
    const mine = { ...base, gold: 7, best: 85, level: 5, badges: ['a', 'c'] }
    const { save, resolution } = await write(mine, 1)
    expect(save).toMatchObject({ version: 3, base_version: 2, merged_version: 1 })
    expect(resolution).toMatchObject({ strategy: 'merge', outcome: 'merged' })
    const { data } = await read()
    expect(data).toMatchObject({ gold: 12, best: 80, level: 5, place: 'cave', hero: 'Ada' })
    expect(Object(data).badges.toSorted()).toEqual(['a', 'b', 'c'])
  })

  test('refuses with the preview when a field has to be asked for', async () => {
    await write(base, 0)
    await write({ ...base, hero: 'Bea' }, 1)
    const answer = await send({ ...base, hero: 'Cid', gold: 11 }, 1)
    expect(codeOf(answer)).toBe('save_conflict')
    expect(Object(answer.body).preview).toContainEqual(
      expect.objectContaining({ path: '/hero', mine: 'Cid', theirs: 'Bea', outcome: 'ask' }),
    )
  })

  test('twenty devices that add one each at once lose none of it', async () => {
    await write({ gold: 0 }, 0)
    const answers = await inParallel(20, () => send({ gold: 1 }, 1))
    // A slot that everybody writes at once may refuse after eight meetings: then the device tries again.
    let refused = answers.filter(({ status }) => status === 409).length
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true)
    while (refused > 0) if ((await send({ gold: 1 }, 1)).status === 201) refused -= 1
    expect((await read()).data).toEqual({ gold: 20 })
  })

  test('rules of a slot go before those of all, and those that make no sense are refused', async () => {
    const slots = [{ slot: 'arena-*', strategy: 'newest' }]
    expect((await declare({ strategy: 'merge', rules, slots })).status).toBe(200)
    await write('base', 0, { save_id: 'arena-1' })
    await write('theirs', 1, { save_id: 'arena-1' })
    const { resolution } = await write('mine', 1, { save_id: 'arena-1' })
    expect(resolution?.strategy).toBe('newest')
    const bad = { rules: { fields: [{ path: '/a', rule: 'max', key: 'id' }] } }
    expect(codeOf(await declare(bad))).toBe('invalid_request')
  })
})
