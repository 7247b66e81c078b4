import { setTimeout as wait } from 'node:timers/promises'
import type { Running } from '@aethex/shared/lifecycle'
import { codeOf } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { callerOf } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import {
  asMember,
  freshMember,
  freshOrganization,
  freshProject,
  studioPassword,
  type TestMember,
} from '../../testing/studio.js'

const stack = inject('stack')
let stored: Stored
let another: Running

beforeAll(async () => {
  stored = openStored(stack)
  another = await startAnotherApi(stack)
})
afterAll(async () => {
  await another.close()
  await stored.close()
})

const named = (name: string) => `?name=${encodeURIComponent(name)}`
const put = (organizationId: string, member: TestMember, role: string) =>
  stored.rows(
    'INSERT INTO membership (organization_id, member_id, role) VALUES ($1, $2, $3::member_role)',
    organizationId,
    member.id,
    role,
  )
const age = ({ id }: TestMember) =>
  stored.rows(
    "UPDATE member_session SET proved_at = now() - interval '11 minutes' WHERE member_id = $1",
    id,
  )

describe('deleting an organisation', () => {
  test('takes its name, a fresh proof and an owner', async () => {
    const [owner, admin] = [await freshMember(stack.api_url), await freshMember(stack.api_url)]
    const organizationId = await freshOrganization(owner)
    const path = `/studio/organizations/${organizationId}`
    await put(organizationId, admin, 'admin')
    expect(codeOf(await owner.api('DELETE', path))).toBe('invalid_request')
    expect(codeOf(await owner.api('DELETE', path + named('night owl games')))).toBe(
      'invalid_request',
    )
    expect(codeOf(await admin.api('DELETE', path + named('Night Owl Games')))).toBe('forbidden')
    await age(owner)
    expect(codeOf(await owner.api('DELETE', path + named('Night Owl Games')))).toBe(
      'reauthentication_required',
    )
    expect((await owner.api('GET', path)).status).toBe(200)
  })

  test('D16: its ids, keys and members lead nowhere from then on, on every process', async () => {
    const owner = await freshMember(stack.api_url)
    const organizationId = await freshOrganization(owner)
    const project = await freshProject(owner, organizationId)
    const keys = `/studio/environments/${project.development}/keys`
    const { api_key } = Object((await owner.api('POST', keys, { kind: 'secret', name: 'k' })).body)
    const board = (apiUrl: string) =>
      callerOf(apiUrl, { 'x-api-key': api_key })('GET', '/leaderboards/none')
    expect(codeOf(await board(stack.api_url))).toBe('not_found')
    expect(codeOf(await board(another.url))).toBe('not_found')
    const path = `/studio/organizations/${organizationId}`
    expect((await owner.api('DELETE', path + named('Night Owl Games'))).status).toBe(204)
    expect(codeOf(await board(stack.api_url))).toBe('credential_invalid')
    for (const gone of [
      path,
      `${path}/projects`,
      `${path}/members`,
      `/studio/projects/${project.id}`,
      `/studio/environments/${project.development}/settings`,
      keys,
    ]) {
      const answer = await owner.api('GET', gone)
      expect([answer.status, codeOf(answer)], gone).toEqual([404, 'not_found'])
    }
    const list = Object((await owner.api('GET', '/studio/organizations')).body)
    expect(list.items).toEqual([])
    await wait(1_000)
    expect(codeOf(await board(another.url))).toBe('credential_invalid')
  })
})

describe('deleting an account', () => {
  test('is refused while an organisation would lose its last owner, and says which', async () => {
    const [owner, heir] = [await freshMember(stack.api_url), await freshMember(stack.api_url)]
    const organizationId = await freshOrganization(owner)
    await put(organizationId, heir, 'admin')
    const refused = await owner.api('DELETE', '/studio/me')
    expect([refused.status, codeOf(refused)]).toEqual([409, 'last_owner'])
    expect(Object(refused.body).organization_ids).toEqual([organizationId])
    await stored.rows(
      "UPDATE membership SET role = 'owner' WHERE organization_id = $1",
      organizationId,
    )
    expect((await owner.api('DELETE', '/studio/me')).status).toBe(204)
    const { body } = await heir.api('GET', `/studio/organizations/${organizationId}/members`)
    expect(Object(body).items).toMatchObject([{ member_id: heir.id, role: 'owner' }])
  })

  test('A23: ends every session within a second everywhere, and leaves no personal data', async () => {
    const member = await freshMember(stack.api_url, { name: 'Grace Hopper' })
    expect((await member.api('DELETE', '/studio/me')).status).toBe(204)
    expect(codeOf(await member.api('GET', '/studio/me'))).toBe('session_ended')
    await wait(1_000)
    const elsewhere = asMember(another.url, member.accessToken)
    expect(codeOf(await elsewhere('GET', '/studio/me'))).toBe('session_ended')
    const login = await callerOf(stack.api_url)('POST', '/studio/login', {
      email: member.email,
      password: studioPassword,
    })
    expect(codeOf(login)).toBe('invalid_credentials')
    const rows = await stored.rows('SELECT m::text AS text FROM member m WHERE id = $1', member.id)
    expect(JSON.stringify(rows)).not.toMatch(/Grace|studio\.example|argon2/)
    await freshMember(stack.api_url, { email: member.email })
  })

  test('takes a fresh proof', async () => {
    const member = await freshMember(stack.api_url)
    await age(member)
    expect(codeOf(await member.api('DELETE', '/studio/me'))).toBe('reauthentication_required')
  })

  test('G12: two owners who delete their accounts at once leave one owner', async () => {
    const [one, two] = [await freshMember(stack.api_url), await freshMember(stack.api_url)]
    const organizationId = await freshOrganization(one)
    await put(organizationId, two, 'owner')
    const answers = await Promise.all([
      one.api('DELETE', '/studio/me'),
      two.api('DELETE', '/studio/me'),
    ])
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409])
    const rows = await stored.rows(
      'SELECT role FROM membership WHERE organization_id = $1',
      organizationId,
    )
    expect(rows).toEqual([{ role: 'owner' }])
  })
})
