import { codeOf, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Caller, callerOf } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { ProjectAnswer, ProjectList } from './schema.js'

const stack = inject('stack')
let environment: TestEnvironment
let stored: Stored
let member: Caller
let path: string

beforeAll(async () => {
  stored = openStored(stack)
  environment = await freshEnvironment(stack)
  member = callerOf(stack.api_url, { authorization: `Bearer ${environment.memberToken}` })
  path = `/studio/organizations/${environment.organizationId}/projects`
})
afterAll(() => stored.close())

const create = (name: string, headers: Record<string, string> = {}) =>
  member('POST', path, { name }, headers)

test('a project is made with a development and a production environment', async () => {
  const answer = await create('Skirmish')
  expect(answer.status).toBe(201)
  expect(answer.body).toEqual({
    project: {
      id: expect.any(String),
      organization_id: environment.organizationId,
      name: 'Skirmish',
      environments: [
        { id: expect.any(String), name: 'development' },
        { id: expect.any(String), name: 'production' },
      ],
      created_at: expect.any(String),
    },
  })
  const { items } = ProjectList.parse((await member('GET', `${path}?limit=100`)).body)
  expect(items).toContainEqual(ProjectAnswer.parse(answer.body).project)
})

test('F4: the same Idempotency-Key makes one project, and another body is refused', async () => {
  const key = { 'idempotency-key': crypto.randomUUID() }
  const [first, again] = [await create('Once', key), await create('Once', key)]
  expect(again.body).toEqual(first.body)
  expect(codeOf(await create('Other', key))).toBe('idempotency_key_reused')
})

test('the list pages through every project once', async () => {
  for (const name of ['A', 'B', 'C']) await create(name)
  const all = ProjectList.parse((await member('GET', `${path}?limit=100`)).body).items
  const seen: unknown[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`
    const page = ProjectList.parse((await member('GET', `${path}?limit=2${query}`)).body)
    seen.push(...page.items)
    cursor = page.next_cursor
  }
  expect(seen).toEqual(all)
})

test('D6: a developer may look, but neither make projects nor keys; a role counts at once', async () => {
  const setRole = (role: string) =>
    stored.rows(
      'UPDATE membership SET role = $2::member_role WHERE organization_id = $1',
      environment.organizationId,
      role,
    )
  const keys = `/studio/environments/${environment.environmentId}/keys`
  const key = { kind: 'secret', name: 'mine' }
  await setRole('developer')
  expect((await member('GET', path)).status).toBe(200)
  expect((await member('GET', keys)).status).toBe(200)
  for (const answer of [await create('No'), await member('POST', keys, key)]) {
    expect([answer.status, codeOf(answer)]).toEqual([403, 'insufficient_scope'])
  }
  await setRole('admin')
  expect((await create('Yes')).status).toBe(201)
  expect((await member('POST', keys, key)).status).toBe(201)
  await setRole('owner')
})

test('making a project is audited in its organisation', async () => {
  const { project } = ProjectAnswer.parse((await create('Audited')).body)
  const rows = await stored.rows(
    'SELECT organization_id, action FROM audit_entry WHERE target = $1',
    project.id,
  )
  expect(rows).toEqual([{ organization_id: environment.organizationId, action: 'projects.create' }])
})
