import { z } from 'zod'
import { Id } from '../../gateway/shapes.js'

export const InProject = z.strictObject({ project_id: Id })
export const OnePromotion = z.strictObject({ project_id: Id, promotion_id: Id })

/** `<feature>/<item>`, such as `settings/auth.registration`. */
const ItemName = z.string().regex(/^[a-z_-]{1,40}\/[\w.:-]{1,100}$/, 'is not the name of an item')

/** What a dry run answered as `expected`: nothing is promoted once it would be something else. */
const Expected = z.string().regex(/^[\w-]{43}$/, 'is not what a dry run answered')

export const NewPromotion = z.strictObject({
  from_environment_id: Id,
  to_environment_id: Id,
  /** Everything that differs, when left out. */
  items: z.array(ItemName).min(1).max(500).optional(),
  /** Tells what would be done, and does nothing. */
  dry_run: z.boolean().default(false),
  expected: Expected.optional(),
})
export type NewPromotion = z.output<typeof NewPromotion>

const State = z.object({ value: z.unknown(), version: z.int() }).nullable()

export const Difference = z
  .object({
    item: z.string(),
    /** `kept` is what only the target has: a promotion takes nothing away. */
    change: z.enum(['add', 'change', 'kept']),
    before: State,
    /** In a dry run with the version that the source has. */
    after: State,
  })
  .meta({ id: 'ConfigurationDifference' })
export const Differences = z.array(Difference)
export type Difference = z.output<typeof Difference>

export const Promotion = z
  .object({
    id: z.uuid(),
    project_id: z.uuid(),
    from_environment_id: z.uuid(),
    to_environment_id: z.uuid(),
    member_id: z.uuid(),
    /** The promotion that this one took back. */
    undoes: z.uuid().nullable(),
    items: Differences,
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Promotion' })

export const PromotionAnswer = z.object({ promotion: Promotion })
export const PromotionOutcome = z.object({
  /** Null for a dry run, and when there was nothing to do. */
  promotion: Promotion.nullable(),
  items: Differences,
  /** Send it with the promotion, so that what happens is what was shown here. */
  expected: z.string(),
})
export const PromotionList = z.object({
  items: z.array(Promotion),
  next_cursor: z.string().nullable(),
})
