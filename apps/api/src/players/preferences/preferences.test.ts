import { codeOf, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'

let environment: TestEnvironment
let studio: Caller

beforeAll(async () => {
  environment = await freshEnvironment(inject('stack'))
  studio = callerOf(environment.apiUrl, { authorization: `Bearer ${environment.memberToken}` })
})

const freshCaller = async () =>
  callerOf(environment.apiUrl, (await freshPlayer(environment)).headers)

describe('preferences', () => {
  test('are empty at version 0, then what was written, with the version as the ETag', async () => {
    const api = await freshCaller()
    const empty = await api('GET', '/auth/preferences')
    expect(empty.body).toEqual({ preferences: {}, version: 0, updated_at: null })
    const written = await api('PUT', '/auth/preferences', { volume: 0.5, keys: ['w', 'a'] })
    expect([written.status, written.headers.get('etag')]).toEqual([200, '"1"'])
    expect((await api('GET', '/auth/preferences')).body).toEqual(written.body)
  })

  test('of twenty parallel writes of one version exactly one is made', async () => {
    const api = await freshCaller()
    await api('PUT', '/auth/preferences', { n: 0 })
    const answers = await inParallel(20, n =>
      api('PUT', '/auth/preferences', { n }, { 'if-match': '"1"' }),
    )
    expect(tally(answers)).toEqual({ 200: 1, 412: 19 })
  })

  test('of twenty parallel first writes with If-None-Match exactly one is made', async () => {
    const api = await freshCaller()
    const answers = await inParallel(20, n =>
      api('PUT', '/auth/preferences', { n }, { 'if-none-match': '*' }),
    )
    expect(tally(answers)).toEqual({ 200: 1, 412: 19 })
  })

  test('of another version are not overwritten', async () => {
    const api = await freshCaller()
    await api('PUT', '/auth/preferences', { kept: true })
    const late = await api('PUT', '/auth/preferences', {}, { 'if-match': '"7"' })
    expect([late.status, codeOf(late)]).toEqual([412, 'version_mismatch'])
    expect((await api('GET', '/auth/preferences')).body).toMatchObject({
      preferences: { kept: true },
    })
  })
})

describe('a shape that the studio declares', () => {
  const path = () =>
    `/studio/environments/${environment.environmentId}/settings/profiles.preferences`

  test('is kept by every write from then on', async () => {
    const schema = {
      type: 'object',
      properties: { volume: { type: 'number', minimum: 0, maximum: 1 } },
      additionalProperties: false,
    }
    expect((await studio('PUT', path(), { schema })).status).toBe(200)
    const api = await freshCaller()
    expect((await api('PUT', '/auth/preferences', { volume: 1 })).status).toBe(200)
    const refused = await api('PUT', '/auth/preferences', { volume: 11 })
    expect([refused.status, codeOf(refused)]).toEqual([400, 'invalid_request'])
    expect((await studio('PUT', path(), {})).status).toBe(200)
  })

  test.each([
    ['a pattern', { properties: { a: { type: 'string', pattern: '(a+)+$' } } }],
    ['a reference', { $ref: '#/definitions/a' }],
    ['no schema at all', { type: 'nonsense' }],
  ])('E11: that holds %s is refused', async (_what, schema) => {
    const refused = await studio('PUT', path(), { schema })
    expect([refused.status, codeOf(refused)]).toEqual([400, 'invalid_request'])
  })
})
