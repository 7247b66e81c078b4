import { toBase64 } from '../core/base64.js'
import { isUnsafeInteger, refusalAt } from './accepted.js'
import { shapeOf, shapes } from './shapes.js'
import { isViewName } from './views.js'

/** Deeper is a circle, or nothing that a server takes. */
const deepest = 200

const tag = ($aethex: string, value: unknown) => ({ $aethex, value })

function encodeNumber(value: number): unknown {
  // JSON has no such numbers: it would write null, and 0 for the negative zero.
  // Integers beyond 2^53 - 1 are read differently by different readers, so the server takes none.
  if (!Number.isFinite(value) || isUnsafeInteger(value)) return tag('Number', String(value))
  return Object.is(value, -0) ? tag('Number', '-0') : value
}

const tagOfTypedArray = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get

/** By what it is, not by what its class calls itself: a bundler renames classes, and a game may have its own. */
const kindOfView = (view: ArrayBufferView): string => tagOfTypedArray?.call(view) ?? 'DataView'

function encodeBytes(view: ArrayBufferView): unknown {
  const kind = kindOfView(view)
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  if (kind === 'Uint8Array') return tag('Bytes', toBase64(bytes))
  if (!isViewName(kind)) throw new Unwritable(`A ${kind} cannot be saved.`)
  return tag(kind, toBase64(bytes))
}

/** What cannot be written, and where: the keys from the inside out. */
class Unwritable extends Error {
  readonly keys: (string | number)[] = []
}

function encodeIn(key: string | number, value: unknown, depth: number): unknown {
  try {
    return encodeAt(value, depth)
  } catch (thrown) {
    if (thrown instanceof Unwritable) thrown.keys.push(key)
    throw thrown
  }
}

function encodeEntries(value: object, depth: number): object {
  const entries: [string, unknown][] = []
  for (const [key, member] of Object.entries(value)) {
    const written = encodeIn(key, member, depth)
    if (written !== undefined) entries.push([key, written])
  }
  return Object.fromEntries(entries)
}

const encodeAll = (values: Iterable<unknown>, depth: number) =>
  Array.from(values, (value, at) => encodeIn(at, value, depth) ?? null)

function encodeObject(value: object, depth: number): unknown {
  if (Array.isArray(value)) return encodeAll(value, depth)
  if (value instanceof Date) {
    return tag('Date', Number.isNaN(value.getTime()) ? null : value.toISOString())
  }
  if (ArrayBuffer.isView(value)) return encodeBytes(value)
  if (value instanceof ArrayBuffer) return encodeBytes(new Uint8Array(value))
  if (value instanceof Map) {
    return tag(
      'Map',
      Array.from(value, ([key, member]) => encodeAll([key, member], depth)),
    )
  }
  if (value instanceof Set) return tag('Set', encodeAll(value, depth))
  const shape = shapeOf(value)
  if (shape === 'Unknown') return Reflect.get(value, 'raw')
  if (shape !== undefined) {
    const numbers = shapes[shape].members.map(member => Reflect.get(value, member) ?? 1)
    return tag(shape, encodeAll(numbers, depth))
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return encodeAt(value.toJSON(), depth)
  }
  const entries = encodeEntries(value, depth)
  // An object of the game's own with this key must not be taken for one of these tags.
  return Object.hasOwn(entries, '$aethex') ? tag('Object', entries) : entries
}

function encodeAt(value: unknown, above: number): unknown {
  if (above >= deepest) {
    throw new Unwritable('The data is nested too deeply, or in a circle.')
  }
  switch (typeof value) {
    case 'number':
      return encodeNumber(value)
    case 'bigint':
      return tag('BigInt', String(value))
    case 'object':
      return value === null ? null : encodeObject(value, above + 1)
    case 'string':
    case 'boolean':
      return value
    default:
      return undefined
  }
}

/**
 * A value of a game as plain JSON: vectors, quaternions, colours, bytes and typed arrays, big integers, dates, maps,
 * sets, NaN, the infinities and -0 as `{"$aethex": "Vector3", "value": [1, 2, 3]}`. As in JSON, undefined and functions
 * are left out of objects and become null in lists; integers beyond 2^53 - 1 are written as NaN is. Throws
 * `invalid_request`, with the place in `details.errors`, for circles.
 */
export const encodeValues = (value: unknown): unknown => encodeMember(value)

/** The same for a member of a request, whose name leads to the place. */
export function encodeMember(value: unknown, member?: string): unknown {
  try {
    return encodeAt(value, 0)
  } catch (thrown) {
    if (!(thrown instanceof Unwritable)) throw thrown
    const path = thrown.keys.reverse()
    throw refusalAt(member === undefined ? path : [member, ...path], thrown.message)
  }
}
