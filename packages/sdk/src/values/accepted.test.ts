import { expect, test } from 'vitest'
import { parseStrictJson } from '../../../shared/src/http/strict-json.js'
import { contentOf } from '../resources/saves/content.js'

const nested = (levels: number) => {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = [value]
  return value
}
const circle: Record<string, unknown> = {}
circle.self = circle

/** As the server reads it. */
const served = (data: unknown) =>
  parseStrictJson(`{"data":${new TextDecoder().decode(contentOf(data).bytes)}}`)

test.each([
  ['half of a pair', { list: ['ok', 'a\ud800'] }, '/data/list/1'],
  ['half of a pair in a key', { '\udc00': 1 }, '/data/\udc00'],
  ['a NUL', { 'a/b': { name: 'x\0' } }, '/data/a~1b/name'],
  ['a NUL in a key', { 'x\0': 1 }, '/data/x\0'],
  ['__proto__', { in: JSON.parse('{"__proto__":1}') }, '/data/in/__proto__'],
  ['constructor', { constructor: 1 }, '/data/constructor'],
  ['prototype', { prototype: 1 }, '/data/prototype'],
  ['too many levels', nested(32), `/data${'/0'.repeat(31)}`],
  ['a circle', circle, `/data${'/self'.repeat(32)}`],
])('refuses %s, which the server never takes, and says where', (_, data, pointer) => {
  expect(() => contentOf(data)).toThrow(
    expect.objectContaining({
      code: 'invalid_request',
      details: { errors: [{ pointer, reason: expect.any(String) }] },
    }),
  )
})

test('refuses more parts than the server takes', () => {
  expect(() => contentOf(Array.from({ length: 300_000 }, () => []))).toThrow(/300,000/)
})

test('writes what it takes so that the strict reader of the server takes it too', () => {
  const numbers = [2 ** 53, -(2 ** 60), 999999999999999900000, 1e21, 1.5e300, 5e-324, 2 ** 53 - 1]
  for (const data of [nested(31), numbers, 'a😀', new Map([['__proto__', '\u0001']])]) {
    expect(() => served(data)).not.toThrow()
  }
})
