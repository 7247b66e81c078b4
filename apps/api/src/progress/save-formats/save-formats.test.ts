import { codeOf, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { asMember, freshMember, freshOrganization, freshProject } from '../../testing/studio.js'
import { StepAnswer, StepList, TrialAnswer } from './schema.js'

const stack = inject('stack')
let stored: Stored
let home: TestEnvironment
let owner: Caller
let formats: string

beforeAll(() => {
  stored = openStored(stack)
})
afterAll(() => stored.close())
beforeEach(async () => {
  home = await freshEnvironment(stack)
  owner = asMember(stack.api_url, home.memberToken)
  formats = `/studio/environments/${home.environmentId}/save-formats`
})

const coins = 'export default ({ gold, ...save }) => ({ ...save, coins: gold })'
const write = (from: number, source = coins, headers?: Record<string, string>, by = owner) =>
  by('PUT', `${formats}/${from}`, { source, note: 'Gold became coins.' }, headers)
const written = async (from: number, source = coins, headers?: Record<string, string>) =>
  StepAnswer.parse((await write(from, source, headers)).body).step
const attempt = (trial: object) => owner('POST', `${formats}/try`, trial)
const outcome = async (trial: object) => TrialAnswer.parse((await attempt(trial)).body)
const list = async () => StepList.parse((await owner('GET', formats)).body).items
const audited = async () =>
  (
    await stored.rows(
      `SELECT action, target, details FROM audit_entry
       WHERE environment_id = $1 AND action LIKE 'save_formats.%' ORDER BY id`,
      home.environmentId,
    )
  ).map(({ action, target }) => `${action} ${target}`)

describe('a step', () => {
  test('is registered, listed without its source and read with it', async () => {
    const answer = await write(3)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('etag')).toBe('"1"')
    const step = {
      from_version: 3,
      to_version: 4,
      revision: 1,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      size: coins.length,
      note: 'Gold became coins.',
      applied_at: null,
      created_at: expect.stringMatching(/Z$/),
    }
    expect(answer.body).toEqual({ step: { ...step, source: coins } })
    expect(await list()).toEqual([step])
    const read = await owner('GET', `${formats}/3`)
    expect(read.body).toEqual(answer.body)
    expect(await audited()).toEqual(['save_formats.write 3'])
  })

  test('written again as it is stays at its revision', async () => {
    await write(3)
    expect((await written(3)).revision).toBe(1)
    expect(await audited()).toHaveLength(1)
  })

  test('written anew gets another revision, and the earlier one is still read', async () => {
    await write(3)
    const newer = await written(3, 'export default save => save')
    expect(newer.revision).toBe(2)
    const old = await owner('GET', `${formats}/3?revision=1`)
    expect(StepAnswer.parse(old.body).step.source).toBe(coins)
    expect(codeOf(await owner('GET', `${formats}/3?revision=3`))).toBe('not_found')
  })

  test('is written on the revision that was read only, when that is named', async () => {
    await write(3, coins, { 'if-none-match': '*' })
    const again = await write(3, 'export default s => s', { 'if-none-match': '*' })
    expect(codeOf(again)).toBe('version_mismatch')
    const other = await write(3, 'export default s => s', { 'if-match': '"2"' })
    expect(codeOf(other)).toBe('version_mismatch')
    expect((await written(3, 'export default s => s', { 'if-match': '"1"' })).revision).toBe(2)
  })

  test('has one winner of many writers on one revision', async () => {
    await write(3)
    const answers = await inParallel(8, at =>
      write(3, `export default s => ({ ...s, at: ${at} })`, { 'if-match': '"1"' }),
    )
    expect(tally(answers)).toEqual({ 200: 1, 412: 7 })
    expect((await list())[0]?.revision).toBe(2)
  })

  test('is taken away, and its number is not used again', async () => {
    await write(3)
    expect((await owner('DELETE', `${formats}/3`)).status).toBe(204)
    expect(codeOf(await owner('GET', `${formats}/3`))).toBe('not_found')
    expect(codeOf(await owner('DELETE', `${formats}/3`))).toBe('not_found')
    expect(await list()).toEqual([])
    expect((await written(3, coins, { 'if-none-match': '*' })).revision).toBe(3)
    expect(await audited()).toEqual([
      'save_formats.write 3',
      'save_formats.delete 3',
      'save_formats.write 3',
    ])
  })

  test.each([
    ['does not parse', 'export default (save => {', 'SyntaxError', 1],
    ['exports no function', 'export default 3', 'default export', null],
    ['never finishes loading', 'for (;;);\nexport default s => s', 'rounds', 1],
  ])('that %s is refused, and says where', async (_what, source, message, line) => {
    const answer = await write(3, source)
    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({
      code: 'save_format_invalid',
      failure: { from_version: 3, message: expect.stringContaining(message), line },
    })
    expect(await list()).toEqual([])
  })

  test.each([
    ['no source', {}],
    ['an empty one', { source: '' }],
    ['one that is too long', { source: `//${'x'.repeat(65_536)}` }],
    ['an unknown field', { source: coins, run: true }],
  ])('with %s is refused', async (_what, json) => {
    expect(codeOf(await owner('PUT', `${formats}/3`, json))).toBe('invalid_request')
  })

  test.each(['-1', '1.5', 'x', '1000000', '99999999999'])(
    'from format %s is refused',
    async from => {
      expect(codeOf(await owner('PUT', `${formats}/${from}`, { source: coins }))).toBe(
        'invalid_request',
      )
    },
  )

  test('of another organisation is not there', async () => {
    await write(3)
    const stranger = (await freshMember(stack.api_url)).api
    for (const [method, path, json] of [
      ['GET', formats, undefined],
      ['GET', `${formats}/3`, undefined],
      ['PUT', `${formats}/3`, { source: coins }],
      ['DELETE', `${formats}/3`, undefined],
      ['POST', `${formats}/try`, { from_version: 3, data: {} }],
    ] as const) {
      expect(codeOf(await stranger(method, path, json))).toBe('not_found')
    }
  })

  test('may be written by a server whose key may write settings', async () => {
    const keyWith = async (scope: string) => {
      const made = await owner('POST', `/studio/environments/${home.environmentId}/keys`, {
        kind: 'secret',
        name: scope,
        scopes: [scope],
      })
      return callerOf(stack.api_url, { 'x-api-key': Object(made.body).api_key })
    }
    expect(codeOf(await write(3, coins, {}, await keyWith('saves:write')))).toBe(
      'insufficient_scope',
    )
    expect((await write(3, coins, {}, await keyWith('settings:write'))).status).toBe(200)
  })
})

