import { codeOf } from '@aethex/shared/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { inParallel, tally } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import {
  freshMember,
  freshOrganization,
  freshProject,
  type TestMember,
} from '../../testing/studio.js'
import { OrganizationDetail, OrganizationMemberList } from './schema.js'

const stack = inject('stack')
let stored: Stored
let owner: TestMember
let second: TestMember
let third: TestMember
let organizationId: string

beforeAll(async () => {
  stored = openStored(stack)
  owner = await freshMember(stack.api_url)
  second = await freshMember(stack.api_url, { name: 'Ada' })
  third = await freshMember(stack.api_url, { name: 'Joan' })
})
afterAll(() => stored.close())
beforeEach(async () => {
  organizationId = await freshOrganization(owner)
})

/** Puts somebody in the organisation without a letter. */
const put = (member: TestMember, role: string | null) =>
  stored.rows(
    `INSERT INTO membership (organization_id, member_id, role) VALUES ($1, $2, $3::member_role)
     ON CONFLICT (organization_id, member_id) DO UPDATE SET role = excluded.role`,
    organizationId,
    member.id,
    role,
  )
const pathOf = (member?: TestMember) =>
  `/studio/organizations/${organizationId}/members${member === undefined ? '' : `/${member.id}`}`
const change = (by: TestMember, member: TestMember, role: string | null) =>
  by.api('PATCH', pathOf(member), { role })
const remove = (by: TestMember, member: TestMember) => by.api('DELETE', pathOf(member))
const leave = (member: TestMember) =>
  member.api('POST', `/studio/organizations/${organizationId}/leave`)
const roles = async () => {
  const rows = await stored.rows(
    'SELECT member_id, role FROM membership WHERE organization_id = $1',
    organizationId,
  )
  return Object.fromEntries(rows.map(row => [row.member_id, row.role]))
}

describe('who belongs to it', () => {
  test('the list pages through every member with role and teams', async () => {
    await put(second, 'developer')
    await put(third, null)
    const seen: unknown[] = []
    for (let query = '?limit=1'; query !== ''; ) {
      const { body } = await owner.api('GET', `${pathOf()}${query}`)
      const page = OrganizationMemberList.parse(body)
      seen.push(...page.items)
      query = page.next_cursor === null ? '' : `?limit=1&cursor=${page.next_cursor}`
    }
    expect(seen).toEqual([
      expect.objectContaining({ member_id: owner.id, role: 'owner', email: owner.email }),
      expect.objectContaining({ member_id: second.id, role: 'developer', team_ids: [] }),
      expect.objectContaining({ member_id: third.id, role: null }),
    ])
  })

  test('the organisation tells its member what they may do there', async () => {
    await put(second, 'billing')
    const { body } = await second.api('GET', `/studio/organizations/${organizationId}`)
    const { organization, scopes } = OrganizationDetail.parse(body)
    expect(organization.role).toBe('billing')
    expect(scopes).toContain('billing:write')
    expect(scopes).not.toContain('members:read')
  })

  test('D6: a role counts from the very next call on, and so does its end', async () => {
    await put(second, 'analyst')
    const rename = () =>
      second.api('PATCH', `/studio/organizations/${organizationId}`, { name: 'Renamed' })
    expect(codeOf(await rename())).toBe('insufficient_scope')
    expect((await change(owner, second, 'admin')).status).toBe(200)
    expect((await rename()).status).toBe(200)
    expect((await change(owner, second, 'support')).status).toBe(200)
    expect(codeOf(await rename())).toBe('insufficient_scope')
    expect((await remove(owner, second)).status).toBe(204)
    const answer = await rename()
    expect([answer.status, codeOf(answer)]).toEqual([404, 'not_found'])
  })
})

