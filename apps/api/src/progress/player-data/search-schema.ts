import { z } from 'zod'
import { Id } from '../../gateway/shapes.js'
import { longestIndexedText } from './field.js'
import { Collection } from './schema.js'

const Scalar = z.union([z.number(), z.string().max(longestIndexedText), z.boolean()])

/** Conditions on one declared field: one of equality, a list, or a range with one or two ends. */
export const Condition = z
  .strictObject({
    /** A JSON pointer that the setting `player_data.indexes` declares. */
    field: z.string().max(200),
    eq: Scalar.optional(),
    in: z.array(Scalar).min(1).max(20).optional(),
    gt: Scalar.optional(),
    gte: Scalar.optional(),
    lt: Scalar.optional(),
    lte: Scalar.optional(),
  })
  .refine(({ eq, in: list, gt, gte, lt, lte }) => {
    const isGiven = (value: unknown) => (value === undefined ? 0 : 1)
    const [low, high] = [isGiven(gt) + isGiven(gte), isGiven(lt) + isGiven(lte)]
    const exact = isGiven(eq) + isGiven(list)
    return exact + (low + high > 0 ? 1 : 0) === 1 && low <= 1 && high <= 1
  }, 'is not one of eq, in, or a range of at most one lower and one upper end')
export type Condition = z.output<typeof Condition>

export const Search = z
  .strictObject({
    /** All of them hold. */
    where: z.array(Condition).max(4).default([]),
    /** By which declared field; left out, by that of the first condition. */
    order: z
      .strictObject({
        field: z.string().max(200),
        direction: z.enum(['asc', 'desc']).default('asc'),
      })
      .optional(),
    limit: z.int().min(1).max(100).default(20),
    cursor: z.string().max(2_048).optional(),
  })
  .refine(({ where, order }) => where.length > 0 || order !== undefined, {
    error: 'is empty, and there is no order',
    path: ['where'],
  })
export type Search = z.output<typeof Search>

export const InCollection = z.strictObject({ collection: Collection })
export const InEnvironment = z.strictObject({ environment_id: Id })

export const DocumentIndex = z
  .object({
    collection: z.string(),
    path: z.string(),
    type: z.enum(['number', 'string', 'boolean']),
    /** Only a `ready` field can be asked for. */
    state: z.enum(['waiting', 'building', 'ready', 'dropping']),
    /** Documents looked at, and those that there were when the building began; null before that. */
    done: z.int(),
    total: z.int().nullable(),
  })
  .meta({ id: 'DocumentIndex' })
export const IndexList = z.object({ items: z.array(DocumentIndex), next_cursor: z.null() })
