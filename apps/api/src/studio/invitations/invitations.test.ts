import type { Running } from '@aethex/shared/lifecycle'
import { codeOf, mailboxAt } from '@aethex/shared/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { inParallel, tally } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import {
  asMember,
  codeInLetter,
  freshMember,
  freshOrganization,
  freshProject,
  type TestMember,
} from '../../testing/studio.js'
import { InvitationAnswer, InvitationList } from './schema.js'

const stack = inject('stack')
let stored: Stored
let later: Running
let ahead = 0
let owner: TestMember
let organizationId: string
let path: string

beforeAll(async () => {
  stored = openStored(stack)
  later = await startAnotherApi(stack, {}, { now: () => new Date(Date.now() + ahead) })
  owner = await freshMember(stack.api_url)
})
afterAll(async () => {
  await later.close()
  await stored.close()
})
beforeEach(async () => {
  organizationId = await freshOrganization(owner)
  path = `/studio/organizations/${organizationId}/invitations`
})

const freshAddress = () => `${crypto.randomUUID()}@studio.example`
const invite = (email: string, more: object = { role: 'developer' }, by = owner) =>
  by.api('POST', path, { email, ...more })
async function invited(email: string, more?: object, by?: TestMember) {
  const answer = await invite(email, more, by)
  expect(answer.status).toBe(201)
  return InvitationAnswer.parse(answer.body).invitation
}
const codeFor = async (email: string, count = 1) =>
  codeInLetter(await mailboxAt(stack.mail_url, email).next(/^Join/, count))
const accept = ({ api }: Pick<TestMember, 'api'>, code: string) =>
  api('POST', '/studio/invitations/accept', { code })
const list = async () => InvitationList.parse((await owner.api('GET', path)).body).items
const put = (member: TestMember, role: string) =>
  stored.rows(
    'INSERT INTO membership (organization_id, member_id, role) VALUES ($1, $2, $3::member_role)',
    organizationId,
    member.id,
    role,
  )

describe('accepting', () => {
  test('the invited member gets the role, and the code verifies their address', async () => {
    const ada = await freshMember(stack.api_url, { name: 'Ada' })
    await invited(ada.email.toUpperCase())
    const answer = await accept(ada, await codeFor(ada.email))
    expect(answer.body).toMatchObject({ organization: { id: organizationId, role: 'developer' } })
    expect(Object((await ada.api('GET', '/studio/me')).body).member.email_verified).toBe(true)
    expect(await list()).toMatchObject([{ email: ada.email.toUpperCase(), state: 'accepted' }])
  })

  test('A17: under twenty parallel uses a code takes somebody in once', async () => {
    const ada = await freshMember(stack.api_url)
    await invited(ada.email)
    const code = await codeFor(ada.email)
    const answers = await inParallel(20, () => accept(ada, code))
    expect(tally(answers)).toEqual({ 200: 1, 400: 19 })
    expect(codeOf(await accept(ada, code))).toBe('code_invalid')
  })

  test('A17: a member with another address is refused, and the code stays good', async () => {
    const [ada, eve] = [await freshMember(stack.api_url), await freshMember(stack.api_url)]
    await invited(ada.email)
    const code = await codeFor(ada.email)
    const answer = await accept(eve, code)
    expect([answer.status, codeOf(answer)]).toEqual([403, 'forbidden'])
    expect((await accept(ada, code)).status).toBe(200)
  })

  test('A17: after a week, revoked, or made up, a code is refused alike', async () => {
    const [ada, joan] = [await freshMember(stack.api_url), await freshMember(stack.api_url)]
    await invited(ada.email)
    const { id } = await invited(joan.email)
    const [old, revoked] = [await codeFor(ada.email), await codeFor(joan.email)]
    expect((await owner.api('DELETE', `${path}/${id}`)).status).toBe(204)
    // Their token is expired by then, so the clock of the other process is set back after the refusal.
    ahead = 7 * 86_400_000 + 1_000
    const { session } = Object(
      (
        await asMember(later.url, '')('POST', '/studio/login', {
          email: ada.email,
          password: 'a long studio password',
        })
      ).body,
    )
    const tooLate = await accept({ api: asMember(later.url, session.access_token) }, old)
    ahead = 0
    const refusals = [await accept(joan, revoked), await accept(joan, 'x'.repeat(32)), tooLate]
    const told = refusals.map(answer => ({ ...Object(answer.body), request_id: '' }))
    expect(told[0].code).toBe('code_invalid')
    expect(told).toEqual([told[0], told[0], told[0]])
    expect(codeOf(await owner.api('DELETE', `${path}/${id}`))).toBe('not_found')
  })

  test('G14: the code has 192 random bits, and is stored as a hash only', async () => {
    const email = freshAddress()
    const { id } = await invited(email)
    const code = await codeFor(email)
    expect(code).toMatch(/^[\w-]{32}$/)
    const rows = await stored.rows('SELECT i::text AS text FROM invitation i WHERE id = $1', id)
    expect(JSON.stringify(rows)).not.toContain(code)
  })

  test('an invitation to teams alone takes into these teams, without a role', async () => {
    const ada = await freshMember(stack.api_url)
    const project = await freshProject(owner, organizationId)
    const teams = `/studio/organizations/${organizationId}/teams`
    const { team } = Object((await owner.api('POST', teams, { name: 'Artists' })).body)
    await owner.api('PUT', `${teams}/${team.id}/projects/${project.id}`, { role: 'developer' })
    await invited(ada.email, { team_ids: [team.id] })
    const answer = await accept(ada, await codeFor(ada.email))
    expect(Object(answer.body).organization.role).toBeNull()
    expect((await ada.api('GET', `/studio/projects/${project.id}`)).status).toBe(200)
  })

  test('D6: what the inviter may no longer grant, the invitation no longer grants', async () => {
    const [admin, ada] = [await freshMember(stack.api_url), await freshMember(stack.api_url)]
    await put(admin, 'admin')
    await invited(ada.email, { role: 'admin' }, admin)
    const code = await codeFor(ada.email)
    await owner.api('DELETE', `/studio/organizations/${organizationId}/members/${admin.id}`)
    expect(codeOf(await accept(ada, code))).toBe('code_invalid')
    const [{ id = '' } = {}] = await list()
    expect((await owner.api('POST', `${path}/${id}/resend`)).status).toBe(200)
    expect((await accept(ada, await codeFor(ada.email, 2))).status).toBe(200)
  })

  test('D16: the invitation of a deleted organisation leads nowhere', async () => {
    const ada = await freshMember(stack.api_url)
    await invited(ada.email)
    const code = await codeFor(ada.email)
    await owner.api('DELETE', `/studio/organizations/${organizationId}?name=Night%20Owl%20Games`)
    expect(codeOf(await accept(ada, code))).toBe('code_invalid')
  })
})

