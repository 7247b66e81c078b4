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
import { TeamAnswer, TeamList } from './schema.js'

const stack = inject('stack')
let stored: Stored
let owner: TestMember
let worker: TestMember
let organizationId: string
let teams: string

beforeAll(async () => {
  stored = openStored(stack)
  owner = await freshMember(stack.api_url)
  worker = await freshMember(stack.api_url, { name: 'Ada' })
})
afterAll(() => stored.close())
beforeEach(async () => {
  organizationId = await freshOrganization(owner)
  teams = `/studio/organizations/${organizationId}/teams`
  await put(worker, null)
})

const put = (member: TestMember, role: string | null) =>
  stored.rows(
    `INSERT INTO membership (organization_id, member_id, role) VALUES ($1, $2, $3::member_role)
     ON CONFLICT (organization_id, member_id) DO UPDATE SET role = excluded.role`,
    organizationId,
    member.id,
    role,
  )

async function makeTeam(name = 'Live operations'): Promise<string> {
  const answer = await owner.api('POST', teams, { name })
  expect(answer.status).toBe(201)
  return `${teams}/${TeamAnswer.parse(answer.body).team.id}`
}
const join = (team: string, member: TestMember, by = owner) =>
  by.api('PUT', `${team}/members/${member.id}`)
const grant = (team: string, projectId: string, role: string, by = owner) =>
  by.api('PUT', `${team}/projects/${projectId}`, { role })

describe('teams themselves', () => {
  test('are made, read, renamed, listed and deleted', async () => {
    const team = await makeTeam()
    expect((await owner.api('PATCH', team, { name: 'Night shift' })).status).toBe(200)
    await join(team, worker)
    const { body } = await owner.api('GET', team)
    expect(TeamAnswer.parse(body).team).toMatchObject({
      name: 'Night shift',
      members: 1,
      projects: 0,
    })
    await makeTeam('Another')
    const { items } = TeamList.parse((await owner.api('GET', teams)).body)
    expect(items.map(item => item.name)).toEqual(['Night shift', 'Another'])
    expect((await owner.api('DELETE', team)).status).toBe(204)
    expect(codeOf(await owner.api('GET', team))).toBe('not_found')
  })

  test('A12: twenty teams of one name at once are one team', async () => {
    const answers = await inParallel(20, () => owner.api('POST', teams, { name: 'Same' }))
    expect(tally(answers)).toEqual({ 201: 1, 409: 19 })
    const refused = answers.find(answer => answer.status === 409)
    expect(refused && codeOf(refused)).toBe('name_taken')
    const other = await makeTeam('Other')
    expect(codeOf(await owner.api('PATCH', other, { name: 'Same' }))).toBe('name_taken')
  })

  test('D1: a team of another organisation is not there', async () => {
    const team = await makeTeam()
    const elsewhere = await freshOrganization(worker)
    const id = team.slice(team.lastIndexOf('/') + 1)
    const foreign = `/studio/organizations/${elsewhere}/teams/${id}`
    for (const answer of [
      await worker.api('GET', foreign),
      await worker.api('PATCH', foreign, { name: 'Mine' }),
      await worker.api('DELETE', foreign),
      await worker.api('GET', `${foreign}/members`),
      await worker.api('PUT', `${foreign}/members/${worker.id}`),
      await worker.api('GET', `${foreign}/projects`),
    ]) {
      expect([answer.status, codeOf(answer)]).toEqual([404, 'not_found'])
    }
    expect((await owner.api('GET', team)).status).toBe(200)
  })
})

