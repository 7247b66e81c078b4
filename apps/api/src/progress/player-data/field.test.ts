import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeField, FieldPath, valueAt } from './field.js'

const order = (a: Buffer | undefined, b: Buffer | undefined) =>
  Math.sign(Buffer.compare(a ?? Buffer.alloc(0), b ?? Buffer.alloc(0)))
const byCodePoint = (a: string, b: string) =>
  Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)))

describe('an indexed field', () => {
  test('sorts numbers as bytes as they sort as numbers', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(number, number, (a, b) => {
        expect(order(encodeField('number', a), encodeField('number', b))).toBe(Math.sign(a - b) + 0)
      }),
    )
    expect(encodeField('number', -0)).toEqual(encodeField('number', 0))
  })

  test('sorts texts by code point and false before true', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 })
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(order(encodeField('string', a), encodeField('string', b))).toBe(byCodePoint(a, b))
      }),
    )
    expect(order(encodeField('boolean', false), encodeField('boolean', true))).toBe(-1)
  })

  test.each([
    ['number', '5'],
    ['string', 5],
    ['boolean', null],
    ['string', 'x'.repeat(257)],
    ['number', undefined],
  ] as const)('is no %s when it holds %j', (type, value) => {
    expect(encodeField(type, value)).toBeUndefined()
  })

  test.each([
    ['/level', 7],
    ['/stats/kills', 3],
    ['/items/1/name', 'bow'],
    ['/a~1b', 'slash'],
    ['/m~0n', 'tilde'],
    ['/items/length', undefined],
    ['/items/-', undefined],
    ['/nothing/here', undefined],
    ['/constructor', undefined],
    ['/level/toString', undefined],
  ])('is found by the pointer %s', (path, expected) => {
    const items = [{ name: 'axe' }, { name: 'bow' }]
    const value = { level: 7, stats: { kills: 3 }, items, 'a/b': 'slash', 'm~n': 'tilde' }
    expect(valueAt(value, path)).toBe(expected)
  })

  test.each(['', 'level', '/a~2', '/a~', '/items/-1', '/items/01', `/${'x'.repeat(201)}`])(
    'is not declared by %j',
    path => {
      expect(FieldPath.safeParse(path).success).toBe(false)
    },
  )
})