describe('a trial', () => {
  test('shows the document that the registered steps make, and what differs', async () => {
    await write(3)
    await write(4, 'export default save => ({ ...save, coins: save.coins * 10 })')
    const data = { gold: 2, name: 'Zoë' }
    expect(await outcome({ from_version: 3, to_version: 5, data })).toEqual({
      data: { name: 'Zoë', coins: 20 },
      to_version: 5,
      is_changed: true,
      size_before: 24,
      size_after: 26,
      differences: expect.arrayContaining([
        { op: 'remove', path: '/gold' },
        { op: 'add', path: '/coins', value: 20 },
      ]),
    })
  })

  test('takes a source that is not registered, alone or before registered ones', async () => {
    const source = 'export default save => ({ gold: save.money })'
    const trial = { from_version: 2, data: { money: 1 }, source }
    expect((await outcome(trial)).data).toEqual({ gold: 1 })
    await write(3)
    expect((await outcome({ ...trial, to_version: 4 })).data).toEqual({ coins: 1 })
    expect(await list()).toHaveLength(1)
  })

  test('says which step is missing', async () => {
    await write(3)
    const answer = await attempt({ from_version: 3, to_version: 6, data: {} })
    expect([answer.status, answer.body]).toMatchObject([
      422,
      { code: 'save_format_unknown', missing: 4 },
    ])
  })

  test('says which step fails, why, and in which line', async () => {
    await write(3, 'export default save => save')
    await write(4, 'export default save => {\n  return { hp: save.hero.hp }\n}')
    const answer = await attempt({ from_version: 3, to_version: 5, data: {} })
    expect([answer.status, answer.body]).toMatchObject([
      422,
      {
        code: 'save_format_failed',
        failure: { from_version: 4, kind: 'threw', line: 2, column: expect.any(Number) },
      },
    ])
  })

  test('refuses to go back', async () => {
    const answer = await attempt({ from_version: 3, to_version: 2, data: {} })
    expect([answer.status, codeOf(answer)]).toEqual([409, 'save_format_newer'])
  })

  test('of a step that never ends answers soon, and others are answered meanwhile', async () => {
    const bomb = attempt({
      from_version: 1,
      data: {},
      source: 'export default () => { for (;;); }',
    })
    expect((await owner('GET', formats)).status).toBe(200)
    expect((await bomb).body).toMatchObject({
      code: 'save_format_failed',
      failure: { kind: expect.stringMatching(/^(work|time)$/) },
    })
  })
})

