import { codeOf } from '@aethex/shared/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { callerOf, inParallel, tally } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import {
  freshMember,
  freshOrganization,
  freshProject,
  type TestMember,
} from '../../testing/studio.js'
import { PromotionAnswer, PromotionList, PromotionOutcome } from './schema.js'

const stack = inject('stack')
let stored: Stored
let owner: TestMember
let organizationId: string
let project: Awaited<ReturnType<typeof freshProject>>

beforeAll(async () => {
  stored = openStored(stack)
  owner = await freshMember(stack.api_url)
  organizationId = await freshOrganization(owner)
})
afterAll(() => stored.close())
beforeEach(async () => {
  project = await freshProject(owner, organizationId)
})

const registration = 'settings/auth.registration'
const settingPath = (environmentId: string) =>
  `/studio/environments/${environmentId}/settings/auth.registration`
const set = (environmentId: string, length: number) =>
  owner.api('PUT', settingPath(environmentId), {
    mode: 'confirm_email',
    min_password_length: length,
  })
const read = async (environmentId: string) =>
  Object((await owner.api('GET', settingPath(environmentId))).body).setting

async function defineBoard(environmentId: string, board: string, order = 'desc') {
  const made = await owner.api('POST', `/studio/environments/${environmentId}/keys`, {
    kind: 'secret',
    name: 'boards',
  })
  const server = callerOf(stack.api_url, { 'x-api-key': Object(made.body).api_key })
  return server('PUT', `/leaderboards/${board}`, { order, keep: 'best' })
}

const promote = (more: object = {}, by = owner) =>
  by.api('POST', `/studio/projects/${project.id}/promotions`, {
    from_environment_id: project.development,
    to_environment_id: project.production,
    ...more,
  })
const outcome = async (more?: object) => PromotionOutcome.parse((await promote(more)).body)
const undo = (id = '') => owner.api('POST', `/studio/projects/${project.id}/promotions/${id}/undo`)

describe('a dry run', () => {
  test('tells what differs, value by value, and changes nothing', async () => {
    await set(project.development, 12)
    await defineBoard(project.development, 'kills')
    await defineBoard(project.production, 'wins')
    const { promotion, items } = await outcome({ dry_run: true })
    expect(promotion).toBeNull()
    expect(items).toEqual([
      {
        item: registration,
        change: 'change',
        before: { value: expect.objectContaining({ min_password_length: 8 }), version: 0 },
        after: { value: expect.objectContaining({ min_password_length: 12 }), version: 1 },
      },
      {
        item: 'leaderboards/kills',
        change: 'add',
        before: null,
        after: { value: { order: 'desc', keep: 'best' }, version: 1 },
      },
      { item: 'leaderboards/wins', change: 'kept', before: expect.anything(), after: null },
    ])
    expect((await read(project.production)).version).toBe(0)
    const history = await owner.api('GET', `/studio/projects/${project.id}/promotions`)
    expect(PromotionList.parse(history.body).items).toEqual([])
  })

  test('of chosen items tells only of them, and refuses what the source has not', async () => {
    await set(project.development, 12)
    await defineBoard(project.development, 'kills')
    const { items } = await outcome({ dry_run: true, items: ['leaderboards/kills'] })
    expect(items.map(({ item }) => item)).toEqual(['leaderboards/kills'])
    const answer = await promote({ items: [registration, 'leaderboards/none'] })
    expect(answer.body).toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: '/items/1' }],
    })
  })
})

