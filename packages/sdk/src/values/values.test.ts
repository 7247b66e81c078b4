import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AeThexError } from '../core/error.js'
import { isUnsafeInteger } from './accepted.js'
import { decodeValues } from './decode.js'
import { encodeValues } from './encode.js'
import { Color, Quaternion, UnknownValue, Vector2, Vector3, Vector4 } from './shapes.js'

const roundTrip = (value: unknown) => decodeValues(JSON.parse(JSON.stringify(encodeValues(value))))

const component = fc.double()
const values = fc.letrec(tie => ({
  leaf: fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.string(),
    fc.double(),
    fc.bigInt(),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array(),
    fc.float32Array(),
    fc.tuple(component, component).map(of => new Vector2(...of)),
    fc.tuple(component, component, component).map(of => new Vector3(...of)),
    fc.tuple(component, component, component, component).map(of => new Vector4(...of)),
    fc.tuple(component, component, component, component).map(of => new Quaternion(...of)),
    fc.tuple(component, component, component, component).map(of => new Color(...of)),
  ),
  // Keys that mean something here, and those that mean something to JavaScript.
  key: fc.oneof(fc.string(), fc.constantFrom('$aethex', 'value', '__proto__', 'constructor')),
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('tree')),
    fc
      .array(fc.tuple(tie('key') as fc.Arbitrary<string>, tie('tree')))
      .map(entries => Object.fromEntries(entries)),
    fc.array(fc.tuple(tie('leaf'), tie('tree'))).map(pairs => new Map(pairs)),
    fc.array(tie('leaf')).map(members => new Set(members)),
  ),
}))

test('brings back every value that a game may save as it was', () => {
  const check = fc.check(
    // Stricter than expect: it tells 0 from -0, and minds no key named constructor.
    fc.property(values.tree, value => isDeepStrictEqual(roundTrip(value), value)),
    { numRuns: 500 },
  )
  expect(check.counterexample).toBeNull()
})

test('writes plain JSON, unchanged where JSON has a word for it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), value => {
      const plain: unknown = JSON.parse(JSON.stringify(value), (_key, member: unknown) =>
        typeof member === 'number' && isUnsafeInteger(member) ? 0 : member,
      )
      expect(encodeValues(plain)).toEqual(plain)
      const text = JSON.stringify(encodeValues(plain))
      expect(JSON.stringify(encodeValues(JSON.parse(text)))).toBe(text)
    }),
  )
})

test.each([
  [new Vector3(1, 2, 3), { $aethex: 'Vector3', value: [1, 2, 3] }],
  [new Quaternion(), { $aethex: 'Quaternion', value: [0, 0, 0, 1] }],
  [10n ** 20n, { $aethex: 'BigInt', value: '100000000000000000000' }],
  [new Date(0), { $aethex: 'Date', value: '1970-01-01T00:00:00.000Z' }],
  [new Date(Number.NaN), { $aethex: 'Date', value: null }],
  [new Uint8Array([1, 2, 255]), { $aethex: 'Bytes', value: 'AQL/' }],
  [Buffer.from([1, 2, 255]), { $aethex: 'Bytes', value: 'AQL/' }],
  [new Uint8Array([1]).buffer, { $aethex: 'Bytes', value: 'AQ==' }],
  [Number.NaN, { $aethex: 'Number', value: 'NaN' }],
  [Number.NEGATIVE_INFINITY, { $aethex: 'Number', value: '-Infinity' }],
  [-0, { $aethex: 'Number', value: '-0' }],
  [2 ** 53, { $aethex: 'Number', value: '9007199254740992' }],
  [2 ** 53 - 1, 9007199254740991],
  [new Map([['a', 1n]]), { $aethex: 'Map', value: [['a', { $aethex: 'BigInt', value: '1' }]] }],
  [{ $aethex: 'mine' }, { $aethex: 'Object', value: { $aethex: 'mine' } }],
])('writes %o as agreed with every other reader', (value, written) => {
  expect(encodeValues(value)).toEqual(written)
})

test('hands on what a newer version has written, untouched', () => {
  const newer = {
    at: { $aethex: 'Matrix4', value: [1, 0] },
    odd: { $aethex: 'Vector3', value: [1, 2] },
    more: { $aethex: 'Vector2', value: [1, 2], unit: 'm' },
    number: { $aethex: 7 },
    date: { $aethex: 'Date', value: 'yesterday' },
    bytes: { $aethex: 'Bytes', value: '*' },
    zero: { $aethex: 'Number', value: '12' },
  }
  const decoded = decodeValues(newer) as Record<string, unknown>
  for (const value of Object.values(decoded)) expect(value).toBeInstanceOf(UnknownValue)
  expect(JSON.parse(JSON.stringify(encodeValues(decoded)))).toEqual(newer)
})

test("takes the vectors of three.js as they are, and what is ours of another copy's", () => {
  const place = { isVector3: true, x: 1, y: 2, z: 3, _listener: () => {} }
  expect(roundTrip({ place })).toEqual({ place: new Vector3(1, 2, 3) })
  expect(roundTrip({ isColor: true, r: 1, g: 0, b: 0.5 })).toEqual(new Color(1, 0, 0.5, 1))
  const foreign = Object.create({ [Symbol.for('aethex.value')]: 'Vector2' }, {})
  expect(roundTrip(Object.assign(foreign, { x: 4, y: 5 }))).toEqual(new Vector2(4, 5))
})

test('brings back bytes of every kind by what they are, whatever their class is called', () => {
  class Heights extends Float32Array<ArrayBuffer> {}
  class Packet extends DataView<ArrayBuffer> {}
  class Blob8 extends Uint8Array<ArrayBuffer> {}
  Object.defineProperty(Heights.prototype, Symbol.toStringTag, { value: 'Heights' })
  expect(roundTrip(new Heights(new Float32Array([1, 2]).buffer))).toEqual(new Float32Array([1, 2]))
  expect(roundTrip(new Blob8(new Uint8Array([1, 2]).buffer))).toEqual(new Uint8Array([1, 2]))
  expect(encodeValues(new Packet(new ArrayBuffer(2)))).toEqual({
    $aethex: 'DataView',
    value: 'AAA=',
  })
  const view = roundTrip(new Packet(new Uint8Array([9, 1, 2]).buffer, 1))
  expect(view).toBeInstanceOf(DataView)
  expect(view instanceof DataView && [view.byteLength, view.getUint16(0)]).toEqual([2, 258])
  expect(roundTrip([2 ** 53, -(2 ** 60), 1e21])).toEqual([2 ** 53, -(2 ** 60), 1e21])
})

test('leaves out what JSON leaves out', () => {
  const data = {
    gone: undefined,
    call: () => 1,
    kept: [undefined, 1],
    odd: { toJSON: () => 'own' },
  }
  expect(encodeValues(data)).toEqual({ kept: [null, 1], odd: 'own' })
  expect(encodeValues(undefined)).toBeUndefined()
})

test('refuses a circle by name', () => {
  const circle: Record<string, unknown> = {}
  circle.self = [circle]
  expect(() => encodeValues(circle)).toThrow(AeThexError)
})

test('never lets a key reach the prototype of an object', () => {
  const hostile: unknown = JSON.parse('{"__proto__":{"isAdmin":true}}')
  const decoded = decodeValues(hostile)
  expect(Reflect.get(Object(decoded), 'isAdmin')).toBeUndefined()
  expect(JSON.stringify(encodeValues(decoded))).toBe('{"__proto__":{"isAdmin":true}}')
})
