import { Problem } from '@aethex/shared/errors'
import type { FormatFailure, FormatStep } from '../../gateway/format-sandbox.js'
import type { StepFailure } from './schema.js'
import type { StepRow } from './store.js'

/** A failure as the wire shows it. */
export const toFailure = ({ fromVersion, ...rest }: FormatFailure): StepFailure => ({
  from_version: fromVersion,
  ...rest,
})

export const failed = (failure: FormatFailure) => {
  const { fromVersion, line, message } = failure
  const place = line === null ? '' : `, line ${line}`
  return new Problem('save_format_failed', {
    detail: `The step from format ${fromVersion}${place}: ${message}`,
    extensions: { failure: toFailure(failure) },
  })
}

export const asStep = ({ from_version, source }: StepRow): FormatStep => ({
  fromVersion: from_version,
  source,
})

/** Throws `save_format_newer` for a document that is of a later format than the one asked for. */
export function assertNotNewer(from: number, to: number): void {
  if (from <= to) return
  throw new Problem('save_format_newer', {
    detail: `The document is of format ${from}, newer than ${to}.`,
    extensions: { schema_version: from },
  })
}

/** The steps from one format to another without a gap; of `steps`, which are in order. */
export function pathThrough<Step extends { from_version: number }>(
  steps: readonly Step[],
  from: number,
  to: number,
): { path: Step[] } | { missing: number } {
  const path: Step[] = []
  for (const step of steps) {
    if (step.from_version < from || step.from_version >= to) continue
    if (step.from_version !== from + path.length) break
    path.push(step)
  }
  return path.length === to - from ? { path } : { missing: from + path.length }
}

/** Throws `save_format_unknown` when a step between the two formats is not registered. */
export function requirePath<Step extends { from_version: number }>(
  steps: readonly Step[],
  from: number,
  to: number,
): Step[] {
  const found = pathThrough(steps, from, to)
  if ('path' in found) return found.path
  throw new Problem('save_format_unknown', {
    detail: `No step leads from format ${found.missing} to ${found.missing + 1}.`,
    extensions: { missing: found.missing },
  })
}
