import { z } from 'zod'
import { setting } from '../../gateway/setting.js'
import { FieldPath, FieldType } from './field.js'
import { Collection } from './schema.js'

const megabyte = 1_048_576
const mostFields = 8
const mostCollections = 20

const Field = z.strictObject({ path: FieldPath, type: FieldType })
const haveOnePathEach = (fields: readonly { path: string }[]) =>
  new Set(fields.map(({ path }) => path)).size === fields.length

/** The fields that documents are found by. What changes here is built by a job. */
export const documentIndexes = setting({
  name: 'player_data.indexes',
  summary: 'The fields of documents that can be searched by, per collection.',
  shape: z.strictObject({
    /** Such as `{"builds": [{"path": "/level", "type": "number"}]}`. */
    collections: z
      .record(
        Collection,
        z.array(Field).max(mostFields).refine(haveOnePathEach, 'names a path twice'),
      )
      .refine(
        all => Object.keys(all).length <= mostCollections,
        `has more than ${mostCollections} collections`,
      )
      .default({}),
  }),
})

/** How much each player may have, and how careful writers have to be. */
export const documentRules = setting({
  name: 'player_data.rules',
  summary: 'Limits of the documents of each player, and whether writes must name a version.',
  shape: z.strictObject({
    /** Private and public documents: players write these themselves. */
    own_documents: z.int().min(0).max(10_000).default(1_000),
    own_bytes: z
      .int()
      .min(0)
      .max(100 * megabyte)
      .default(10 * megabyte),
    /** Owner and server documents, which only the studio's server writes. */
    given_documents: z.int().min(0).max(10_000).default(1_000),
    given_bytes: z
      .int()
      .min(0)
      .max(100 * megabyte)
      .default(10 * megabyte),
    /** Every write names the version it replaces, or that there must be none. */
    require_conditions: z.boolean().default(false),
  }),
})
