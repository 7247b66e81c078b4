import { codeOf } from '@aethex/shared/testing'
import { afterAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { inParallel } from '../../testing/caller.js'
import { openFormatStage } from '../../testing/format-stage.js'
import { openStored } from '../../testing/stored.js'

const stack = inject('stack')
const stored = openStored(stack)
let stage: Awaited<ReturnType<typeof openFormatStage>>

afterAll(() => stored.close())
beforeEach(async () => {
  stage = await openFormatStage(stack, stored)
})

describe('a dry run', () => {
  test('counts what would become of every version that is kept, heads and stage.history, and stores nothing', async () => {
    await stage.register(0)
    await stage.register(1, 'export default save => save')
    await stage.write('a', { gold: 1 })
    await stage.write('a', { gold: 2 })
    await stage.write('b', { coins: 3 }, 1)
    await stage.write('c', { coins: 3 }, 2)
    await stage.write('d', { coins: 3 }, 5)
    await stage.write('e', { lead: 1 })
    await stage.write('f', 'bytes')
    await stage.write('g', { gold: 7 })
    await stored.rows(
      `UPDATE save_version SET content_type = 'application/octet-stream'
       WHERE environment_id = $1 AND save_id = 'f'`,
      stage.home.environmentId,
    )
    await stage.server('DELETE', `/saves/${stage.playerId}/g`)
    const before = await stage.countVersions()
    const run = await stage.carriedOut({ schema_version: 2 })
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
    expect(await stage.countVersions()).toBe(before)
    expect(await stage.read('a')).toMatchObject({ save: { version: 2 }, data: { gold: 2 } })
  })

  test('shows the versions on which a step failed, with the line, and samples of what would change', async () => {
    await stage.register(0)
    for (const at of [1, 2, 3]) await stage.write(`good${at}`, { gold: at })
    await stage.write('bad', { lead: 1 })
    const { run_id } = await stage.carriedOut({ samples: 2 })
    const { items } = await stage.findings(run_id)
    expect(items.map(({ kind, save_id }) => [kind, save_id])).toEqual([
      ['failed', 'bad'],
      ['sample', 'good1'],
      ['sample', 'good2'],
    ])
    expect(items[0]).toEqual({
      kind: 'failed',
      player_id: stage.playerId,
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
    const page = await stage.findings(run_id, '?limit=1&kind=sample')
    const next = await stage.findings(run_id, `?limit=1&kind=sample&cursor=${page.next_cursor}`)
    expect([...page.items, ...next.items].map(({ save_id }) => save_id)).toEqual(['good1', 'good2'])
    expect(next.next_cursor).toBeNull()
  })

  test('tells of formats from which no steps lead there', async () => {
    await stage.register(1)
    await stage.write('old', { gold: 1 })
    await stage.write('new', { gold: 1 }, 1)
    const run = await stage.carriedOut({ schema_version: 2 })
    expect(run.report).toMatchObject({ migrated: 1, unreachable: 1, failed: 0 })
    const { items } = await stage.findings(run.run_id, '?kind=failed')
    expect(items).toMatchObject([{ save_id: 'old', code: 'save_format_unknown' }])
  })

  test('survives steps that never end', async () => {
    await stage.register(0, 'export default save => { if (save.gold === 2) for (;;); return save }')
    for (const at of [1, 2, 3]) await stage.write(`s${at}`, { gold: at })
    const run = await stage.carriedOut()
    expect(run.report).toMatchObject({ unchanged: 2, failed: 1 })
    const { items } = await stage.findings(run.run_id)
    expect(items).toMatchObject([{ save_id: 's2' }])
    expect(items[0]?.failure?.kind).toMatch(/^(work|time)$/)
  })
})

describe('a run that applies', () => {
  test('gives every older head a new version, says what it was made from, and keeps the history', async () => {
    await stage.register(0)
    await stage.write('a', { gold: 1 })
    await stage.write('a', { gold: 2 })
    await stage.write('b', { coins: 3 }, 1)
    await stage.write('bad', { lead: 1 })
    const run = await stage.carriedOut({ kind: 'apply' })
    expect(run.report).toMatchObject({ total: 3, migrated: 1, current: 1, failed: 1 })
    expect(await stage.read('a')).toMatchObject({
      save: { version: 3, base_version: 2, migrated_from: 2, schema_version: 1 },
      data: { coins: 2 },
    })
    const versions = await stage.history('a')
    expect(versions.map((one: { schema_version: number }) => one.schema_version)).toEqual([1, 0, 0])
    expect(await stage.read('b')).toMatchObject({ save: { version: 1, migrated_from: null } })
    expect(await stage.read('bad')).toMatchObject({ save: { version: 1 }, data: { lead: 1 } })
  })

  test('keeps what is told of a save', async () => {
    await stage.register(0)
    const told = {
      name: 'The mill',
      device: 'Deck',
      platform: 'linux',
      play_time_seconds: 12.5,
      metadata: { chapter: 3 },
    }
    await stage.server('POST', `/saves/${stage.playerId}`, {
      save_id: 'a',
      data: { gold: 1 },
      ...told,
    })
    await stage.carriedOut({ kind: 'apply' })
    expect((await stage.read('a')).save).toMatchObject({ ...told, version: 2, schema_version: 1 })
  })

  test('finds nothing to do the second time', async () => {
    await stage.register(0)
    await stage.write('a', { gold: 1 })
    await stage.carriedOut({ kind: 'apply' })
    const again = await stage.carriedOut({ kind: 'apply' })
    expect(again.report).toMatchObject({ migrated: 0, current: 1 })
    expect(await stage.history('a')).toHaveLength(2)
  })

  test('goes by the steps as they were when it began, and makes them steps that were applied', async () => {
    await stage.register(0)
    for (let at = 0; at < 6; at++) await stage.write(`s${at}`, { gold: at })
    const { run_id } = stage.runOf(await stage.start({ kind: 'apply', per_second: 4 }))
    const newer = await stage.register(0, 'export default save => ({ other: 1 })')
    expect(codeOf(newer)).toBe('save_format_applied')
    const superseding = await stage.owner(
      'PUT',
      `${stage.studio}/save-formats/0`,
      { source: 'export default save => ({ other: 1 })' },
      { 'if-match': '"1"' },
    )
    expect(superseding.status).toBe(200)
    const run = await stage.finished(run_id)
    expect(run.report.migrated).toBe(6)
    expect(await stage.read('s5')).toMatchObject({ data: { coins: 5 } })
  })

  test('takes its time', async () => {
    await stage.register(0)
    for (let at = 0; at < 6; at++) await stage.write(`s${at}`, { gold: at })
    const { run_id, created_at } = stage.runOf(await stage.start({ kind: 'apply', per_second: 5 }))
    const { finished_at } = await stage.finished(run_id)
    expect(Date.parse(finished_at ?? '') - Date.parse(created_at)).toBeGreaterThan(950)
  })

  test('never writes over what a player writes meanwhile', async () => {
    // Slow enough that players come between the stage.look and the stage.write.
    await stage.register(
      0,
      `export default save => {
      for (let at = 0; at < 3e5; at++) Math.sqrt(at)
      return { ...save, by: 'run' }
    }`,
    )
    const slots = ['a', 'b', 'c', 'd', 'e']
    for (const slot of slots) await stage.write(slot, { count: 0 })
    const { run_id } = stage.runOf(await stage.start({ kind: 'apply' }))
    const players = await inParallel(slots.length, async at => {
      const written: number[] = []
      for (let count = 1; count <= 12; count++) {
        const slot = slots[at] ?? ''
        const base = Number((await stage.read(slot)).save.version)
        const answer = await stage.server('POST', `/saves/${stage.playerId}`, {
          save_id: slot,
          data: { count },
          base_version: base,
        })
        if (answer.status === 201) written.push(Number(Object(answer.body).save.version))
        else expect(codeOf(answer)).toBe('save_conflict')
      }
      return written
    })
    const run = await stage.finished(run_id)
    const { migrated, overtaken } = run.report
    expect(migrated + overtaken).toBe(slots.length)
    for (const [at, slot] of slots.entries()) {
      const versions: { version: number; migrated_from: number | null }[] =
        await stage.history(slot)
      const byRun = versions.filter(one => one.migrated_from !== null)
      expect(byRun.length).toBeLessThanOrEqual(1)
      for (const { version, migrated_from } of byRun) {
        expect(migrated_from).toBe(version - 1)
        const of = async (which: number) =>
          Object(
            (await stage.server('GET', `/saves/${stage.playerId}/${slot}?version=${which}`)).body,
          ).data
        expect(await of(version)).toEqual({ ...(await of(version - 1)), by: 'run' })
      }
      const byPlayer = versions.filter(one => one.migrated_from === null).map(one => one.version)
      expect(byPlayer).toEqual(expect.arrayContaining(players[at] ?? []))
    }
  })

  test('writes down what it did, and who had it done', async () => {
    await stage.register(0)
    await stage.write('a', { gold: 1 })
    const { run_id } = await stage.carriedOut({ kind: 'apply' })
    const entries = await stored.rows(
      `SELECT action, actor_kind, target FROM audit_entry
       WHERE environment_id = $1 AND (target = $2 OR actor_id = $2) ORDER BY id`,
      stage.home.environmentId,
      run_id,
    )
    expect(entries.map(({ action, actor_kind }) => [action, actor_kind])).toEqual([
      ['save_formats.start_run', 'member'],
      ['saves.write', 'job'],
      ['save_formats.end_run', 'job'],
    ])
  })

  test('counts what it wrote before it was cut off, and writes it no second time', async () => {
    await stage.register(0)
    for (let at = 0; at < 5; at++) await stage.write(`s${at}`, { gold: at })
    const done = await stage.carriedOut({ kind: 'apply' })
    expect(done.report).toMatchObject({ migrated: 5, size_before: 50, size_after: 55 })
    // As if the process had died before it noted anything.
    await stored.rows(
      `UPDATE save_format_run SET state = 'running', finished_at = NULL, leased_until = now(),
         report = report || '{"looked_at":0,"migrated":0,"size_before":0,"size_after":0,"formats":{}}'
       WHERE environment_id = $1`,
      stage.home.environmentId,
    )
    const again = await stage.finished(done.run_id)
    expect(again.report).toMatchObject({ looked_at: 5, migrated: 5, current: 0 })
    expect(again.report).toMatchObject({ size_before: 50, size_after: 55 })
    expect(await stage.countVersions()).toBe(10)
  })
})
