import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { ConfigurationItem } from '../../gateway/promotable.js'
import type { Difference } from './schema.js'

/** The configuration of one environment, by item name. */
export type Configuration = ReadonlyMap<string, ConfigurationItem>

/** What a promotion would do to `to`, in the order of `from`; what is alike is left out. */
export function differences(from: Configuration, to: Configuration): Difference[] {
  const wanted = [...from].flatMap(([item, after]): Difference[] => {
    const before = to.get(item) ?? null
    if (before !== null && isDeepStrictEqual(before.value, after.value)) return []
    return [{ item, change: before === null ? 'add' : 'change', before, after }]
  })
  const kept = [...to].flatMap(([item, before]): Difference[] =>
    from.has(item) ? [] : [{ item, change: 'kept', before, after: null }],
  )
  return [...wanted, ...kept]
}

/** JSON with its keys in order: two objects that mean the same are written the same. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, canonical(inner)]),
  )
}

/** Stands for exactly these differences between exactly these environments. */
export const fingerprint = (fromId: string, toId: string, found: readonly Difference[]) =>
  createHash('sha256')
    .update(JSON.stringify(canonical([fromId, toId, found])))
    .digest('base64url')
