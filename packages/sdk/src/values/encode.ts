import { toBase64 } from '../core/base64.js'
import { AeThexError } from '../core/error.js'
import { shapeOf, shapes } from './shapes.js'

/** Deeper is a circle, or nothing that a server takes. */
const deepest = 200

const tag = ($aethex: string, value: unknown) => ({ $aethex, value })

function encodeNumber(value: number): unknown {
  // JSON has no such numbers: it would write null, and 0 for the negative zero.
  if (!Number.isFinite(value)) return tag('Number', String(value))
  return Object.is(value, -0) ? tag('Number', '-0') : value
}

function encodeBytes(view: ArrayBufferView): unknown {
  const name = view.constructor.name
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  // Buffer of Node is a Uint8Array with another name.
  return tag(view instanceof Uint8Array ? 'Bytes' : name, toBase64(bytes))
}

function encodeEntries(value: object, depth: number): object {
  const entries: [string, unknown][] = []
  for (const [key, member] of Object.entries(value)) {
    const written = encodeAt(member, depth)
    if (written !== undefined) entries.push([key, written])
  }
  return Object.fromEntries(entries)
}

const encodeAll = (values: Iterable<unknown>, depth: number) =>
  Array.from(values, value => encodeAt(value, depth) ?? null)

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
      Array.from(value, pair => encodeAll(pair, depth)),
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
    const message = 'The data is nested too deeply, or in a circle.'
    throw new AeThexError('invalid_request', message)
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
 * are left out of objects and become null in lists. Throws `invalid_request` for circles.
 */
export const encodeValues = (value: unknown): unknown => encodeAt(value, 0)
