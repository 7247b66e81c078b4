import { deepStrictEqual } from 'node:assert'
import * as reference from '@msgpack/msgpack'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decode, encode, msgpack } from '../msgpack.js'

const key = fc.string({ unit: 'binary' }).filter(name => name !== '__proto__')
// As in JSON, zero has no sign.
const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true }).map(float => (float === 0 ? 0 : float)),
  // The edges of every format.
  fc.constantFrom(
    ...[5, 7, 8, 15, 16, 31, 32, 53].flatMap(bits => {
      const edge = Math.min(2 ** bits, Number.MAX_SAFE_INTEGER)
      return [edge - 1, edge, edge + 1, -edge - 1, -edge, 1 - edge].filter(Number.isSafeInteger)
    }),
  ),
)
const { value } = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    number,
    fc.string({ unit: 'binary' }),
    fc.uint8Array(),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(key, tie('value'), { maxKeys: 20, noNullPrototype: true }),
  ),
}))

const bytesOf = (message: unknown) => new Uint8Array(encode(message))

test('reads back whatever it writes', () => {
  fc.assert(
    fc.property(value, sample => {
      expect(decode(bytesOf(sample))).toEqual(sample)
    }),
  )
})

test('writes what @msgpack/msgpack reads', () => {
  fc.assert(
    fc.property(value, sample => {
      expect(reference.decode(encode(sample))).toEqual(sample)
    }),
  )
})

test('reads what @msgpack/msgpack writes', () => {
  fc.assert(
    fc.property(value, sample => {
      expect(decode(reference.encode(sample))).toEqual(sample)
    }),
  )
})

test('writes numbers, texts and containers as short as @msgpack/msgpack', () => {
  fc.assert(
    fc.property(value, sample => {
      expect(encode(sample).byteLength).toBe(reference.encode(sample).byteLength)
    }),
  )
})

test.each([31, 32, 255, 256, 65_535, 65_536])('keeps lengths of %d', length => {
  const text = 'x'.repeat(length)
  const items = Array.from({ length }, (_, index) => index)
  const map = Object.fromEntries(items.map(index => [`k${index}`, index]))
  for (const sample of [text, items, map, new Uint8Array(length)]) {
    // Not `toEqual`, which takes seconds for so many.
    deepStrictEqual(reference.decode(encode(sample)), sample)
    deepStrictEqual(decode(reference.encode(sample)), sample)
  }
})

test('reads floats of 32 bits, which others write', () => {
  expect(decode(Uint8Array.of(0xca, 0x3f, 0xc0, 0, 0))).toBe(1.5)
})

test('leaves undefined fields out, as JSON does', () => {
  expect(decode(bytesOf({ a: undefined, b: 1, c: [undefined] }))).toEqual({ b: 1, c: [null] })
})

test('never reads beyond a message that was cut or made up', () => {
  fc.assert(
    fc.property(value, fc.nat(), (sample, cut) => {
      const whole = bytesOf(sample)
      const part = whole.subarray(0, cut % whole.length)
      expect(() => decode(part)).toThrow()
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array(), bytes => {
      try {
        decode(bytes)
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Error)
      }
    }),
  )
  // A length of four billion with nothing behind it.
  for (const format of [0xc6, 0xdb, 0xdd, 0xdf]) {
    expect(() => decode(Uint8Array.of(format, 255, 255, 255, 255))).toThrow()
  }
})

test('refuses what it has no form for, and keys that would reach a prototype', () => {
  expect(() => encode(1n)).toThrow(TypeError)
  expect(() => encode(() => 1)).toThrow(TypeError)
  expect(() => decode(reference.encode(new Date(0)))).toThrow(TypeError)
  const proto = reference.encode(JSON.parse('{"__proto__":{"a":1}}'))
  expect(() => decode(proto)).toThrow(TypeError)
})

test('takes binary frames only', () => {
  expect(msgpack.decode(msgpack.encode({ type: 'ping' }))).toEqual({ type: 'ping' })
  expect(() => msgpack.decode('{}')).toThrow(TypeError)
})
