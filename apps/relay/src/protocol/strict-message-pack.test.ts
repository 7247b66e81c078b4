import { Problem } from '@aethex/shared/errors'
import { ExtData, encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UnreadableFrame } from './close-codes.js'
import { readMessagePack } from './strict-message-pack.js'

const read = (value: unknown) => readMessagePack(Buffer.from(encode(value)))
const readBytes = (...bytes: number[]) => readMessagePack(Buffer.from(bytes))

const refusal = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof Problem) return error.code
    if (error instanceof UnreadableFrame) return `closes ${error.closeCode}`
    throw error
  }
  return 'accepted'
}

const nest = (depth: number): unknown => (depth === 0 ? 1 : [nest(depth - 1)])

test('reads every JSON value that the usual encoder writes', () => {
  const json = fc.jsonValue({ maxDepth: 6, stringUnit: 'grapheme' })
  fc.assert(
    fc.property(json, value => {
      const text = JSON.stringify(value)
      fc.pre(!text.includes('\\u0000') && !/__proto__|constructor|prototype/.test(text))
      // -0 becomes 0 in both.
      expect(read(value)).toEqual(JSON.parse(text))
    }),
  )
})

test('reads integers of every width exactly', () => {
  for (const exponent of [0, 6, 7, 8, 15, 16, 31, 32, 52]) {
    for (const value of [2 ** exponent - 1, 2 ** exponent, -(2 ** exponent), 1 - 2 ** exponent]) {
      expect(read(value)).toEqual(value)
    }
  }
})

test('answers any bytes with a value, a refusal or a close, and nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
      refusal(() => readMessagePack(Buffer.from(bytes)))
    }),
    { numRuns: 3_000 },
  )
})

test('reserves no memory for lengths that a frame only claims', () => {
  const headers = Buffer.alloc(64 * 1024, Buffer.from([0xdc, 0xff, 0xff]))
  const before = process.memoryUsage().rss
  expect(refusal(() => readMessagePack(headers))).toBe('json_too_deep')
  expect(refusal(() => readBytes(0xdd, 0xff, 0xff, 0xff, 0xff))).toBe('closes 1007')
  expect(refusal(() => readBytes(0xdf, 0xff, 0xff, 0xff, 0xff))).toBe('closes 1007')
  expect(refusal(() => readBytes(0xdb, 0xff, 0xff, 0xff, 0xff))).toBe('closes 1007')
  expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000)
})

test.each([
  ['32 levels', () => read(nest(32)), 'accepted'],
  ['33 levels', () => read(nest(33)), 'json_too_deep'],
  ['two equal keys', () => readBytes(0x82, 0xa1, 0x61, 1, 0xa1, 0x61, 2), 'duplicate_key'],
  [
    'a prototype key',
    () => readMessagePack(Buffer.concat([Buffer.from([0x81, 0xa9]), Buffer.from('__proto__\x01')])),
    'forbidden_key',
  ],
  ['a constructor key', () => read({ constructor: 1 }), 'forbidden_key'],
  ['a number as a key', () => readBytes(0x81, 1, 1), 'invalid_request'],
  ['NaN', () => read(Number.NaN), 'unsafe_number'],
  ['Infinity', () => read(Number.POSITIVE_INFINITY), 'unsafe_number'],
  ['2^53', () => readBytes(0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0), 'unsafe_number'],
  ['an extension', () => read(new ExtData(5, new Uint8Array(3))), 'invalid_request'],
  ['a timestamp', () => read(new Date()), 'invalid_request'],
  ['bytes', () => read(new Uint8Array(3)), 'invalid_request'],
  ['a NUL in a text', () => read('a\0b'), 'invalid_text'],
  ['half of a surrogate pair', () => readBytes(0xa3, 0xed, 0xa0, 0x80), 'closes 1007'],
  ['invalid UTF-8', () => readBytes(0xa1, 0xff), 'closes 1007'],
  ['a format that does not exist', () => readBytes(0xc1), 'closes 1007'],
  ['nothing', () => readBytes(), 'closes 1007'],
  ['half a value', () => readBytes(0xcd, 1), 'closes 1007'],
  ['two values', () => readBytes(1, 2), 'closes 1007'],
])('%s', (_title, work, expected) => {
  expect(refusal(work)).toBe(expected)
})
