import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { codeOf, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { apiOptions } from '../../testing/another-api.js'
import { type Caller, callerOf, inParallel } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { asMember, freshMember } from '../../testing/studio.js'
import { FindingList, type NewRun, RunAnswer, RunList } from './schema.js'

const stack = inject('stack')
let stored: Stored
let home: TestEnvironment
let owner: Caller
let server: Caller
let playerId: string
let studio: string

beforeAll(() => {
  stored = openStored(stack)
})
afterAll(() => stored.close())
beforeEach(async () => {
  home = await freshEnvironment(stack)
  owner = asMember(stack.api_url, home.memberToken)
  server = callerOf(stack.api_url, { 'x-api-key': home.secretKey })
  playerId = (await freshPlayer(home)).id
  studio = `/studio/environments/${home.environmentId}`
})

/** Gold becomes coins; a save without gold fails in line 2. */
const toCoins = `export default function migrate({ gold, ...save }) {
  return { ...save, coins: gold.valueOf() }
}`
const register = (from: number, source = toCoins) =>
  owner('PUT', `${studio}/save-formats/${from}`, { source })
const write = async (slot: string, data: unknown, schema_version = 0) => {
  const body = { save_id: slot, data, schema_version }
  const answer = await server('POST', `/saves/${playerId}`, body)
  expect(answer.status).toBe(201)
}
const read = async (slot: string) =>
  Object((await server('GET', `/saves/${playerId}/${slot}`)).body)
const history = async (slot: string) =>
  Object((await server('GET', `/saves/${playerId}/history?save_id=${slot}`)).body).items

const runs = () => `${studio}/save-format-runs`
const start = (run: Partial<NewRun> = {}, headers?: Record<string, string>) =>
  owner('POST', runs(), { kind: 'dry', schema_version: 1, per_second: 1_000, ...run }, headers)
const runOf = ({ body }: Awaited<ReturnType<Caller>>) => RunAnswer.parse(body).run
const look = async (id: string) => runOf(await owner('GET', `${runs()}/${id}`))
const until = async (id: string, isThere: (run: Awaited<ReturnType<typeof look>>) => boolean) => {
  for (;;) {
    const run = await look(id)
    if (isThere(run)) return run
    await wait(50)
  }
}
const finished = (id: string) => until(id, ({ state }) => state !== 'running')
const carriedOut = async (run: Partial<NewRun> = {}) => finished(runOf(await start(run)).run_id)
const findings = async (id: string, query = '') =>
  FindingList.parse((await owner('GET', `${runs()}/${id}/findings${query}`)).body)
const countVersions = async () => {
  const [row] = await stored.rows(
    'SELECT count(*)::int AS count FROM save_version WHERE environment_id = $1',
    home.environmentId,
  )
  return row?.count
}

describe('a dry run', () => {
  test('counts what would become of every version that is kept, heads and history, and stores nothing', async () => {
    await register(0)
    await register(1, 'export default save => save')
    await write('a', { gold: 1 })
    await write('a', { gold: 2 })
    await write('b', { coins: 3 }, 1)
    await write('c', { coins: 3 }, 2)
    await write('d', { coins: 3 }, 5)
    await write('e', { lead: 1 })
    await write('f', 'bytes')
    await write('g', { gold: 7 })
    await stored.rows(
      `UPDATE save_version SET content_type = 'application/octet-stream'
       WHERE environment_id = $1 AND save_id = 'f'`,
      home.environmentId,
    )
    await server('DELETE', `/saves/${playerId}/g`)
    const before = await countVersions()
    const run = await carriedOut({ schema_version: 2 })
    expect(run).toMatchObject({ state: 'done', kind: 'dry', reason: null })
    expect(run.steps).toEqual([
      { from_version: 0, revision: 1 },
      { from_version: 1, revision: 1 },
    ])
    expect(run.report).toEqual({
      total: 9,
      looked_at: 9,
      migrated: 3,
      unchanged: 1,
      current: 1,
      newer: 1,
      unreachable: 0,
      failed: 1,
      files: 1,
      gone: 1,
      overtaken: 0,
      size_before: 41,
      size_after: 44,
      formats: [
        { schema_version: 0, found: 6, migrated: 3, unchanged: 0, failed: 1 },
        { schema_version: 1, found: 1, migrated: 0, unchanged: 1, failed: 0 },
        { schema_version: 2, found: 1, migrated: 0, unchanged: 0, failed: 0 },
        { schema_version: 5, found: 1, migrated: 0, unchanged: 0, failed: 0 },
      ],
    })
    expect(await countVersions()).toBe(before)
    expect(await read('a')).toMatchObject({ save: { version: 2 }, data: { gold: 2 } })
  })

  test('shows the versions on which a step failed, with the line, and samples of what would change', async () => {
    await register(0)
    for (const at of [1, 2, 3]) await write(`good${at}`, { gold: at })
    await write('bad', { lead: 1 })
    const { run_id } = await carriedOut({ samples: 2 })
    const { items } = await findings(run_id)
    expect(items.map(({ kind, save_id }) => [kind, save_id])).toEqual([
      ['failed', 'bad'],
      ['sample', 'good1'],
      ['sample', 'good2'],
    ])
    expect(items[0]).toEqual({
      kind: 'failed',
      player_id: playerId,
      save_id: 'bad',
      version: 1,
      schema_version: 0,
      code: 'save_format_failed',
      message: expect.stringContaining('TypeError'),
      failure: expect.objectContaining({ from_version: 0, kind: 'threw', line: 2 }),
      size_before: null,
      size_after: null,
      differences: null,
    })
    expect(items[1]).toMatchObject({
      size_before: 10,
      size_after: 11,
      differences: expect.arrayContaining([{ op: 'add', path: '/coins', value: 1 }]),
    })
    const page = await findings(run_id, '?limit=1&kind=sample')
    const next = await findings(run_id, `?limit=1&kind=sample&cursor=${page.next_cursor}`)
    expect([...page.items, ...next.items].map(({ save_id }) => save_id)).toEqual(['good1', 'good2'])
    expect(next.next_cursor).toBeNull()
  })

  test('tells of formats from which no steps lead there', async () => {
    await register(1)
    await write('old', { gold: 1 })
    await write('new', { gold: 1 }, 1)
    const run = await carriedOut({ schema_version: 2 })
    expect(run.report).toMatchObject({ migrated: 1, unreachable: 1, failed: 0 })
    const { items } = await findings(run.run_id, '?kind=failed')
    expect(items).toMatchObject([{ save_id: 'old', code: 'save_format_unknown' }])
  })

  test('survives steps that never end', async () => {
    await register(0, 'export default save => { if (save.gold === 2) for (;;); return save }')
    for (const at of [1, 2, 3]) await write(`s${at}`, { gold: at })
    const run = await carriedOut()
    expect(run.report).toMatchObject({ unchanged: 2, failed: 1 })
    const { items } = await findings(run.run_id)
    expect(items).toMatchObject([{ save_id: 's2' }])
    expect(items[0]?.failure?.kind).toMatch(/^(work|time)$/)
  })
})

describe('a run that applies', () => {
  test('gives every older head a new version, says what it was made from, and keeps the history', async () => {
    await register(0)
    await write('a', { gold: 1 })
    await write('a', { gold: 2 })
    await write('b', { coins: 3 }, 1)
    await write('bad', { lead: 1 })
    const run = await carriedOut({ kind: 'apply' })
    expect(run.report).toMatchObject({ total: 3, migrated: 1, current: 1, failed: 1 })
    expect(await read('a')).toMatchObject({
      save: { version: 3, base_version: 2, migrated_from: 2, schema_version: 1 },
      data: { coins: 2 },
    })
    const versions = await history('a')
    expect(versions.map((one: { schema_version: number }) => one.schema_version)).toEqual([1, 0, 0])
    expect(await read('b')).toMatchObject({ save: { version: 1, migrated_from: null } })
    expect(await read('bad')).toMatchObject({ save: { version: 1 }, data: { lead: 1 } })
  })

  test('keeps what is told of a save', async () => {
    await register(0)
    const told = {
      name: 'The mill',
      device: 'Deck',
      platform: 'linux',
      play_time_seconds: 12.5,
      metadata: { chapter: 3 },
    }
    await server('POST', `/saves/${playerId}`, { save_id: 'a', data: { gold: 1 }, ...told })
    await carriedOut({ kind: 'apply' })
    expect((await read('a')).save).toMatchObject({ ...told, version: 2, schema_version: 1 })
  })

  test('finds nothing to do the second time', async () => {
    await register(0)
    await write('a', { gold: 1 })
    await carriedOut({ kind: 'apply' })
    const again = await carriedOut({ kind: 'apply' })
    expect(again.report).toMatchObject({ migrated: 0, current: 1 })
    expect(await history('a')).toHaveLength(2)
  })

  test('goes by the steps as they were when it began, and makes them steps that were applied', async () => {
    await register(0)
    for (let at = 0; at < 6; at++) await write(`s${at}`, { gold: at })
    const { run_id } = runOf(await start({ kind: 'apply', per_second: 4 }))
    const newer = await register(0, 'export default save => ({ other: 1 })')
    expect(codeOf(newer)).toBe('save_format_applied')
    const superseding = await owner(
      'PUT',
      `${studio}/save-formats/0`,
      { source: 'export default save => ({ other: 1 })' },
      { 'if-match': '"1"' },
    )
    expect(superseding.status).toBe(200)
    const run = await finished(run_id)
    expect(run.report.migrated).toBe(6)
    expect(await read('s5')).toMatchObject({ data: { coins: 5 } })
  })

  test('takes its time', async () => {
    await register(0)
    for (let at = 0; at < 6; at++) await write(`s${at}`, { gold: at })
    const { run_id, created_at } = runOf(await start({ kind: 'apply', per_second: 5 }))
    const { finished_at } = await finished(run_id)
    expect(Date.parse(finished_at ?? '') - Date.parse(created_at)).toBeGreaterThan(950)
  })

  test('never writes over what a player writes meanwhile', async () => {
    // Slow enough that players come between the look and the write.
    await register(
      0,
      `export default save => {
      for (let at = 0; at < 3e5; at++) Math.sqrt(at)
      return { ...save, by: 'run' }
    }`,
    )
    const slots = ['a', 'b', 'c', 'd', 'e']
    for (const slot of slots) await write(slot, { count: 0 })
    const { run_id } = runOf(await start({ kind: 'apply' }))
    const players = await inParallel(slots.length, async at => {
      const written: number[] = []
      for (let count = 1; count <= 12; count++) {
        const slot = slots[at] ?? ''
        const base = Number((await read(slot)).save.version)
        const answer = await server('POST', `/saves/${playerId}`, {
          save_id: slot,
          data: { count },
          base_version: base,
        })
        if (answer.status === 201) written.push(Number(Object(answer.body).save.version))
        else expect(codeOf(answer)).toBe('save_conflict')
      }
      return written
    })
    const run = await finished(run_id)
    const { migrated, overtaken } = run.report
    expect(migrated + overtaken).toBe(slots.length)
    for (const [at, slot] of slots.entries()) {
      const versions: { version: number; migrated_from: number | null }[] = await history(slot)
      const byRun = versions.filter(one => one.migrated_from !== null)
      expect(byRun.length).toBeLessThanOrEqual(1)
      for (const { version, migrated_from } of byRun) {
        expect(migrated_from).toBe(version - 1)
        const of = async (which: number) =>
          Object((await server('GET', `/saves/${playerId}/${slot}?version=${which}`)).body).data
        expect(await of(version)).toEqual({ ...(await of(version - 1)), by: 'run' })
      }
      const byPlayer = versions.filter(one => one.migrated_from === null).map(one => one.version)
      expect(byPlayer).toEqual(expect.arrayContaining(players[at] ?? []))
    }
  })

  test('writes down what it did, and who had it done', async () => {
    await register(0)
    await write('a', { gold: 1 })
    const { run_id } = await carriedOut({ kind: 'apply' })
    const entries = await stored.rows(
      `SELECT action, actor_kind, target FROM audit_entry
       WHERE environment_id = $1 AND (target = $2 OR actor_id = $2) ORDER BY id`,
      home.environmentId,
      run_id,
    )
    expect(entries.map(({ action, actor_kind }) => [action, actor_kind])).toEqual([
      ['save_formats.start_run', 'member'],
      ['saves.write', 'job'],
      ['save_formats.end_run', 'job'],
    ])
  })

  test('counts what it wrote before it was cut off, and writes it no second time', async () => {
    await register(0)
    for (let at = 0; at < 5; at++) await write(`s${at}`, { gold: at })
    const done = await carriedOut({ kind: 'apply' })
    expect(done.report).toMatchObject({ migrated: 5, size_before: 50, size_after: 55 })
    // As if the process had died before it noted anything.
    await stored.rows(
      `UPDATE save_format_run SET state = 'running', finished_at = NULL, leased_until = now(),
         report = report || '{"looked_at":0,"migrated":0,"size_before":0,"size_after":0,"formats":{}}'
       WHERE environment_id = $1`,
      home.environmentId,
    )
    const again = await finished(done.run_id)
    expect(again.report).toMatchObject({ looked_at: 5, migrated: 5, current: 0 })
    expect(again.report).toMatchObject({ size_before: 50, size_after: 55 })
    expect(await countVersions()).toBe(10)
  })
})

describe('a process that is killed', () => {
  const lead = (more: string) =>
    stored.rows(
      `UPDATE save_format_run SET state = 'running', leased_until = now() + $2::interval
       WHERE environment_id = $1`,
      home.environmentId,
      more,
    )

  /** Its clock is an hour ahead: what is leased to others for half an hour is its to take. */
  async function startDoomed(): Promise<ChildProcess> {
    const program = fileURLToPath(new URL('../../testing/doomed-api.ts', import.meta.url))
    const doomed = fork(program, { execArgv: ['--import', 'tsx'], stdio: 'ignore' })
    doomed.send({
      env: apiOptions(stack, { SERVICES: 'progress' }),
      aheadMs: 3_600_000,
    })
    await once(doomed, 'message')
    return doomed
  }

  test('leaves a run to others, which bring each head to the format exactly once', async () => {
    const count = 60
    await register(0)
    await inParallel(count, at => write(`s${at}`, { gold: at }))
    const { run_id } = runOf(await start({ kind: 'apply', per_second: 40 }))
    await owner('POST', `${runs()}/${run_id}/pause`)
    let looked = (await look(run_id)).report.looked_at
    for (let kills = 0; kills < 2; kills++) {
      await lead('30 minutes')
      const doomed = await startDoomed()
      const goal = looked + 5 + Math.floor(Math.random() * 10)
      await until(run_id, ({ report }) => report.looked_at >= goal)
      doomed.kill('SIGKILL')
      await once(doomed, 'exit')
      looked = (await look(run_id)).report.looked_at
      expect(looked).toBeLessThan(count)
    }
    await lead('0')
    const run = await finished(run_id)
    expect(run.report).toMatchObject({ looked_at: count, migrated: count, current: 0 })
    const rows = await stored.rows(
      `SELECT save_id, count(*) FILTER (WHERE migrated_from IS NOT NULL)::int AS migrated, count(*)::int AS all
       FROM save_version WHERE environment_id = $1 GROUP BY save_id`,
      home.environmentId,
    )
    expect(rows).toHaveLength(count)
    for (const row of rows) expect(row).toMatchObject({ migrated: 1, all: 2 })
  }, 90_000)
})

describe('a run', () => {
  const steer = (id: string, move: string) => owner('POST', `${runs()}/${id}/${move}`)

  test('is paused, resumed and cancelled; what it has written stays', async () => {
    await register(0)
    for (let at = 0; at < 12; at++) await write(`s${at}`, { gold: at })
    const { run_id } = runOf(await start({ kind: 'apply', per_second: 4 }))
    await until(run_id, ({ report }) => report.migrated >= 2)
    expect(runOf(await steer(run_id, 'pause')).state).toBe('paused')
    const paused = (await look(run_id)).report.migrated
    await wait(800)
    expect((await look(run_id)).report.migrated).toBe(paused)
    expect(runOf(await steer(run_id, 'pause')).state).toBe('paused')
    expect(runOf(await steer(run_id, 'resume')).state).toBe('running')
    await until(run_id, ({ report }) => report.migrated > paused)
    const cancelled = runOf(await steer(run_id, 'cancel'))
    expect([cancelled.state, cancelled.finished_at]).toEqual([
      'cancelled',
      expect.stringMatching(/Z$/),
    ])
    expect(codeOf(await steer(run_id, 'resume'))).toBe('save_format_run_over')
    expect(runOf(await steer(run_id, 'cancel')).state).toBe('cancelled')
    await wait(500)
    const rows = await stored.rows(
      'SELECT 1 FROM save_version WHERE environment_id = $1 AND migrated_from IS NOT NULL',
      home.environmentId,
    )
    expect(rows.length).toBeGreaterThan(paused)
    expect(rows.length).toBeLessThan(12)
  })

  test('that applies is the only one of its environment', async () => {
    await register(0)
    const answers = await inParallel(5, () => start({ kind: 'apply', per_second: 1 }))
    const made = answers.filter(({ status }) => status === 202)
    const [first] = made
    // One may be over before the next is asked for: there is nothing to do.
    for (const answer of answers.filter(({ status }) => status !== 202)) {
      expect(codeOf(answer)).toBe('save_format_run_active')
    }
    expect(first && runOf(first).kind).toBe('apply')
  })

  test('is started once by one Idempotency-Key', async () => {
    await register(0)
    const key = { 'idempotency-key': crypto.randomUUID() }
    const answers = await inParallel(4, () => start({}, key))
    expect(new Set(answers.map(answer => runOf(answer).run_id)).size).toBe(1)
  })

  test('to a format that no step leads to is refused', async () => {
    await register(0)
    const answer = await start({ schema_version: 3 })
    expect([answer.status, answer.body]).toMatchObject([
      422,
      { code: 'save_format_unknown', missing: 2 },
    ])
  })

  test.each([
    ['another kind', { kind: 'both' }],
    ['format 0', { schema_version: 0 }],
    ['no time', { per_second: 0 }],
    ['too many samples', { samples: 51 }],
  ])('of %s is refused', async (_what, run) => {
    const answer = await owner('POST', runs(), { kind: 'dry', schema_version: 1, ...run })
    expect(codeOf(answer)).toBe('invalid_request')
  })

  test('fails when a revision that it goes by is gone', async () => {
    await register(0)
    const { run_id } = runOf(await start({ per_second: 1 }))
    await steer(run_id, 'pause')
    await stored.rows(
      `UPDATE save_format_run SET state = 'paused', finished_at = NULL, steps = '[{"from_version":0,"revision":9}]'
       WHERE environment_id = $1`,
      home.environmentId,
    )
    await steer(run_id, 'resume')
    const run = await finished(run_id)
    expect([run.state, run.reason]).toEqual(['failed', expect.stringContaining('revision')])
  })

  test('is listed, newest first, and is nobody else’s', async () => {
    await register(0)
    const ids: string[] = []
    for (let at = 0; at < 3; at++) ids.push((await carriedOut()).run_id)
    const page = RunList.parse((await owner('GET', `${runs()}?limit=2`)).body)
    expect(page.items.map(({ run_id }) => run_id)).toEqual([ids[2], ids[1]])
    const rest = await owner('GET', `${runs()}?limit=2&cursor=${page.next_cursor}`)
    expect(RunList.parse(rest.body).items.map(({ run_id }) => run_id)).toEqual([ids[0]])
    const stranger = (await freshMember(stack.api_url)).api
    const one = `${runs()}/${ids[0]}`
    for (const path of [runs(), one, `${one}/findings`]) {
      expect(codeOf(await stranger('GET', path))).toBe('not_found')
    }
    for (const move of ['pause', 'resume', 'cancel']) {
      expect(codeOf(await stranger('POST', `${one}/${move}`))).toBe('not_found')
    }
    const other = await freshEnvironment(stack)
    const elsewhere = `/studio/environments/${other.environmentId}/save-format-runs/${ids[0]}`
    const theirs = asMember(stack.api_url, other.memberToken)
    expect(codeOf(await theirs('GET', elsewhere))).toBe('not_found')
  })

  test('forgets what it shows of a player with the player', async () => {
    await register(0)
    await write('bad', { lead: 1 })
    const { run_id } = await carriedOut()
    expect((await findings(run_id)).items).toHaveLength(1)
    await stored.rows('DELETE FROM player WHERE id = $1', playerId)
    expect((await findings(run_id)).items).toEqual([])
  })
})
