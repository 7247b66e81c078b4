import { audit } from '@aethex/shared/audit'
import { notFound, Problem } from '@aethex/shared/errors'
import { auditActorOf, type Ctx } from '../../gateway/context.js'
import { differencesOf } from './differences.js'
import { asStep, assertNotNewer, failed, requirePath, toFailure } from './path.js'
import { assertExpected, type Expected, putStep } from './put-step.js'
import type { StepContent, Trial } from './schema.js'
import {
  addRevision,
  findRevision,
  findStep,
  listSteps,
  type StepRow,
  takeFormatTurn,
} from './store.js'

export { bringTo } from './bring-to.js'
export { differencesOf } from './differences.js'
export { asStep, pathThrough, toFailure } from './path.js'
export { saveFormats } from './promotion.js'
export { openFormatSandbox } from './sandbox/pool.js'
export {
  listRevisions,
  listSteps,
  markApplied,
  type StepRef,
  type StepRow,
  takeFormatTurn,
} from './store.js'

const toStep = ({ hash, source, applied_at, created_at, ...row }: StepRow) => ({
  ...row,
  to_version: row.from_version + 1,
  hash: hash.toString('hex'),
  size: Buffer.byteLength(source),
  applied_at: applied_at?.toISOString() ?? null,
  created_at: created_at.toISOString(),
})

const toStepWithSource = (row: StepRow) => ({ ...toStep(row), source: row.source })

/** The steps of an environment by the format that they begin with, without their sources. */
export async function listFormatSteps(ctx: Ctx, environmentId: string) {
  const rows = await listSteps(environmentId, ctx.db)
  return { items: rows.map(toStep), next_cursor: null }
}

/** The step as it holds now, or one of its revisions. */
export async function readStep(
  ctx: Ctx,
  environmentId: string,
  fromVersion: number,
  revision: number | undefined,
) {
  const row =
    revision === undefined
      ? await findStep(environmentId, ctx.db, fromVersion)
      : await findRevision(environmentId, ctx.db, fromVersion, revision)
  if (row === undefined) throw notFound()
  return { step: toStepWithSource(row) }
}

/** Throws `save_format_invalid` for a source that is no step. */
async function assertStep(ctx: Ctx, environmentId: string, fromVersion: number, source: string) {
  const failure = await ctx.formatSandbox.inspect(environmentId, { fromVersion, source })
  if (failure === undefined) return
  const place = failure.line === null ? '' : `Line ${failure.line}: `
  throw new Problem('save_format_invalid', {
    detail: place + failure.message,
    extensions: { failure: toFailure(failure) },
  })
}

/** Registers the step from a format to the next one, or a new revision of it. */
export async function writeStep(
  ctx: Ctx,
  environmentId: string,
  fromVersion: number,
  content: StepContent,
  expected: Expected,
) {
  await assertStep(ctx, environmentId, fromVersion, content.source)
  const row = await ctx.db.transaction(async tx => {
    const put = await putStep(environmentId, tx, fromVersion, content, expected)
    if (!put.isNew) return put.row
    const { revision, hash } = put.row
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: 'save_formats.write',
      target: String(fromVersion),
      details: { revision, hash: hash.toString('hex') },
      requestId: ctx.requestId,
    })
    return put.row
  })
  return { step: toStepWithSource(row) }
}

/** Takes a step away that no save was changed by. Throws `save_format_applied` for one that was applied. */
export async function deleteStep(
  ctx: Ctx,
  environmentId: string,
  fromVersion: number,
  expected: Expected,
): Promise<void> {
  await ctx.db.transaction(async tx => {
    await takeFormatTurn(environmentId, tx)
    const row = await findStep(environmentId, tx, fromVersion)
    if (row === undefined) throw notFound()
    assertExpected(row, expected)
    if (row.applied_at !== null) assertExpected(row, undefined)
    await addRevision(environmentId, tx, fromVersion, undefined)
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: 'save_formats.delete',
      target: String(fromVersion),
      details: { revision: row.revision },
      requestId: ctx.requestId,
    })
  })
}

/** Leads a given document through the steps, and shows what became of it. Nothing is stored. */
export async function tryStep(ctx: Ctx, environmentId: string, trial: Trial) {
  const { from_version: from, to_version: to = from + 1, source, data } = trial
  assertNotNewer(from, to)
  const isOwn = source !== undefined && to > from
  const begin = isOwn ? from + 1 : from
  const stored = await listSteps(environmentId, ctx.db, begin, to)
  const steps = requirePath(stored, begin, to).map(asStep)
  if (isOwn) steps.unshift({ fromVersion: from, source })
  const text = JSON.stringify(data)
  const migrated = await ctx.formatSandbox.migrate(environmentId, steps, text)
  if (!migrated.ok) throw failed(migrated.failure)
  const before = { data, size: Buffer.byteLength(text) }
  const after = { data: JSON.parse(migrated.text), size: Buffer.byteLength(migrated.text) }
  return {
    data: after.data,
    to_version: to,
    is_changed: migrated.isChanged,
    size_before: before.size,
    size_after: after.size,
    differences: differencesOf(before, after),
  }
}
