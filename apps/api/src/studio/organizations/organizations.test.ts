import { codeOf } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { OrganizationAnswer, OrganizationList } from './schema.js'

const stack = inject('stack')
let stored: Stored
let memberId: string
let grace: Caller

beforeAll(async () => {
  stored = openStored(stack)
  const answer = await callerOf(stack.api_url)('POST', '/studio/signup', {
    email: `${crypto.randomUUID()}@studio.example`,
    password: 'a long studio password',
    name: 'Grace',
  })
  const { member, session } = Object(answer.body)
  memberId = member.id
  grace = callerOf(stack.api_url, { authorization: `Bearer ${session.access_token}` })
})
afterAll(() => stored.close())

const found = async (name: string) => {
  const answer = await grace('POST', '/studio/organizations', { name })
  expect(answer.status).toBe(201)
  return OrganizationAnswer.parse(answer.body).organization
}
const list = async (query = '') =>
  OrganizationList.parse((await grace('GET', `/studio/organizations${query}`)).body)

test('founding answers 201 with the organisation, its founder as the owner', async () => {
  const answer = await grace('POST', '/studio/organizations', { name: 'Night Owl Games' })
  expect(answer.body).toEqual({
    organization: {
      id: expect.any(String),
      name: 'Night Owl Games',
      role: 'owner',
      mfa_required: false,
      created_at: expect.any(String),
    },
  })
})

test('the list pages through all of them once, also while new ones are founded', async () => {
  for (const name of ['A', 'B', 'C', 'D', 'E']) await found(name)
  const all = (await list('?limit=100')).items.map(item => item.id)
  const seen: string[] = []
  let query = '?limit=2'
  for (;;) {
    const page = await list(query)
    seen.push(...page.items.map(item => item.id))
    if (page.next_cursor === null || seen.length >= all.length) break
    await found('in between')
    query = `?limit=2&cursor=${page.next_cursor}`
  }
  expect(seen.slice(0, all.length)).toEqual(all)
})

test('F4: twenty parallel retries with one Idempotency-Key found one organisation', async () => {
  const key = { 'idempotency-key': crypto.randomUUID() }
  const answers = await inParallel(20, () =>
    grace('POST', '/studio/organizations', { name: 'Once' }, key),
  )
  expect(tally(answers)).toEqual({ 201: 20 })
  expect(new Set(answers.map(answer => JSON.stringify(answer.body))).size).toBe(1)
  const other = await grace('POST', '/studio/organizations', { name: 'Twice' }, key)
  expect([other.status, codeOf(other)]).toEqual([422, 'idempotency_key_reused'])
  const named = (await list('?limit=100')).items.filter(({ name }) => name === 'Once')
  expect(named).toHaveLength(1)
})

test('founding is audited', async () => {
  const { id } = await found('Audited')
  const rows = await stored.rows(
    'SELECT actor_kind, actor_id, action FROM audit_entry WHERE organization_id = $1',
    id,
  )
  expect(rows).toEqual([
    { actor_kind: 'member', actor_id: memberId, action: 'organizations.create' },
  ])
})

test('D6: a member who was removed gets 404 on the very next call', async () => {
  const { id } = await found('Left')
  const projects = `/studio/organizations/${id}/projects`
  expect((await grace('GET', projects)).status).toBe(200)
  await stored.rows('DELETE FROM membership WHERE organization_id = $1', id)
  expect(codeOf(await grace('GET', projects))).toBe('not_found')
  expect((await list('?limit=100')).items.map(item => item.id)).not.toContain(id)
})

test.each([
  'limit=0',
  'limit=-1',
  'limit=1.5',
  'limit=1e9',
  'limit=101',
  'limit=',
  'limit=0x10',
  'offset=3',
])('D11: refuses ?%s', async query => {
  expect(codeOf(await grace('GET', `/studio/organizations?${query}`))).toBe('invalid_request')
})

test.each(['x', 'null', 'e30', Buffer.from('"a"').toString('base64url'), '%20', 'W10'])(
  'D11: refuses the cursor %s',
  async cursor => {
    const answer = await grace('GET', `/studio/organizations?cursor=${cursor}`)
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_cursor'])
  },
)
