import fc from 'fast-check'
import { z } from 'zod'

/** The parts of JSON Schema that shapes of messages turn into. */
interface Schema {
  type?: string
  const?: unknown
  enum?: unknown[]
  format?: string
  pattern?: string
  anyOf?: Schema[]
  oneOf?: Schema[]
  properties?: Record<string, Schema>
  items?: Schema | false
  additionalProperties?: Schema | boolean
  minimum?: number
  maximum?: number
  maxLength?: number
  maxItems?: number
}

const scrap = fc.jsonValue({ maxDepth: 3 })
const odd = fc.oneof(
  scrap,
  fc.constantFrom('', '*', '>', 'chat.>', '__proto__', '\u0007', '\u202eabc', 'x'.repeat(5_000)),
  fc.constantFrom(-1, 0, 1e308, -0, 2 ** 31, 2 ** 53 - 1, 0.1),
)

function textOf({ format, pattern, maxLength = 80 }: Schema): fc.Arbitrary<unknown> {
  if (format === 'uuid') return fc.uuid()
  if (pattern?.startsWith('^[') === true && pattern.endsWith('$')) {
    return fc.stringMatching(new RegExp(pattern))
  }
  return fc.string({ maxLength: Math.min(maxLength, 200) })
}

/** Values that fit the schema, or nearly so. */
function fitting(schema: Schema): fc.Arbitrary<unknown> {
  const choices = schema.anyOf ?? schema.oneOf
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (choices !== undefined) return fc.oneof(...choices.map(fitting))
  if (schema.type === 'string') return textOf(schema)
  if (schema.type === 'integer' || schema.type === 'number') {
    return fc.integer({
      min: Math.max(schema.minimum ?? 0, -1e9),
      max: Math.min(schema.maximum ?? 1e6, 1e9),
    })
  }
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'array') return fc.array(fitting(schema.items || {}), { maxLength: 4 })
  if (schema.properties !== undefined) return objectOf(schema.properties)
  if (schema.type === 'object') {
    const values =
      typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {}
    return fc.dictionary(fc.string({ maxLength: 20 }), fitting(values), { maxKeys: 4 })
  }
  return scrap
}

const objectOf = (properties: Record<string, Schema>) =>
  fc.record(
    Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, fitting(each)])),
    {
      requiredKeys: Object.keys(properties).filter(key => key !== 'id'),
    },
  )

/** Messages of a shape: whole, and with a field left out, added, or replaced by something odd. */
export function spoiltMessage(shape: z.ZodObject): fc.Arbitrary<Record<string, unknown>> {
  const { properties = {} } = z.toJSONSchema(shape, {
    io: 'input',
    unrepresentable: 'any',
  }) as Schema
  const fields = Object.keys(properties).filter(key => key !== 'type')
  const whole = objectOf(properties)
  const named = fc.constantFrom(...fields, 'from', 'seq', 'constructor')
  return fc.oneof(
    whole,
    fc.tuple(whole, named, odd).map(([message, field, value]) => ({ ...message, [field]: value })),
    fc.tuple(whole, named).map(([message, field]) => ({ ...message, [field]: undefined })),
  )
}
