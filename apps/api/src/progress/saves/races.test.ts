import type { Running } from '@aethex/shared/lifecycle'
import {
  type Answer,
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
} from '@aethex/shared/testing'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { SaveList, SaveWithData, WriteAnswer } from './schema.js'

const stack = inject('stack')
let environment: TestEnvironment
let another: Running
let here: Caller
let there: Caller

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  another = await startAnotherApi(stack)
})
afterAll(() => another.close())
beforeEach(async () => {
  const player = await freshPlayer(environment)
  here = callerOf(stack.api_url, player.headers)
  there = callerOf(another.url, player.headers)
})

const oneOf = (index: number) => (index % 2 ? here : there)
const write = (
  by: Caller,
  data: unknown,
  more: object = {},
  headers: Record<string, string> = {},
) => by('POST', '/saves/me', { save_id: 'slot1', data, ...more }, headers)
const head = async () => SaveWithData.parse((await here('GET', '/saves/me/slot1')).body)
const versions = async () => {
  const answer = await here('GET', '/saves/me/history?save_id=slot1&limit=100')
  return SaveList.parse(answer.body).items.map(save => save.version)
}
const saveOf = (answer: Answer) => WriteAnswer.parse(answer.body).save

test('F2: of fifty parallel writes on one base exactly one is taken, and its bytes are the ones kept', async () => {
  await write(here, 'base')
  const answers = await inParallel(50, index => write(oneOf(index), { index }, { base_version: 1 }))
  expect(tally(answers)).toEqual({ 201: 1, 409: 49 })
  const winner = answers.findIndex(answer => answer.status === 201)
  expect(await head()).toMatchObject({ save: { version: 2 }, data: { index: winner } })
  for (const answer of answers.filter(({ status }) => status === 409)) {
    expect(Object(answer.body).current).toMatchObject({
      save: { version: 2 },
      data: { index: winner },
    })
  }
})

test('F3: of fifty parallel first writes exactly one makes the slot', async () => {
  const answers = await inParallel(50, index => write(oneOf(index), index, { base_version: 0 }))
  expect(tally(answers)).toEqual({ 201: 1, 409: 49 })
  expect((await head()).save.version).toBe(1)
})

test('F2: thirty parallel writes without a base are thirty versions, none lost and none twice', async () => {
  const answers = await inParallel(30, index => write(oneOf(index), { index }))
  expect(tally(answers)).toEqual({ 201: 30 })
  const told = answers.map((answer, index) => ({ version: saveOf(answer).version, index }))
  expect((await versions()).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 30 }, (_, at) => at + 1),
  )
  for (const { version, index } of told) {
    const answer = await here('GET', `/saves/me/slot1?version=${version}`)
    expect(SaveWithData.parse(answer.body).data).toEqual({ index })
  }
})

test('F2: compare-and-set counts: forty devices add one each, and the sum is forty', async () => {
  await write(here, 0)
  const addOne = async (by: Caller) => {
    for (;;) {
      const { save, data } = SaveWithData.parse((await by('GET', '/saves/me/slot1')).body)
      const answer = await write(by, Number(data) + 1, { base_version: save.version })
      if (answer.status === 201) return
      expect(codeOf(answer)).toBe('save_conflict')
    }
  }
  await inParallel(8, async index => {
    for (let turn = 0; turn < 5; turn++) await addOne(oneOf(index))
  })
  expect(await head()).toMatchObject({ save: { version: 41 }, data: 40 })
})

test('F4: a retry with the same Idempotency-Key gets the first answer, and the version moves once', async () => {
  const key = { 'idempotency-key': crypto.randomUUID() }
  const first = await write(here, 'once', {}, key)
  await write(here, 'later')
  const again = await write(there, 'once', {}, key)
  expect([again.status, again.body]).toEqual([201, first.body])
  expect(await versions()).toEqual([2, 1])
  expect((await head()).data).toBe('later')
})

test('F4: the same Idempotency-Key with another body, slot or player id is refused', async () => {
  const key = { 'idempotency-key': 'k' }
  await write(here, 'once', {}, key)
  for (const [data, more] of [
    ['twice', {}],
    ['once', { save_id: 'slot2' }],
  ] as const) {
    const answer = await write(here, data, more, key)
    expect([answer.status, codeOf(answer)]).toEqual([422, 'idempotency_key_reused'])
  }
  expect(await versions()).toEqual([1])
})

test('F4: fifty parallel retries with one key are one version and one answer', async () => {
  const key = { 'idempotency-key': crypto.randomUUID() }
  const answers = await inParallel(50, index => write(oneOf(index), 'once', {}, key))
  expect(tally(answers)).toEqual({ 201: 50 })
  expect(new Set(answers.map(answer => JSON.stringify(answer.body))).size).toBe(1)
  expect(await versions()).toEqual([1])
})

test('F4: a refused write leaves its key free for the corrected retry', async () => {
  const key = { 'idempotency-key': crypto.randomUUID() }
  await write(here, 'base')
  expect(codeOf(await write(here, 'mine', { base_version: 7 }, key))).toBe('save_conflict')
  expect((await write(here, 'mine', { base_version: 1 }, key)).status).toBe(201)
})

test('F4: two players may use the same key', async () => {
  const key = { 'idempotency-key': 'the-same' }
  await write(here, 'mine', {}, key)
  const other = callerOf(stack.api_url, (await freshPlayer(environment)).headers)
  expect((await write(other, 'theirs', {}, key)).status).toBe(201)
  expect(SaveWithData.parse((await other('GET', '/saves/me/slot1')).body).data).toBe('theirs')
})

test.each(['', ' ', 'x'.repeat(256), 'two words', 'ü'])(
  'F4: refuses the Idempotency-Key %j',
  async key => {
    const answer = await write(here, 'once', {}, { 'idempotency-key': key })
    expect(codeOf(answer)).toBe('invalid_request')
  },
)

test('of twenty parallel deletes exactly one ends the slot, with one tombstone', async () => {
  await write(here, 'base')
  const answers = await inParallel(20, index => oneOf(index)('DELETE', '/saves/me/slot1'))
  expect(answers.filter(answer => answer.status === 204)).toHaveLength(1)
  for (const answer of answers) expect([204, 404, 409]).toContain(answer.status)
  expect(await versions()).toEqual([2, 1])
})

test('F4: a deletion that arrives again does not end what was written since', async () => {
  await write(here, 'first life')
  const key = { 'idempotency-key': crypto.randomUUID() }
  const remove = (by: Caller) => by('DELETE', '/saves/me/slot1', undefined, key)
  expect((await remove(here)).status).toBe(204)
  await write(here, 'second life', { base_version: 2 })
  expect((await remove(there)).status).toBe(204)
  expect((await head()).data).toBe('second life')
})

test('F2: conditions of HTTP hold for every way of writing', async () => {
  await write(here, 'first')
  await write(here, 'second')
  const stale = { 'if-match': '"1"' }
  expect(codeOf(await write(here, 'late', {}, stale))).toBe('save_conflict')
  expect(codeOf(await write(here, 'anew', {}, { 'if-none-match': '*' }))).toBe('save_conflict')
  const late = await here('DELETE', '/saves/me/slot1', undefined, stale)
  expect(codeOf(late)).toBe('save_conflict')
  expect((await here('DELETE', '/saves/me/slot1', undefined, { 'if-match': '"2"' })).status).toBe(
    204,
  )
})
