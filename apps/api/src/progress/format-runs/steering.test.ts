import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { codeOf, freshEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { apiOptions } from '../../testing/another-api.js'
import { inParallel } from '../../testing/caller.js'
import { openFormatStage } from '../../testing/format-stage.js'
import { openStored } from '../../testing/stored.js'
import { asMember, freshMember } from '../../testing/studio.js'
import { RunList } from './schema.js'

const stack = inject('stack')
const stored = openStored(stack)
let stage: Awaited<ReturnType<typeof openFormatStage>>

afterAll(() => stored.close())
beforeEach(async () => {
  stage = await openFormatStage(stack, stored)
})

describe('a process that is killed', () => {
  const lead = (more: string) =>
    stored.rows(
      `UPDATE save_format_run SET state = 'running', leased_until = now() + $2::interval
       WHERE environment_id = $1`,
      stage.home.environmentId,
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
    await stage.register(0)
    await inParallel(count, at => stage.write(`s${at}`, { gold: at }))
    const { run_id } = stage.runOf(await stage.start({ kind: 'apply', per_second: 40 }))
    await stage.owner('POST', `${stage.runs}/${run_id}/pause`)
    let looked = (await stage.look(run_id)).report.looked_at
    for (let kills = 0; kills < 2; kills++) {
      await lead('30 minutes')
      const doomed = await startDoomed()
      const goal = looked + 5 + Math.floor(Math.random() * 10)
      await stage.until(run_id, ({ report }) => report.looked_at >= goal)
      doomed.kill('SIGKILL')
      await once(doomed, 'exit')
      looked = (await stage.look(run_id)).report.looked_at
      expect(looked).toBeLessThan(count)
    }
    await lead('0')
    const run = await stage.finished(run_id)
    expect(run.report).toMatchObject({ looked_at: count, migrated: count, current: 0 })
    const rows = await stored.rows(
      `SELECT save_id, count(*) FILTER (WHERE migrated_from IS NOT NULL)::int AS migrated, count(*)::int AS all
       FROM save_version WHERE environment_id = $1 GROUP BY save_id`,
      stage.home.environmentId,
    )
    expect(rows).toHaveLength(count)
    for (const row of rows) expect(row).toMatchObject({ migrated: 1, all: 2 })
  }, 90_000)
})

describe('a run', () => {
  const steer = (id: string, move: string) => stage.owner('POST', `${stage.runs}/${id}/${move}`)

  test('is paused, resumed and cancelled; what it has written stays', async () => {
    await stage.register(0)
    for (let at = 0; at < 12; at++) await stage.write(`s${at}`, { gold: at })
    const { run_id } = stage.runOf(await stage.start({ kind: 'apply', per_second: 4 }))
    await stage.until(run_id, ({ report }) => report.migrated >= 2)
    expect(stage.runOf(await steer(run_id, 'pause')).state).toBe('paused')
    const paused = (await stage.look(run_id)).report.migrated
    await wait(800)
    expect((await stage.look(run_id)).report.migrated).toBe(paused)
    expect(stage.runOf(await steer(run_id, 'pause')).state).toBe('paused')
    expect(stage.runOf(await steer(run_id, 'resume')).state).toBe('running')
    await stage.until(run_id, ({ report }) => report.migrated > paused)
    const cancelled = stage.runOf(await steer(run_id, 'cancel'))
    expect([cancelled.state, cancelled.finished_at]).toEqual([
      'cancelled',
      expect.stringMatching(/Z$/),
    ])
    expect(codeOf(await steer(run_id, 'resume'))).toBe('save_format_run_over')
    expect(stage.runOf(await steer(run_id, 'cancel')).state).toBe('cancelled')
    await wait(500)
    const rows = await stored.rows(
      'SELECT 1 FROM save_version WHERE environment_id = $1 AND migrated_from IS NOT NULL',
      stage.home.environmentId,
    )
    expect(rows.length).toBeGreaterThan(paused)
    expect(rows.length).toBeLessThan(12)
  })

  test('that applies is the only one of its environment', async () => {
    await stage.register(0)
    const answers = await inParallel(5, () => stage.start({ kind: 'apply', per_second: 1 }))
    const made = answers.filter(({ status }) => status === 202)
    const [first] = made
    // One may be over before the next is asked for: there is nothing to do.
    for (const answer of answers.filter(({ status }) => status !== 202)) {
      expect(codeOf(answer)).toBe('save_format_run_active')
    }
    expect(first && stage.runOf(first).kind).toBe('apply')
  })

  test('is started once by one Idempotency-Key', async () => {
    await stage.register(0)
    const key = { 'idempotency-key': crypto.randomUUID() }
    const answers = await inParallel(4, () => stage.start({}, key))
    expect(new Set(answers.map(answer => stage.runOf(answer).run_id)).size).toBe(1)
  })

  test('to a format that no step leads to is refused', async () => {
    await stage.register(0)
    const answer = await stage.start({ schema_version: 3 })
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
    const answer = await stage.owner('POST', stage.runs, { kind: 'dry', schema_version: 1, ...run })
    expect(codeOf(answer)).toBe('invalid_request')
  })

  test('fails when a revision that it goes by is gone', async () => {
    await stage.register(0)
    const { run_id } = stage.runOf(await stage.start({ per_second: 1 }))
    await steer(run_id, 'pause')
    await stored.rows(
      `UPDATE save_format_run SET state = 'paused', finished_at = NULL, steps = '[{"from_version":0,"revision":9}]'
       WHERE environment_id = $1`,
      stage.home.environmentId,
    )
    await steer(run_id, 'resume')
    const run = await stage.finished(run_id)
    expect([run.state, run.reason]).toEqual(['failed', expect.stringContaining('revision')])
  })

  test('is listed, newest first, and is nobody else’s', async () => {
    await stage.register(0)
    const ids: string[] = []
    for (let at = 0; at < 3; at++) ids.push((await stage.carriedOut()).run_id)
    const page = RunList.parse((await stage.owner('GET', `${stage.runs}?limit=2`)).body)
    expect(page.items.map(({ run_id }) => run_id)).toEqual([ids[2], ids[1]])
    const rest = await stage.owner('GET', `${stage.runs}?limit=2&cursor=${page.next_cursor}`)
    expect(RunList.parse(rest.body).items.map(({ run_id }) => run_id)).toEqual([ids[0]])
    const stranger = (await freshMember(stack.api_url)).api
    const one = `${stage.runs}/${ids[0]}`
    for (const path of [stage.runs, one, `${one}/findings`]) {
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
    await stage.register(0)
    await stage.write('bad', { lead: 1 })
    const { run_id } = await stage.carriedOut()
    expect((await stage.findings(run_id)).items).toHaveLength(1)
    await stored.rows('DELETE FROM player WHERE id = $1', stage.playerId)
    expect((await stage.findings(run_id)).items).toEqual([])
  })
})
