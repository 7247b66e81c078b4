import { queryInteger } from '@aethex/shared/http'
import { z } from 'zod'
import { Id, Page } from '../../gateway/shapes.js'
import { Difference, FormatVersion, InEnvironment, StepFailure } from '../save-formats/schema.js'

export { InEnvironment }
export const OneRun = InEnvironment.extend({ run_id: Id })

export const NewRun = z.strictObject({
  /** `dry` looks at every version that is kept and stores nothing; `apply` gives older heads a new version. */
  kind: z.enum(['dry', 'apply']),
  /** The format that saves are brought to. */
  schema_version: FormatVersion.min(1),
  /** How many versions are looked at in a second, at most. */
  per_second: z.int().min(1).max(1_000).default(50),
  /** How many differences are kept to be looked at. */
  samples: z.int().min(0).max(50).default(10),
})
export type NewRun = z.output<typeof NewRun>

export const StepRef = z.object({ from_version: z.int(), revision: z.int() })
export const StepRefs = z.array(StepRef)

const Counts = z.object({
  /** Versions that were found. */
  found: z.int(),
  /** Another document came out. */
  migrated: z.int(),
  /** The steps left the document as it was. */
  unchanged: z.int(),
  /** A step failed. */
  failed: z.int(),
})

/** What a run has counted. Every version that was looked at is in exactly one of the counts below `looked_at`. */
export const Report = z
  .object({
    /** Versions (of a run that applies: heads) at the start; null where there were too many to count. */
    total: z.int().nullable(),
    looked_at: z.int(),
    migrated: z.int(),
    unchanged: z.int(),
    /** Of the format already. */
    current: z.int(),
    /** Of a later format. */
    newer: z.int(),
    /** Of a format from which no steps lead there. */
    unreachable: z.int(),
    failed: z.int(),
    /** No documents. */
    files: z.int(),
    /** Without content: deleted slots, and what was removed while the run went on. */
    gone: z.int(),
    /** Their player wrote again and again while the run tried; the next run finds them. */
    overtaken: z.int(),
    /** Bytes of the documents that were led through the steps. */
    size_before: z.int(),
    size_after: z.int(),
    /** By the format in which they were found, the first hundred formats. */
    formats: z.array(Counts.extend({ schema_version: z.int() })),
  })
  .meta({ id: 'SaveFormatReport' })

export const Run = z
  .object({
    run_id: z.uuid(),
    kind: z.enum(['dry', 'apply']),
    state: z.enum(['running', 'paused', 'cancelled', 'done', 'failed']),
    schema_version: z.int(),
    per_second: z.int(),
    samples: z.int(),
    /** The revisions that it goes by, whatever is registered meanwhile. */
    steps: StepRefs,
    report: Report,
    /** Why it failed. */
    reason: z.string().nullable(),
    created_at: z.iso.datetime(),
    /** What it found is forgotten 30 days later. */
    finished_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'SaveFormatRun' })

export const RunAnswer = z.object({ run: Run })
export const RunList = z.object({ items: z.array(Run), next_cursor: z.string().nullable() })

/** What a finding tells beside its place. */
export const FindingDetail = z.object({
  /** What a failure was. */
  code: z.string().nullable(),
  message: z.string().nullable(),
  failure: StepFailure.nullable(),
  size_before: z.int().nullable(),
  size_after: z.int().nullable(),
  /** Of a sample; null for documents beyond 1 MiB. */
  differences: z.array(Difference).nullable(),
})
export type FindingDetail = z.output<typeof FindingDetail>

export const Finding = FindingDetail.extend({
  kind: z.enum(['failed', 'sample']),
  player_id: z.uuid(),
  save_id: z.string(),
  version: z.int(),
  schema_version: z.int(),
}).meta({ id: 'SaveFormatFinding' })
export const FindingPage = Page.extend({
  limit: queryInteger(1, 50).default(20),
  kind: z.enum(['failed', 'sample']).optional(),
})
export const FindingList = z.object({ items: z.array(Finding), next_cursor: z.string().nullable() })