describe('inviting', () => {
  test('a new invitation or a resent one voids the code before', async () => {
    const ada = await freshMember(stack.api_url)
    await invited(ada.email)
    const first = await codeFor(ada.email)
    const { id } = await invited(ada.email, { role: 'support' })
    const second = await codeFor(ada.email, 2)
    expect((await owner.api('POST', `${path}/${id}/resend`)).status).toBe(200)
    const third = await codeFor(ada.email, 3)
    expect(new Set([first, second, third]).size).toBe(3)
    for (const code of [first, second]) expect(codeOf(await accept(ada, code))).toBe('code_invalid')
    expect(Object((await accept(ada, third)).body).organization.role).toBe('support')
  })

  test('F4: an invitation retried with one Idempotency-Key is one letter', async () => {
    const email = freshAddress()
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const body = { email, role: 'developer' }
    const answers = await inParallel(5, () => owner.api('POST', path, body, headers))
    expect(tally(answers)).toEqual({ 201: 5 })
    expect(new Set(answers.map(answer => JSON.stringify(answer.body))).size).toBe(1)
    expect(await list()).toHaveLength(1)
  })

  test('A19: an address gets three such letters an hour', async () => {
    const email = freshAddress()
    for (let letter = 0; letter < 3; letter++) await invited(email)
    const answer = await invite(email)
    expect([answer.status, codeOf(answer)]).toEqual([429, 'rate_limited'])
    expect(answer.headers.get('retry-after')).toBe('3600')
    expect((await list()).filter(({ state }) => state === 'pending')).toHaveLength(1)
  })

  test('at most a hundred wait, also when many are made at once', async () => {
    await stored.rows(
      `INSERT INTO invitation (organization_id, id, email, email_key, code_hash, invited_by, expires_at, created_at)
       SELECT $1, gen_random_uuid(), 'x', 'x' || n, decode(md5(random()::text || n), 'hex'), $2, now() + interval '1 day',
         now() - interval '2 days' FROM generate_series(1, 98) n`,
      organizationId,
      owner.id,
    )
    const answers = await inParallel(6, () => invite(freshAddress()))
    expect(tally(answers)).toEqual({ 201: 2, 409: 4 })
    const refused = answers.find(answer => answer.status === 409)
    expect(refused?.body).toMatchObject({ code: 'limit_reached', allowed: 100 })
  })

  test('nobody invites to more than they have, and only owners invite owners', async () => {
    const admin = await freshMember(stack.api_url)
    await put(admin, 'admin')
    for (const role of ['owner', 'billing']) {
      expect(codeOf(await invite(freshAddress(), { role }, admin))).toBe('forbidden')
    }
    await invited(freshAddress(), { role: 'owner' })
    await invited(freshAddress(), { role: 'admin' }, admin)
  })

  test('who belongs to the organisation is not invited to it', async () => {
    expect(codeOf(await invite(owner.email))).toBe('already_member')
  })

  test('an invitation to nothing, to a foreign team or to a team twice is refused', async () => {
    const stranger = await freshMember(stack.api_url)
    const elsewhere = `/studio/organizations/${await freshOrganization(stranger)}/teams`
    const { team } = Object((await stranger.api('POST', elsewhere, { name: 'Theirs' })).body)
    for (const more of [{}, { team_ids: [team.id] }, { team_ids: [team.id, team.id] }]) {
      expect(codeOf(await invite(freshAddress(), more))).toBe('invalid_request')
    }
  })

  test('inviting and accepting are audited without the code', async () => {
    const ada = await freshMember(stack.api_url)
    const { id } = await invited(ada.email)
    const code = await codeFor(ada.email)
    await accept(ada, code)
    const rows = await stored.rows(
      'SELECT action, actor_id, a::text AS text FROM audit_entry a WHERE target = $1 ORDER BY created_at',
      id,
    )
    expect(rows.map(({ action, actor_id }) => [action, actor_id])).toEqual([
      ['invitations.create', owner.id],
      ['invitations.accept', ada.id],
    ])
    expect(JSON.stringify(rows)).not.toContain(code)
  })
})
