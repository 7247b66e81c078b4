import { z } from 'zod'

/** What an indexed field holds. A document whose field holds something else is not found by it. */
export const FieldType = z.enum(['number', 'string', 'boolean'])
export type FieldType = z.output<typeof FieldType>

/** Longer texts are not indexed: an entry of PostgreSQL's B-tree has to fit a third of a page. */
export const longestIndexedText = 256

const longestPath = 200
const pointer = /^(?:\/(?:[^~/]|~[01])*)+$/

/**
 * A JSON pointer (RFC 6901) to a field. Steps such as `-1` and `01` are no steps into a list there, and PostgreSQL
 * would take them for some: they are refused.
 */
export const FieldPath = z
  .string()
  .max(longestPath)
  .regex(pointer, 'is not a JSON pointer such as /stats/level')
  .refine(path => !stepsOf(path).some(step => /^(-\d+|0\d+)$/.test(step)), 'has an unclear step')

/** The steps of a pointer, escapes undone. */
export const stepsOf = (path: string): string[] =>
  path
    .split('/')
    .slice(1)
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))

/** What a pointer leads to; undefined when it leads nowhere. */
export function valueAt(value: unknown, path: string): unknown {
  let at = value
  for (const step of stepsOf(path)) {
    if (typeof at !== 'object' || at === null) return undefined
    if (Array.isArray(at) && !/^\d+$/.test(step)) return undefined
    at = Object.hasOwn(at, step) ? Reflect.get(at, step) : undefined
  }
  return at
}

// The bits of a double sort as the numbers do once the sign is turned round, and all bits of the negative ones.
function encodeNumber(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value === 0 ? 0 : value)
  const isNegative = (bytes[0] ?? 0) >= 0x80
  for (let at = 0; at < 8; at++) {
    const flip = isNegative ? 0xff : at === 0 ? 0x80 : 0
    bytes[at] = (bytes[at] ?? 0) ^ flip
  }
  return bytes
}

/**
 * A value as bytes that sort as the values do: numbers by size, texts by code point, false before true.
 * Undefined for what a field of that type does not index.
 */
export function encodeField(type: FieldType, value: unknown): Buffer | undefined {
  if (typeof value !== type) return undefined
  if (typeof value === 'number') return encodeNumber(value)
  if (typeof value === 'boolean') return Buffer.from([value ? 1 : 0])
  if (typeof value !== 'string' || value.length > longestIndexedText) return undefined
  return Buffer.from(value)
}
