import { codeOf, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'

const stack = inject('stack')
let stored: Stored
let environment: TestEnvironment
let studio: Caller
let path: string

beforeAll(async () => {
  stored = openStored(stack)
  environment = await freshEnvironment(stack)
  studio = callerOf(environment.apiUrl, { authorization: `Bearer ${environment.memberToken}` })
  path = `/studio/environments/${environment.environmentId}/settings/age.gate`
})
afterAll(() => stored.close())

test('the audit log says which fields of a setting were changed, and by whom', async () => {
  await studio('PUT', path, { enabled: true })
  await studio('PUT', path, { enabled: true, child_below: 16 })
  const rows = await stored.rows(
    "SELECT actor_kind, details FROM audit_entry WHERE environment_id = $1 AND action = 'settings.write' ORDER BY id",
    environment.environmentId,
  )
  expect(rows).toEqual([
    { actor_kind: 'member', details: { version: 1, changed: ['enabled'] } },
    { actor_kind: 'member', details: { version: 2, changed: ['child_below'] } },
  ])
})

test('of ten writes on top of one version one is made', async () => {
  const { setting } = Object((await studio('GET', path)).body)
  const condition = { 'if-match': `"${setting.version}"` }
  const answers = await inParallel(10, index =>
    studio('PUT', path, { child_below: 13 + (index % 5) }, condition),
  )
  expect(tally(answers)).toEqual({ 200: 1, 412: 9 })
})

test('a field that there is not, and a setting that there is not, are refused', async () => {
  expect(codeOf(await studio('PUT', path, { enabled: true, adults: true }))).toBe('invalid_request')
  const other = path.replace('age.gate', 'age.nothing')
  expect((await studio('GET', other)).status).toBe(404)
})
