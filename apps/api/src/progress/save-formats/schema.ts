import { queryInteger } from '@aethex/shared/http'
import { z } from 'zod'
import { formatFailures } from '../../gateway/format-sandbox.js'
import { Id, text } from '../../gateway/shapes.js'

/** The highest format that a save may be of. */
const highest = 1_000_000

export const FormatVersion = z.int().min(0).max(highest)

export const InEnvironment = z.strictObject({ environment_id: Id })
export const OneStep = InEnvironment.extend({ from_version: queryInteger(0, highest - 1) })
export const ReadStep = z.strictObject({ revision: queryInteger(1, 999_999_999).optional() })

const Source = text(1, 65_536)
const Note = text(0, 500)

/** What a step is made of; this is what is promoted. */
export const StepContent = z.strictObject({
  /** An ECMAScript module whose default export takes a document and answers the new one. */
  source: Source,
  note: Note.default(''),
})
export type StepContent = z.output<typeof StepContent>

/** The step from `from_version` to the next format. */
export const SaveFormatStep = z
  .object({
    from_version: z.int(),
    to_version: z.int(),
    /** Goes up with every write; this is the ETag. */
    revision: z.int(),
    /** SHA-256 of the source, in hex. */
    hash: z.string(),
    /** Bytes of the source. */
    size: z.int(),
    note: z.string(),
    /** When a save was first brought to the next format by this revision. It is only superseded from then on. */
    applied_at: z.iso.datetime().nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'SaveFormatStep' })

export const StepWithSource = SaveFormatStep.extend({ source: z.string() }).meta({
  id: 'SaveFormatStepWithSource',
})
export const StepAnswer = z.object({ step: StepWithSource })
export const StepList = z.object({ items: z.array(SaveFormatStep), next_cursor: z.null() })

export const Trial = z.strictObject({
  /** The format of `data`. */
  from_version: FormatVersion,
  /** The format that it is brought to; the next one when left out. */
  to_version: FormatVersion.optional(),
  data: z.unknown().refine(data => data !== undefined, 'is missing'),
  /** Tried instead of the step from `from_version`, which need not be registered. */
  source: Source.optional(),
})
export type Trial = z.output<typeof Trial>

/** One change, as RFC 6902 writes it. */
export const Difference = z
  .object({
    op: z.enum(['add', 'remove', 'replace']),
    path: z.string(),
    value: z.unknown().optional(),
  })
  .meta({ id: 'SaveFormatDifference' })
export type Difference = z.output<typeof Difference>

export const TrialAnswer = z.object({
  data: z.unknown(),
  to_version: z.int(),
  /** Whether the steps made another document of it. */
  is_changed: z.boolean(),
  /** Bytes of the document as JSON. */
  size_before: z.int(),
  size_after: z.int(),
  /** The first hundred changes; null for documents beyond 1 MiB. */
  differences: z.array(Difference).nullable(),
})

export const StepFailure = z
  .object({
    /** The format that the failing step begins with. */
    from_version: z.int(),
    kind: z.enum(formatFailures),
    message: z.string(),
    line: z.int().nullable(),
    column: z.int().nullable(),
  })
  .meta({ id: 'SaveFormatFailure' })
export type StepFailure = z.output<typeof StepFailure>