describe('what a team allows', () => {
  test('who works through teams only sees the projects of their teams, and no others', async () => {
    const [ours, theirs] = [
      await freshProject(owner, organizationId, 'Ours'),
      await freshProject(owner, organizationId, 'Theirs'),
    ]
    const team = await makeTeam()
    await join(team, worker)
    expect((await grant(team, ours.id, 'developer')).body).toEqual({
      project: { project_id: ours.id, name: 'Ours', role: 'developer' },
    })
    const { body } = await worker.api('GET', `/studio/organizations/${organizationId}/projects`)
    expect(Object(body).items.map((item: { id: string }) => item.id)).toEqual([ours.id])
    const settings = (environmentId: string) =>
      worker.api('GET', `/studio/environments/${environmentId}/settings`)
    expect((await settings(ours.development)).status).toBe(200)
    for (const answer of [
      await settings(theirs.development),
      await worker.api('GET', `/studio/projects/${theirs.id}`),
      await worker.api('GET', `/studio/projects/${theirs.id}/environments`),
    ]) {
      expect([answer.status, codeOf(answer)]).toEqual([404, 'not_found'])
    }
    const members = await worker.api('GET', `/studio/organizations/${organizationId}/members`)
    expect(codeOf(members)).toBe('insufficient_scope')
    expect((await worker.api('GET', `/studio/organizations/${organizationId}`)).status).toBe(200)
  })

  test('D6: joining, another role, leaving and deleting count from the next call on', async () => {
    const project = await freshProject(owner, organizationId)
    const team = await makeTeam()
    const rename = () => worker.api('PATCH', `/studio/projects/${project.id}`, { name: 'Renamed' })
    await grant(team, project.id, 'admin')
    expect(codeOf(await rename())).toBe('not_found')
    await join(team, worker)
    expect((await rename()).status).toBe(200)
    await grant(team, project.id, 'analyst')
    expect(codeOf(await rename())).toBe('insufficient_scope')
    await grant(team, project.id, 'admin')
    expect((await rename()).status).toBe(200)
    expect((await owner.api('DELETE', `${team}/projects/${project.id}`)).status).toBe(204)
    expect(codeOf(await rename())).toBe('not_found')
    await grant(team, project.id, 'admin')
    expect((await owner.api('DELETE', `${team}/members/${worker.id}`)).status).toBe(204)
    expect(codeOf(await rename())).toBe('not_found')
    await join(team, worker)
    expect((await rename()).status).toBe(200)
    await owner.api('DELETE', team)
    expect(codeOf(await rename())).toBe('not_found')
  })

  test('a role of the organisation and those of teams add up', async () => {
    await put(worker, 'analyst')
    const project = await freshProject(owner, organizationId)
    const team = await makeTeam()
    await join(team, worker)
    await grant(team, project.id, 'support')
    const keys = await worker.api('GET', `/studio/environments/${project.development}/keys`)
    expect(codeOf(keys)).toBe('insufficient_scope')
    await grant(team, project.id, 'developer')
    const again = await worker.api('GET', `/studio/environments/${project.development}/keys`)
    expect(again.status).toBe(200)
  })

  test('an admin gives no team more than they have, nor joins one that has it', async () => {
    await put(worker, 'admin')
    const project = await freshProject(owner, organizationId)
    const team = await makeTeam()
    expect(codeOf(await grant(team, project.id, 'billing', worker))).toBe('forbidden')
    expect((await grant(team, project.id, 'developer', worker)).status).toBe(200)
    await grant(team, project.id, 'billing')
    expect(codeOf(await join(team, worker, worker))).toBe('forbidden')
    expect((await join(team, worker)).status).toBe(204)
  })

  test('no team makes somebody an owner', async () => {
    const project = await freshProject(owner, organizationId)
    const answer = await grant(await makeTeam(), project.id, 'owner')
    expect(codeOf(answer)).toBe('invalid_request')
  })

  test('D6: an admin of a project through a team does not decide over teams', async () => {
    const project = await freshProject(owner, organizationId)
    const team = await makeTeam()
    await join(team, worker)
    await grant(team, project.id, 'admin')
    for (const answer of [
      await grant(team, project.id, 'developer', worker),
      await worker.api('DELETE', `${team}/projects/${project.id}`),
      await worker.api('POST', teams, { name: 'Mine' }),
      await worker.api('PATCH', `/studio/organizations/${organizationId}/members/${worker.id}`, {
        role: 'admin',
      }),
    ]) {
      expect([answer.status, codeOf(answer)]).toEqual([403, 'insufficient_scope'])
    }
  })
})

test('D1: neither a stranger joins a team, nor does it get a project of another organisation', async () => {
  const stranger = await freshMember(stack.api_url)
  const foreign = await freshProject(stranger, await freshOrganization(stranger))
  const team = await makeTeam()
  expect(codeOf(await join(team, stranger))).toBe('not_found')
  expect(codeOf(await grant(team, foreign.id, 'developer'))).toBe('not_found')
  expect((await stranger.api('GET', `/studio/projects/${foreign.id}`)).status).toBe(200)
})

test('who is removed from the organisation is in none of its teams', async () => {
  const team = await makeTeam()
  await join(team, worker)
  await owner.api('DELETE', `/studio/organizations/${organizationId}/members/${worker.id}`)
  expect(Object((await owner.api('GET', `${team}/members`)).body).items).toEqual([])
})
