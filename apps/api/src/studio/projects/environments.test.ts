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
import { EnvironmentAnswer, EnvironmentList } from './schema.js'

const stack = inject('stack')
let stored: Stored
let owner: TestMember
let organizationId: string
let project: Awaited<ReturnType<typeof freshProject>>
let environments: string

beforeAll(async () => {
  stored = openStored(stack)
  owner = await freshMember(stack.api_url)
  organizationId = await freshOrganization(owner)
})
afterAll(() => stored.close())
beforeEach(async () => {
  project = await freshProject(owner, organizationId)
  environments = `/studio/projects/${project.id}/environments`
})

const add = (name: string) => owner.api('POST', environments, { name })
const names = async () =>
  EnvironmentList.parse((await owner.api('GET', environments)).body).items.map(({ name }) => name)
const remove = (id: string, name: string) =>
  owner.api('DELETE', `/studio/environments/${id}?name=${name}`)

describe('a project', () => {
  test('is read and renamed', async () => {
    const path = `/studio/projects/${project.id}`
    const renamed = await owner.api('PATCH', path, { name: 'Skirmish II' })
    expect(renamed.body).toMatchObject({ project: { id: project.id, name: 'Skirmish II' } })
    expect((await owner.api('GET', path)).body).toEqual(renamed.body)
    expect((await owner.api('PATCH', path, {})).body).toEqual(renamed.body)
  })

  test('D1: somebody else’s is not there, whatever is asked', async () => {
    const stranger = await freshMember(stack.api_url)
    const path = `/studio/projects/${project.id}`
    for (const answer of [
      await stranger.api('GET', path),
      await stranger.api('PATCH', path, { name: 'Mine' }),
      await stranger.api('DELETE', `${path}?name=Skirmish`),
      await stranger.api('GET', environments),
      await stranger.api('POST', environments, { name: 'mine' }),
      await stranger.api('PATCH', `/studio/environments/${project.development}`, { name: 'mine' }),
      await stranger.api('DELETE', `/studio/environments/${project.development}?name=development`),
    ]) {
      expect([answer.status, codeOf(answer)]).toEqual([404, 'not_found'])
    }
  })
})

describe('environments', () => {
  test('are added, renamed and listed by name', async () => {
    const { environment } = EnvironmentAnswer.parse((await add('staging')).body)
    expect(await names()).toEqual(['development', 'production', 'staging'])
    const answer = await owner.api('PATCH', `/studio/environments/${environment.id}`, {
      name: 'canary',
    })
    expect(answer.body).toEqual({ environment: { id: environment.id, name: 'canary' } })
    expect(await names()).toEqual(['canary', 'development', 'production'])
  })

  test('A12: of twenty of one name at once one is made', async () => {
    const answers = await inParallel(20, () => add('staging'))
    expect(tally(answers)).toEqual({ 201: 1, 409: 19 })
    const refused = answers.find(answer => answer.status === 409)
    expect(refused && codeOf(refused)).toBe('name_taken')
    const rename = await owner.api('PATCH', `/studio/environments/${project.development}`, {
      name: 'staging',
    })
    expect(codeOf(rename)).toBe('name_taken')
  })

  test('there are at most twenty, also when many are added at once', async () => {
    const answers = await inParallel(24, index => add(`stage-${index}`))
    expect(tally(answers)).toEqual({ 201: 18, 409: 6 })
    const refused = answers.find(answer => answer.status === 409)
    expect(refused?.body).toMatchObject({ code: 'limit_reached', allowed: 20 })
  })

  test('F4: a retried addition is one', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const answers = await inParallel(5, () =>
      owner.api('POST', environments, { name: 'staging' }, headers),
    )
    expect(tally(answers)).toEqual({ 201: 5 })
    expect(new Set(answers.map(answer => JSON.stringify(answer.body))).size).toBe(1)
  })

  test.each(['', 'Staging', 'a b', '-a', '1', 'ä', 'x'.repeat(41), '../a', 'a\n'])(
    'refuses the name %j',
    async name => {
      expect(codeOf(await add(name))).toBe('invalid_request')
    },
  )

  test('are deleted only by their name, and the name is free again', async () => {
    const path = `/studio/environments/${project.production}`
    expect(codeOf(await owner.api('DELETE', path))).toBe('invalid_request')
    expect(codeOf(await remove(project.production, 'development'))).toBe('invalid_request')
    expect((await remove(project.production, 'production')).status).toBe(204)
    expect(await names()).toEqual(['development'])
    expect((await add('production')).status).toBe(201)
    const gone = await owner.api('GET', `${path}/settings`)
    expect([gone.status, codeOf(gone)]).toEqual([404, 'not_found'])
  })

  test('of two deletions at once the last environment survives', async () => {
    const answers = await Promise.all([
      remove(project.production, 'production'),
      remove(project.development, 'development'),
    ])
    expect(tally(answers)).toEqual({ 204: 1, 409: 1 })
    const refused = answers.find(answer => answer.status === 409)
    expect(refused && codeOf(refused)).toBe('last_environment')
    expect(await names()).toHaveLength(1)
  })

  test('what is done to them is audited', async () => {
    const { environment } = EnvironmentAnswer.parse((await add('staging')).body)
    await owner.api('PATCH', `/studio/environments/${environment.id}`, { name: 'canary' })
    await remove(environment.id, 'canary')
    const rows = await stored.rows(
      `SELECT action, organization_id, details->>'name' AS name FROM audit_entry
       WHERE target = $1 ORDER BY created_at`,
      environment.id,
    )
    expect(rows).toEqual([
      { action: 'environments.create', organization_id: organizationId, name: 'staging' },
      { action: 'environments.write', organization_id: organizationId, name: 'canary' },
      { action: 'environments.delete', organization_id: organizationId, name: 'canary' },
    ])
  })
})
