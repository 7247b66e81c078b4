import { isForbiddenKey } from '@aethex/shared/http'

type Plain = Record<string, unknown>

const isObject = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Applies a JSON merge patch (RFC 7396 §2): null removes, an object merges, anything else replaces.
 * What is handed in stays as it is. Keys that reach into prototypes are left out, whoever let them in.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const merged = new Map<string, unknown>(isObject(target) ? Object.entries(target) : [])
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key)
    else merged.set(key, mergePatch(merged.get(key), value))
  }
  return Object.fromEntries([...merged].filter(([key]) => !isForbiddenKey(key)))
}
