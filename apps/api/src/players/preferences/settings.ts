import { z } from 'zod'
import { setting } from '../../gateway/setting.js'

const refused = new Set(['pattern', 'patternProperties', '$ref', '$dynamicRef', 'format'])

/** A studio's own regular expressions and references would let it slow down or loop the checking. */
function isPlain(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return true
  return Object.entries(schema).every(([key, inner]) => !refused.has(key) && isPlain(inner))
}

function isReadable(schema: Record<string, unknown>): boolean {
  try {
    z.fromJSONSchema(schema)
    return true
  } catch {
    return false
  }
}

/** What the preferences of players must look like. */
export const preferenceShape = setting({
  name: 'profiles.preferences',
  summary: 'The shape of the preferences document.',
  shape: z.strictObject({
    /** A JSON Schema (2020-12) of an object, without pattern, format and references; null takes any object. */
    schema: z
      .record(z.string(), z.unknown())
      .refine(isPlain, 'uses pattern, format or a reference')
      .refine(isReadable, 'is not a JSON Schema that this understands')
      .nullable()
      .default(null),
  }),
})
