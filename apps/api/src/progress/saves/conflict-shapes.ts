import { checkMergeRules } from '@aethex/sdk/merge'
import { z } from 'zod'

export const ConflictStrategy = z.enum([
  'refuse',
  'newest',
  'longest_play_time',
  'keep_both',
  'merge',
])
export type ConflictStrategy = z.output<typeof ConflictStrategy>

export const FieldRule = z.enum(['max', 'min', 'union', 'sum', 'last_writer', 'ask'])

/** How one field of a document is brought together; paths are JSON pointers (RFC 6901) in which `*` is any name. */
export const MergeRules = z
  .strictObject({
    default: FieldRule.optional(),
    fields: z
      .array(
        z.strictObject({
          path: z.string().max(512).startsWith('/'),
          rule: FieldRule,
          /** For `union` of a list of objects: the field that tells its members apart. */
          key: z.string().min(1).max(64).optional(),
          /** For `last_writer` and `ask`: an object is one value, not merged field by field. */
          whole: z.boolean().optional(),
        }),
      )
      .max(200)
      .default([]),
  })
  .check(context => {
    try {
      checkMergeRules(context.value)
    } catch (error) {
      const message = error instanceof Error ? error.message : 'cannot be followed'
      context.issues.push({ code: 'custom', message, input: context.value })
    }
  })
export type MergeRules = z.output<typeof MergeRules>

/** What differs, field by field, in plain data. */
export const Preview = z.array(
  z.object({
    /** JSON pointer; '' is the whole document. */
    path: z.string(),
    base: z.unknown().optional(),
    mine: z.unknown().optional(),
    theirs: z.unknown().optional(),
    rule: FieldRule,
    outcome: z.enum(['mine', 'theirs', 'both', 'ask']),
    result: z.unknown().optional(),
  }),
)
export type Preview = z.output<typeof Preview>
