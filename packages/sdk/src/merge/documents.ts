import { MergeError } from './merge-error.js'

/** An object that is merged field by field. */
export type Fields = Record<string, unknown>

/** The server takes 32 levels; recursion here must end long before the stack does. */
const maxDepth = 100

const isScalar = (value: unknown) =>
  value === null ||
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  Number.isFinite(value)

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Dates, maps and typed arrays say what they are; an object made by hand or by JSON.parse does not. */
const isPlain = (value: unknown): value is Fields =>
  isObject(value) && Object.prototype.toString.call(value) === '[object Object]'

/** Vectors, big integers, dates and the like: `{"$aethex": "<kind>", "value": …}` is one value. */
export const isEngineValue = (value: unknown): value is Fields =>
  isObject(value) && Object.hasOwn(value, '$aethex') && typeof value.$aethex === 'string'

export const isFields = (value: unknown): value is Fields =>
  isObject(value) && !isEngineValue(value)

export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

/** The members of a set, whose order means nothing; undefined for everything else. */
export function membersOfSet(value: unknown): readonly unknown[] | undefined {
  const isSet = isEngineValue(value) && value.$aethex === 'Set'
  return isSet && isList(value.value) ? value.value : undefined
}

/** The object's own field; undefined when it has none, whatever its prototype has. */
export const fieldOf = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined

/** Sets the object's own field. A plain assignment to `__proto__` would change what the object is. */
export function setField(target: Fields, name: string, value: unknown): void {
  if (name === '__proto__') {
    const own = { value, writable: true, enumerable: true, configurable: true }
    Object.defineProperty(target, name, own)
  } else target[name] = value
}

/**
 * Throws a MergeError unless this is JSON (a field that is undefined counts as one that is not there), and nested no deeper than
 * recursion can follow.
 */
export function assertDocument(value: unknown, depth = 0): void {
  if (depth > maxDepth) {
    throw new MergeError('too_deep', `A document may be nested ${maxDepth} levels deep.`)
  }
  if (isList(value)) {
    for (const member of value) assertDocument(member, depth + 1)
  } else if (isPlain(value)) {
    for (const field of Object.values(value)) {
      if (field !== undefined) assertDocument(field, depth + 1)
    }
  } else if (!isScalar(value)) {
    throw new MergeError('not_json', 'A document holds what JSON cannot carry.')
  }
}

/** A copy of a document that shares nothing with the original. */
export function copyOf(value: unknown): unknown {
  if (isList(value)) return value.map(copyOf)
  if (!isObject(value)) return value
  const copy: Fields = {}
  for (const [name, field] of Object.entries(value)) {
    if (field !== undefined) setField(copy, name, copyOf(field))
  }
  return copy
}
