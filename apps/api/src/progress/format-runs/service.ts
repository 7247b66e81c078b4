import { audit } from '@aethex/shared/audit'
import { type Db, once } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { auditActorOf, type Ctx } from '../../gateway/context.js'
import { listSteps, markApplied, type StepRow, takeFormatTurn } from '../save-formats/service.js'
import { emptyReport, toReport } from './report.js'
import { type NewRun, StepRefs } from './schema.js'
import {
  activeRuns,
  addRun,
  changeState,
  findRun,
  listFindings,
  listRuns,
  type RunRow,
} from './store.js'

const mostDryRuns = 3

export const toRun = (row: RunRow) => ({
  run_id: row.id,
  kind: row.kind,
  state: row.state,
  schema_version: row.schema_version,
  per_second: row.per_second,
  samples: row.samples,
  steps: StepRefs.parse(row.steps),
  report: toReport(row.report),
  reason: row.reason,
  created_at: row.created_at.toISOString(),
  finished_at: row.finished_at?.toISOString() ?? null,
})

/** The steps that lead to a format without a gap, from as far back as they reach. */
function stepsTo(steps: readonly StepRow[], target: number): StepRow[] {
  const way: StepRow[] = []
  for (const step of [...steps].reverse()) {
    if (step.from_version !== target - 1 - way.length) break
    way.unshift(step)
  }
  if (way.length > 0) return way
  throw new Problem('save_format_unknown', {
    detail: `No step leads to format ${target}.`,
    extensions: { missing: target - 1 },
  })
}

/** One run at a time writes an environment's saves; those that only look may be a few. */
async function assertFree(environmentId: string, tx: Db, kind: NewRun['kind']): Promise<void> {
  const [run, ...more] = await activeRuns(environmentId, tx, kind)
  if (run === undefined) return
  if (kind === 'apply') {
    throw new Problem('save_format_run_active', { extensions: { run_id: run.id } })
  }
  if (more.length + 1 < mostDryRuns) return
  throw new Problem('limit_reached', { extensions: { allowed: mostDryRuns } })
}

const write = (ctx: Ctx, tx: Db, action: string, row: RunRow) =>
  audit(tx, {
    environmentId: row.environment_id,
    actor: auditActorOf(ctx),
    action,
    target: row.id,
    details: { kind: row.kind, schema_version: row.schema_version },
    requestId: ctx.requestId,
  })

/** Starts a walk over the saves of an environment, by the steps as they are registered now. */
export async function startRun(ctx: Ctx, environmentId: string, wanted: NewRun) {
  const { kind, schema_version: target } = wanted
  return once(ctx.db, ctx.idempotency, db =>
    db.transaction(async tx => {
      await takeFormatTurn(environmentId, tx)
      await assertFree(environmentId, tx, kind)
      const steps = stepsTo(await listSteps(environmentId, tx, 0, target), target)
      const refs = steps.map(({ from_version, revision }) => ({ from_version, revision }))
      const now = ctx.now()
      const row = await addRun(environmentId, tx, {
        id: uuidv7(),
        kind,
        schemaVersion: target,
        steps: refs,
        perSecond: wanted.per_second,
        samples: wanted.samples,
        report: emptyReport(null),
        now,
      })
      if (kind === 'apply') await markApplied(environmentId, tx, refs, now)
      await write(ctx, tx, 'save_formats.start_run', row)
      return { run: toRun(row) }
    }),
  )
}

/** The runs of an environment, newest first. */
export async function listFormatRuns(
  ctx: Ctx,
  environmentId: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
) {
  const after = cursor === undefined ? undefined : decodeCursor(z.uuid(), cursor)
  const rows = await listRuns(environmentId, ctx.db, after, limit + 1)
  return pageOf(rows, limit, toRun, row => row.id)
}

export async function readRun(ctx: Ctx, environmentId: string, runId: string) {
  const row = await findRun(environmentId, ctx.db, runId)
  if (row === undefined) throw notFound()
  return { run: toRun(row) }
}

const moves = {
  pause: { to: 'paused', from: ['running', 'paused'] },
  resume: { to: 'running', from: ['paused', 'running'] },
  cancel: { to: 'cancelled', from: ['running', 'paused', 'cancelled'] },
} as const

/** Pauses, resumes or cancels a run. What it is in already it stays in; one that is over is `save_format_run_over`. */
export async function steerRun(
  ctx: Ctx,
  environmentId: string,
  runId: string,
  move: keyof typeof moves,
) {
  const { to, from } = moves[move]
  return ctx.db.transaction(async tx => {
    const before = await findRun(environmentId, tx, runId)
    if (before === undefined) throw notFound()
    if (before.state === to) return { run: toRun(before) }
    const row = await changeState(environmentId, tx, runId, { to, from, now: ctx.now() })
    if (row === undefined) throw new Problem('save_format_run_over')
    await write(ctx, tx, `save_formats.${move}_run`, row)
    return { run: toRun(row) }
  })
}

const Position = z.tuple([z.uuid(), z.string(), z.int32()])

/** What a run shows of single versions: failures and samples of differences. */
export async function listRunFindings(
  ctx: Ctx,
  environmentId: string,
  runId: string,
  page: { limit: number; cursor?: string | undefined; kind?: string | undefined },
) {
  if ((await findRun(environmentId, ctx.db, runId)) === undefined) throw notFound()
  const { limit, cursor, kind } = page
  const [player_id, save_id, version] = cursor === undefined ? [] : decodeCursor(Position, cursor)
  const isFirst = player_id === undefined || save_id === undefined || version === undefined
  const after = isFirst ? undefined : { player_id, save_id, version }
  const rows = await listFindings(environmentId, ctx.db, runId, { kind, after, limit: limit + 1 })
  return pageOf(
    rows,
    limit,
    ({ detail, ...row }) => ({ ...row, ...detail }),
    row => [row.player_id, row.save_id, row.version],
  )
}