describe('a save that is read in a newer format', () => {
  const saved = async (save: object) => {
    const { headers } = await freshPlayer(home)
    const player = callerOf(stack.api_url, headers)
    const answer = await player('POST', '/saves/me', { save_id: 'slot1', ...save })
    expect(answer.status).toBe(201)
    return (query: string, known: Record<string, string> = {}) =>
      player('GET', `/saves/me/slot1${query}`, undefined, known)
  }

  test('is brought to it for this answer, and stored as it was', async () => {
    await write(3)
    const read = await saved({ data: { gold: 5 }, schema_version: 3 })
    expect((await read('?schema_version=4')).body).toMatchObject({
      save: { schema_version: 3, version: 1 },
      data: { coins: 5 },
      migrated_to: 4,
    })
    const asStored = await read('')
    expect(asStored.body).toMatchObject({ data: { gold: 5 } })
    const known = { 'if-none-match': asStored.headers.get('etag') ?? '' }
    expect((await read('?schema_version=4', known)).status).toBe(200)
    expect((await read('?schema_version=3')).body).toMatchObject({ data: { gold: 5 } })
  })

  test('is refused clearly when it is newer, or no way leads there, or the way fails', async () => {
    await write(3, 'export default save => save.none.at')
    const read = await saved({ data: {}, schema_version: 3 })
    expect(codeOf(await read('?schema_version=2'))).toBe('save_format_newer')
    expect((await read('?schema_version=5')).body).toMatchObject({
      code: 'save_format_unknown',
      missing: 4,
    })
    expect((await read('?schema_version=4')).body).toMatchObject({
      code: 'save_format_failed',
      failure: { from_version: 3, line: 1 },
    })
  })

  test('makes its step one that was applied: it is superseded by its revision, and not taken away', async () => {
    await write(3)
    const read = await saved({ data: { gold: 5 }, schema_version: 3 })
    await read('?schema_version=4')
    const [step] = await list()
    expect(step?.applied_at).toMatch(/Z$/)
    const another = 'export default save => save'
    const answer = await write(3, another)
    expect([answer.status, answer.body]).toMatchObject([
      409,
      { code: 'save_format_applied', revision: 1 },
    ])
    for (const headers of [{}, { 'if-match': '"1"' }]) {
      const removal = await owner('DELETE', `${formats}/3`, undefined, headers)
      expect(codeOf(removal)).toBe('save_format_applied')
    }
    const next = await written(3, another, { 'if-match': '"1"' })
    expect([next.revision, next.applied_at]).toEqual([2, null])
    expect((await read('?schema_version=4')).body).toMatchObject({ data: { gold: 5 } })
  })
})

describe('a promotion', () => {
  test('takes tried steps to another environment, and supersedes what was applied there', async () => {
    const { api } = await freshMember(stack.api_url)
    const project = await freshProject({ api }, await freshOrganization({ api }))
    const path = (environment: string) => `/studio/environments/${environment}/save-formats/3`
    const promote = () =>
      api('POST', `/studio/projects/${project.id}/promotions`, {
        from_environment_id: project.development,
        to_environment_id: project.production,
        items: ['save_formats/3'],
      })
    await api('PUT', path(project.development), { source: coins })
    expect((await promote()).status).toBe(201)
    const sourceThere = async () =>
      StepAnswer.parse((await api('GET', path(project.production))).body).step
    expect(await sourceThere()).toMatchObject({ source: coins, revision: 1 })
    await stored.rows(
      'UPDATE save_format_step SET applied_at = now() WHERE environment_id = $1',
      project.production,
    )
    const newer = 'export default save => save'
    await api('PUT', path(project.development), { source: newer })
    expect((await promote()).status).toBe(201)
    expect(await sourceThere()).toMatchObject({ source: newer, revision: 2, applied_at: null })
  })
})
