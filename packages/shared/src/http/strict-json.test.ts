import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Problem } from '../errors/index.js'
import { parseStrictJson, parseStrictJsonBytes } from './strict-json.js'

const refusal = (text: string) => {
  try {
    parseStrictJson(text)
  } catch (error) {
    if (error instanceof Problem) return error.code
    throw error
  }
  return 'accepted'
}

const keysAreUsual = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  Object.entries(value).every(
    ([key, inner]) =>
      !['__proto__', 'constructor', 'prototype'].includes(key) && keysAreUsual(inner),
  )

describe('strict JSON', () => {
  test('reads every ordinary value exactly as JSON.parse does', () => {
    const json = fc.jsonValue({ maxDepth: 6, stringUnit: 'grapheme' }).filter(keysAreUsual)
    fc.assert(
      fc.property(json, value => {
        const text = JSON.stringify(value)
        fc.pre(!text.includes('\\u0000') && !/\d{16}/.test(text) && !/e-3\d\d/.test(text))
        expect(parseStrictJson(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  test.each([
    ['{"a":1,"a":2}', 'duplicate_key'],
    ['{"a":1,"\\u0061":2}', 'duplicate_key'],
    ['{"b":{"a":1},"a":{"a":1}}', 'accepted'],
    [
      `{${Array.from({ length: 40 }, (_, index) => `"k${index}":1`).join()},"k39":2}`,
      'duplicate_key',
    ],
    [
      `{${Array.from({ length: 40 }, (_, index) => `"k${index}":1`).join()},"k3":2}`,
      'duplicate_key',
    ],
    [`{${Array.from({ length: 40 }, (_, index) => `"k${index}":1`).join()}}`, 'accepted'],
    ['[{"a":[1,2]},3,{"a":1,"b":[{"a":1}],"a":2}]', 'duplicate_key'],
    ['[{"a":1},{"a":2}]', 'accepted'],
    ['{"__proto__":{}}', 'forbidden_key'],
    ['{"x":{"constructor":1}}', 'forbidden_key'],
    ['{"\\u005f_proto__":1}', 'forbidden_key'],
    ['["__proto__","a","a"]', 'accepted'],
    ['{"a":"__proto__","b":"b"}', 'accepted'],
    ['1e999', 'unsafe_number'],
    ['[-1e999]', 'unsafe_number'],
    ['9007199254740991', 'accepted'],
    ['9007199254740992', 'unsafe_number'],
    ['9007199254740993', 'unsafe_number'],
    ['1e-400', 'unsafe_number'],
    ['[1E999]', 'unsafe_number'],
    ['123456789012345', 'accepted'],
    ['0.1234567890123456789', 'accepted'],
    ['0e-400', 'accepted'],
    ['1.5e300', 'accepted'],
    ['"a\\u0000b"', 'invalid_text'],
    ['"\\ud800"', 'invalid_text'],
    ['"\\ud83d\\ude00"', 'accepted'],
    ['"\\""', 'accepted'],
    ['"\\\\"', 'accepted'],
    ['{"a\\\\":1}', 'accepted'],
    ['', 'malformed_json'],
    ['{"a"', 'malformed_json'],
    ['"', 'malformed_json'],
    ['{} {}', 'malformed_json'],
    ['\ufeff{}', 'malformed_json'],
    ['NaN', 'malformed_json'],
    [`${'['.repeat(32)}${']'.repeat(32)}`, 'accepted'],
    [`${'['.repeat(33)}${']'.repeat(33)}`, 'json_too_deep'],
    ['['.repeat(100_000), 'json_too_deep'],
    [`"${'['.repeat(100)}"`, 'accepted'],
  ])('E4, E5, E7, E8: answers %j with %s', (text, expected) => {
    expect(refusal(text)).toBe(expected)
  })

  test('takes for well-formed what JSON.parse does, and nothing else', () => {
    const part = fc.constantFrom(
      ...'{}[]",:. \t\n\\'.split(''),
      ...[
        '"a"',
        '"b":',
        'true',
        'null',
        'fals',
        'tru',
        '-',
        '0',
        '01',
        '7',
        '1.',
        '.5',
        '1e',
        'e+1',
      ],
      ...['\\u00', '\\n', '\\x', '\u0001', '\u00a0', 'ü', '1e5', '-0', '[]', '{}', '{"a":1}'],
    )
    const mutated = fc
      .tuple(fc.jsonValue({ maxDepth: 3 }), fc.nat(), fc.nat(3), fc.array(part, { maxLength: 2 }))
      .map(([value, at, removed, parts]) => {
        const text = JSON.stringify(value)
        const from = at % (text.length + 1)
        return text.slice(0, from) + parts.join('') + text.slice(from + removed)
      })
    const malformed = (text: string) => {
      try {
        JSON.parse(text)
        return false
      } catch {
        return true
      }
    }
    const anything = fc.oneof(
      mutated,
      fc.array(part, { maxLength: 8 }).map(parts => parts.join('')),
    )
    fc.assert(
      fc.property(anything, text => {
        const found = refusal(text)
        // What is refused for another reason may end before the mistake in it.
        if (['accepted', 'malformed_json'].includes(found)) {
          expect(found === 'malformed_json').toBe(malformed(text))
        }
      }),
      { numRuns: 3_000 },
    )
  })

  test('refuses bytes that are not UTF-8', () => {
    expect(() => parseStrictJsonBytes(Uint8Array.of(0x22, 0xff, 0x22))).toThrow('UTF-8')
  })
})
