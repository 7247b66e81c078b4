import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import type { StepContent } from './schema.js'
import { addRevision, findStep, listSteps, type StepRow, takeFormatTurn } from './store.js'

const mostSteps = 200

/** Which revision a write expects: a number, none at all (0), or whichever there is (undefined). */
export type Expected = number | undefined

/** A step that saves were changed by is superseded by whoever names it, and never by accident. */
export function assertExpected(row: StepRow | undefined, expected: Expected): void {
  if (expected !== undefined && expected !== (row?.revision ?? 0)) {
    throw new Problem('version_mismatch')
  }
  if (expected === undefined && row !== undefined && row.applied_at !== null) {
    const { revision, applied_at } = row
    throw new Problem('save_format_applied', {
      extensions: { revision, applied_at: applied_at.toISOString() },
    })
  }
}

async function assertRoom(environmentId: string, tx: Db): Promise<void> {
  if ((await listSteps(environmentId, tx)).length < mostSteps) return
  throw new Problem('limit_reached', { extensions: { allowed: mostSteps } })
}

/** Puts a revision where `expected` still holds; the same content again changes nothing. */
export async function putStep(
  environmentId: string,
  tx: Db,
  fromVersion: number,
  content: StepContent,
  expected: Expected,
): Promise<{ row: StepRow; isNew: boolean }> {
  await takeFormatTurn(environmentId, tx)
  const row = await findStep(environmentId, tx, fromVersion)
  const isSame = row?.source === content.source && row.note === content.note
  if (row !== undefined && isSame && (expected === undefined || expected === row.revision)) {
    return { row, isNew: false }
  }
  assertExpected(row, expected)
  if (row === undefined) await assertRoom(environmentId, tx)
  const { source, hash, ...added } = await addRevision(environmentId, tx, fromVersion, content)
  if (source === null || hash === null) throw new Error('the revision lost its source')
  return { row: { ...added, source, hash }, isNew: true }
}
