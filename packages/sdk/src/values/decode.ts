import { fromBase64 } from '../core/base64.js'
import { isUnsafeInteger } from './accepted.js'
import { isShapeName, shapes, UnknownValue } from './shapes.js'
import { isViewName, views } from './views.js'

/** Thrown inside only: the value under a tag is not what the tag says. */
class Unreadable extends Error {}

function refuse(): never {
  throw new Unreadable()
}

const asText = (value: unknown) => (typeof value === 'string' ? value : refuse())
const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : refuse())
const asPair = (value: unknown): [unknown, unknown] => {
  const [key, member, ...more] = asList(value)
  return more.length === 0 ? [key, member] : refuse()
}
const asNumber = (value: unknown) => (typeof value === 'number' ? value : refuse())
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function readNumber(text: unknown): number {
  const value = Number(asText(text))
  if (!Number.isFinite(value) || Object.is(value, -0)) return value
  return isUnsafeInteger(value) && String(value) === text ? value : refuse()
}

function readDate(value: unknown): Date {
  const date = new Date(value === null ? Number.NaN : asText(value))
  return value !== null && Number.isNaN(date.getTime()) ? refuse() : date
}

const readBigInt = (value: unknown) =>
  /^-?\d+$/.test(asText(value)) ? BigInt(asText(value)) : refuse()

const decodeEntries = (value: unknown) =>
  isObject(value) && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, decodeValues(member)]))
    : refuse()

function read(tag: string, value: unknown): unknown {
  if (isShapeName(tag)) {
    const { members, make } = shapes[tag]
    const numbers = asList(value).map(member => asNumber(decodeValues(member)))
    return numbers.length === members.length ? make(...numbers) : refuse()
  }
  if (isViewName(tag)) return new views[tag](fromBase64(asText(value)).buffer)
  switch (tag) {
    case 'Number':
      return readNumber(value)
    case 'BigInt':
      return readBigInt(value)
    case 'Date':
      return readDate(value)
    case 'Bytes':
      return fromBase64(asText(value))
    case 'Map':
      return new Map(asList(value).map(pair => asPair(decodeValues(pair))))
    case 'Set':
      return new Set(asList(value).map(decodeValues))
    case 'Object':
      return decodeEntries(value)
    default:
      return refuse()
  }
}

/** The value that `encodeValues` has written. A tag of a newer version becomes an `UnknownValue`, which is written as it was. */
export function decodeValues(json: unknown): unknown {
  if (!isObject(json)) return json
  if (Array.isArray(json)) return json.map(decodeValues)
  if (!Object.hasOwn(json, '$aethex')) return decodeEntries(json)
  const { $aethex, value, ...more } = json as { $aethex: unknown; value?: unknown }
  try {
    return Object.keys(more).length === 0 ? read(asText($aethex), value) : refuse()
  } catch {
    return new UnknownValue(json)
  }
}
