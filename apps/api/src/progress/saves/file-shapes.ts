import { parseStrictJson, queryInteger } from '@aethex/shared/http'
import { z } from 'zod'
import { Facts, OnConflict } from './schema.js'

/** JSON in the text of a query. */
const jsonText = z
  .string()
  .max(16_384)
  .transform((text, context) => {
    try {
      return parseStrictJson(text)
    } catch {
      context.addIssue('is not JSON')
      return z.NEVER
    }
  })

/** The facts of a file, whose body has no room for them. */
export const PutFile = z.strictObject({
  name: Facts.shape.name,
  device: Facts.shape.device,
  platform: Facts.shape.platform,
  client_time: Facts.shape.client_time,
  play_time_seconds: z
    .string()
    .regex(/^\d{1,13}(\.\d{1,9})?$/, 'is not a number')
    .transform(Number)
    .pipe(z.number().max(1e12))
    .meta({ openapi: { type: 'number', minimum: 0, maximum: 1e12 } })
    .optional(),
  schema_version: queryInteger(0, 1_000_000).optional(),
  /** A JSON object, as text. */
  metadata: jsonText
    .pipe(Facts.shape.metadata.unwrap())
    .meta({ openapi: { type: 'string', maxLength: 16_384 } })
    .optional(),
  /** What to do when a newer version is met, and for `keep_both` what the other slot is called after this one. */
  strategy: OnConflict.shape.strategy,
  branch: OnConflict.shape.branch,
})
export type PutFile = z.output<typeof PutFile>
