import { z } from 'zod'
import { setting } from '../../gateway/setting.js'
import { ConflictStrategy, MergeRules } from './conflict-shapes.js'

// `*` stands for any run of characters of a slot's name.
const SlotPattern = z
  .string()
  .regex(/^[a-z0-9_*-]{1,64}$/, 'is not a slot’s name or pattern')
  .refine(pattern => pattern.split('*').length <= 3, 'has more than two *')

/** What becomes of a write that meets a newer version, when the write itself does not say. */
export const saveConflicts = setting({
  name: 'saves.conflicts',
  summary:
    'What becomes of a save that meets a newer one, and how the fields of documents are merged.',
  shape: z.strictObject({
    strategy: ConflictStrategy.default('refuse'),
    /** The rules of the first pattern that fits the slot hold. */
    slots: z
      .array(
        z.strictObject({
          slot: SlotPattern,
          strategy: ConflictStrategy.optional(),
          rules: MergeRules.optional(),
        }),
      )
      .max(50)
      .default([]),
    rules: MergeRules.default({ fields: [] }),
  }),
})
