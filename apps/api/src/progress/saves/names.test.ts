import { codeOf, freshEnvironment, freshPlayer } from '@aethex/shared/testing'
import { beforeAll, expect, inject, test } from 'vitest'
import { type Caller, callerOf } from '../../testing/caller.js'
import { SaveWithData } from './schema.js'

let api: Caller

beforeAll(async () => {
  const environment = await freshEnvironment(inject('stack'))
  api = callerOf(environment.apiUrl, (await freshPlayer(environment)).headers)
})

const write = (save: { save_id?: string; data?: unknown; metadata?: unknown }) =>
  api('POST', '/saves/me', { save_id: 'slot1', data: { level: 1 }, ...save })
const read = (slot: string, query = '') => api('GET', `/saves/me/${slot}${query}`)

test.each([
  '../x',
  'a/b',
  '..%2f',
  '.',
  '',
  'CON',
  'Slot1',
  'slot 1',
  'x'.repeat(65),
  'caf\u00e9',
  'cafe\u0301',
  '\u202eabc',
  'a\nb',
  'slot1.json',
  'history',
])('F1: %j is no slot name', async save_id => {
  expect(codeOf(await write({ save_id }))).toBe('invalid_request')
  const answer = await read(
    encodeURIComponent(save_id) || '%20',
    save_id === 'history' ? '?x=1' : '',
  )
  expect([400, 404]).toContain(answer.status)
})

test.each(['a', '0', '-', '_', 'x'.repeat(64), 'historyx', 'con', 'me'])(
  'F1: %s is a slot name',
  async save_id => {
    expect((await write({ save_id, data: save_id })).status).toBe(201)
    expect(SaveWithData.parse((await read(save_id)).body).data).toBe(save_id)
  },
)

test.each([
  ['nested values', { a: { b: 1 } }],
  ['a list', { a: [1] }],
  ['a value of 257 characters', { a: 'x'.repeat(257) }],
  ['a key of 65 characters', { ['k'.repeat(65)]: 1 }],
  ['33 entries', Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`k${at}`, at]))],
  ['a text', 'chapter 1'],
])('metadata with %s is refused', async (_what, metadata) => {
  expect(codeOf(await write({ save_id: 'meta', metadata }))).toBe('invalid_request')
  expect(codeOf(await read('meta'))).toBe('not_found')
})

test.each(['a\0b', '\ud800'])('A15: %j is refused in data and in metadata', async text => {
  expect(codeOf(await write({ data: { deep: [text] } }))).toBe('invalid_text')
  expect(codeOf(await write({ metadata: { [text]: 1 } }))).toBe('invalid_text')
})

test.each(['limit=0', 'limit=101', 'limit=1e9', 'limit=-1', 'limit=1.5'])(
  'D11: ?%s is refused',
  async query => {
    expect(codeOf(await api('GET', `/saves/me?${query}`))).toBe('invalid_request')
    expect(codeOf(await api('GET', `/saves/me/history?save_id=slot1&${query}`))).toBe(
      'invalid_request',
    )
  },
)

test.each(['"a\\u0000"', '"a\\ud800"', '"../x"', '{}', 'null', '-1e99', '1.5', '"5"x', '[1,2]'])(
  'D11: a cursor of %s is refused',
  async text => {
    const cursor = Buffer.from(text).toString('base64url')
    const answers = [
      await api('GET', `/saves/me?cursor=${cursor}`),
      await api('GET', `/saves/me/history?save_id=slot1&cursor=${cursor}`),
    ]
    for (const answer of answers)
      expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_cursor'])
  },
)