describe('a promotion', () => {
  test('takes settings and boards along, and what only the target has stays', async () => {
    await set(project.development, 12)
    await defineBoard(project.development, 'kills')
    await defineBoard(project.production, 'wins')
    const answer = await promote()
    expect(answer.status).toBe(201)
    expect(await read(project.production)).toMatchObject({
      value: { mode: 'confirm_email', min_password_length: 12 },
      version: 1,
    })
    const rows = await stored.rows(
      'SELECT board_id FROM leaderboard WHERE environment_id = $1 ORDER BY board_id',
      project.production,
    )
    expect(rows.map(row => row.board_id)).toEqual(['kills', 'wins'])
    const again = await promote()
    expect([again.status, Object(again.body).promotion]).toEqual([200, null])
  })

  test('is refused when the target is not what the dry run showed any more', async () => {
    await set(project.development, 12)
    const { expected } = await outcome({ dry_run: true })
    await set(project.production, 10)
    const refused = await promote({ expected })
    expect([refused.status, codeOf(refused)]).toEqual([412, 'version_mismatch'])
    expect((await read(project.production)).value.min_password_length).toBe(10)
    const { expected: fresh } = Object(refused.body)
    expect((await promote({ expected: fresh })).status).toBe(201)
  })

  test('F2: of ten parallel promotions of one dry run one is carried out', async () => {
    await set(project.development, 12)
    const { expected } = await outcome({ dry_run: true })
    const answers = await inParallel(10, () => promote({ expected }))
    expect(tally(answers)).toEqual({ 201: 1, 412: 9 })
    expect((await read(project.production)).version).toBe(1)
  })

  test('F4: a promotion retried with one Idempotency-Key is carried out once', async () => {
    await set(project.development, 12)
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const body = {
      from_environment_id: project.development,
      to_environment_id: project.production,
    }
    const answers = await inParallel(5, () =>
      owner.api('POST', `/studio/projects/${project.id}/promotions`, body, headers),
    )
    expect(tally(answers)).toEqual({ 201: 5 })
    expect(new Set(answers.map(answer => JSON.stringify(answer.body))).size).toBe(1)
  })

  test('is all or nothing: a board with other rules keeps the settings back, too', async () => {
    await set(project.development, 12)
    await defineBoard(project.development, 'kills', 'desc')
    await defineBoard(project.production, 'kills', 'asc')
    expect(codeOf(await promote())).toBe('board_exists')
    expect((await read(project.production)).version).toBe(0)
    expect((await promote({ items: [registration] })).status).toBe(201)
  })

  test('is audited with the versions before and after', async () => {
    await set(project.development, 12)
    const { promotion } = await outcome()
    const rows = await stored.rows(
      'SELECT action, environment_id, actor_id, details FROM audit_entry WHERE target = $1',
      promotion?.id,
    )
    expect(rows).toEqual([
      {
        action: 'promotions.create',
        environment_id: project.production,
        actor_id: owner.id,
        details: {
          from_environment_id: project.development,
          undoes: null,
          items: [`${registration} 0 -> 1`],
        },
      },
    ])
  })
})

describe('undoing', () => {
  test('gives back the values before, as a promotion of its own that can be undone as well', async () => {
    await set(project.production, 9)
    await set(project.development, 12)
    await defineBoard(project.development, 'kills')
    const { promotion } = await outcome()
    const answer = await undo(promotion?.id)
    expect(answer.status).toBe(201)
    const { promotion: undone } = PromotionAnswer.parse(answer.body)
    expect(undone.undoes).toBe(promotion?.id)
    // The board stays: it may have scores by now.
    expect(undone.items.map(({ change }) => change)).toEqual(['change', 'kept'])
    expect((await read(project.production)).value.min_password_length).toBe(9)
    expect((await undo(undone.id)).status).toBe(201)
    expect((await read(project.production)).value.min_password_length).toBe(12)
  })

  test('is refused once somebody has written since, or undone it', async () => {
    await set(project.development, 12)
    const { promotion } = await outcome()
    const answers = await inParallel(5, () => undo(promotion?.id))
    expect(tally(answers)).toEqual({ 201: 1, 412: 4 })
    const { promotion: again } = await outcome()
    await set(project.production, 20)
    expect(codeOf(await undo(again?.id))).toBe('version_mismatch')
    expect((await read(project.production)).value.min_password_length).toBe(20)
  })
})

describe('who and where', () => {
  test('D1: environments and promotions of another project are not there', async () => {
    const other = await freshProject(owner, organizationId, 'Other')
    const stranger = await freshMember(stack.api_url)
    const foreign = await freshProject(stranger, await freshOrganization(stranger))
    for (const away of [other, foreign]) {
      for (const more of [
        { from_environment_id: away.development },
        { to_environment_id: away.production },
      ]) {
        const answer = await promote(more)
        expect([answer.status, codeOf(answer)]).toEqual([404, 'not_found'])
      }
    }
    await set(project.development, 12)
    const { promotion } = await outcome()
    const path = `/studio/projects/${other.id}/promotions/${promotion?.id}`
    expect(codeOf(await owner.api('GET', path))).toBe('not_found')
    expect(codeOf(await owner.api('POST', `${path}/undo`))).toBe('not_found')
    expect(codeOf(await promote({}, stranger))).toBe('not_found')
  })

  test('an environment is not promoted to itself', async () => {
    const answer = await promote({ to_environment_id: project.development })
    expect(codeOf(answer)).toBe('invalid_request')
  })

  test('who may only read settings reads the history and promotes nothing', async () => {
    const viewer = await freshMember(stack.api_url)
    const as = (role: string) =>
      stored.rows(
        `INSERT INTO membership (organization_id, member_id, role) VALUES ($1, $2, $3::member_role)
         ON CONFLICT (organization_id, member_id) DO UPDATE SET role = excluded.role`,
        organizationId,
        viewer.id,
        role,
      )
    await as('analyst')
    expect(codeOf(await promote({}, viewer))).toBe('insufficient_scope')
    await as('live_ops')
    await set(project.development, 12)
    expect((await promote({}, viewer)).status).toBe(201)
    const list = await viewer.api('GET', `/studio/projects/${project.id}/promotions?limit=1`)
    expect(PromotionList.parse(list.body).items).toMatchObject([{ member_id: viewer.id }])
  })
})