describe('owners', () => {
  test('only an owner makes owners, changes them or removes them', async () => {
    await put(second, 'admin')
    await put(third, 'developer')
    for (const answer of [
      await change(second, third, 'owner'),
      await change(second, second, 'owner'),
      await change(second, owner, 'developer'),
      await remove(second, owner),
    ]) {
      expect([answer.status, codeOf(answer)]).toEqual([403, 'forbidden'])
    }
    expect(await roles()).toEqual({
      [owner.id]: 'owner',
      [second.id]: 'admin',
      [third.id]: 'developer',
    })
  })

  test('nobody grants what they lack: an admin makes nobody responsible for billing', async () => {
    await put(second, 'admin')
    await put(third, 'developer')
    expect(codeOf(await change(second, third, 'billing'))).toBe('forbidden')
    expect((await change(second, third, 'admin')).status).toBe(200)
    expect((await change(owner, third, 'billing')).status).toBe(200)
  })

  test('the last owner is neither demoted nor removed, and does not leave', async () => {
    await put(second, 'admin')
    for (const answer of [
      await change(owner, owner, 'admin'),
      await change(owner, owner, null),
      await remove(owner, owner),
      await leave(owner),
    ]) {
      expect([answer.status, codeOf(answer)]).toEqual([409, 'last_owner'])
    }
  })

  test('an organisation changes hands by a promotion and a demotion', async () => {
    await put(second, 'admin')
    expect((await change(owner, second, 'owner')).status).toBe(200)
    expect((await change(second, owner, 'developer')).status).toBe(200)
    expect(await roles()).toEqual({ [owner.id]: 'developer', [second.id]: 'owner' })
  })

  test('G12: of two owners who demote each other at once, one stays', async () => {
    for (let round = 0; round < 5; round++) {
      await put(owner, 'owner')
      await put(second, 'owner')
      const answers = await Promise.all([
        change(owner, second, 'developer'),
        change(second, owner, 'developer'),
      ])
      expect(tally(answers)).toEqual({ 200: 1, 403: 1 })
      expect(Object.values(await roles()).filter(role => role === 'owner')).toHaveLength(1)
    }
  })

  test('G12: of three owners who all leave and remove each other at once, one stays', async () => {
    for (const member of [owner, second, third]) await put(member, 'owner')
    await Promise.all([
      leave(owner),
      leave(second),
      leave(third),
      remove(owner, second),
      remove(second, third),
      remove(third, owner),
      change(owner, owner, 'developer'),
    ])
    expect(Object.values(await roles()).filter(role => role === 'owner')).toHaveLength(1)
  })

  test('leaving twenty times at once is one departure', async () => {
    await put(second, 'developer')
    const answers = await inParallel(20, () => leave(second))
    expect(tally(answers)).toEqual({ 204: 1, 404: 19 })
  })
})

describe('who belongs to others', () => {
  test('D1: somebody of another organisation is not there', async () => {
    const elsewhere = await freshOrganization(second)
    const answers = [
      await change(owner, second, 'admin'),
      await remove(owner, second),
      await owner.api('GET', `/studio/organizations/${elsewhere}`),
      await owner.api('PATCH', `/studio/organizations/${elsewhere}/members/${second.id}`, {
        role: null,
      }),
    ]
    for (const answer of answers) {
      expect([answer.status, codeOf(answer)]).toEqual([404, 'not_found'])
    }
  })

  test('D1: a path whose organisation is not that of its project leads nowhere', async () => {
    const project = await freshProject(owner, organizationId)
    const answer = await second.api('GET', `/studio/projects/${project.id}`)
    expect(codeOf(answer)).toBe('not_found')
  })
})

describe('a second factor for everybody', () => {
  const ask = (by: TestMember, mfa_required: boolean) =>
    by.api('PATCH', `/studio/organizations/${organizationId}`, { mfa_required })
  const prove = ({ id }: TestMember, when: string | null) =>
    stored.rows(
      'UPDATE member_session SET second_factor_at = $2::timestamptz WHERE member_id = $1',
      id,
      when,
    )

  test('is asked for only by who has proven one in this session, and then kept from others', async () => {
    await put(second, 'developer')
    const read = () => second.api('GET', `/studio/organizations/${organizationId}`)
    expect(codeOf(await ask(owner, true))).toBe('mfa_required')
    await prove(owner, '2026-01-01')
    expect((await ask(owner, true)).status).toBe(200)
    expect(codeOf(await read())).toBe('mfa_required')
    await prove(second, '2026-01-01')
    expect((await read()).status).toBe(200)
    expect((await ask(owner, false)).status).toBe(200)
    await prove(owner, null)
    await prove(second, null)
    expect((await read()).status).toBe(200)
  })
})

test('what is done to memberships is audited with before and after', async () => {
  await put(second, 'developer')
  await change(owner, second, 'support')
  await remove(owner, second)
  const rows = await stored.rows(
    `SELECT actor_id, action, target, details FROM audit_entry
     WHERE organization_id = $1 AND action <> 'organizations.create' ORDER BY created_at`,
    organizationId,
  )
  const seen = { actor_id: owner.id, target: second.id }
  expect(rows).toEqual([
    { ...seen, action: 'organizations.change_role', details: { from: 'developer', to: 'support' } },
    { ...seen, action: 'organizations.remove_member', details: { role: 'support' } },
  ])
})
