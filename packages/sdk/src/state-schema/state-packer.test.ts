import { encode } from '@msgpack/msgpack'
import { expect, test } from 'vitest'
import { compileStateSchema, StateSchemaError } from '../state-schema.js'

const fighter = {
  x: { type: 'number', min: -4_000, max: 4_000, step: 0.01 },
  y: { type: 'number', min: -4_000, max: 4_000, step: 0.01 },
  a: { type: 'number', min: -3.2, max: 3.2, step: 0.001 },
  hp: { type: 'int', min: 0, max: 100 },
  w: { type: 'enum', values: ['sword', 'bow', 'staff', 'fists'] },
  t: { type: 'number', min: 0, max: 10_000_000, step: 0.01 },
} as const

const state = { x: 1234.56, y: 789.12, a: 1.571, hp: 87, w: 'bow', t: 123456.78 }

const codeOf = (run: () => unknown) => {
  try {
    run()
  } catch (thrown) {
    if (thrown instanceof StateSchemaError) return thrown.code
    throw thrown
  }
  return 'nothing thrown'
}

test('packs a fighter into a quarter of what MessagePack takes', () => {
  const packer = compileStateSchema(fighter)
  expect(JSON.stringify(state)).toHaveLength(66)
  expect(encode(state)).toHaveLength(55)
  expect(packer.pack(state)).toHaveLength(12)
  expect(packer.pack(state, new Set(['x', 'a']))).toHaveLength(6)
  expect(packer.unpack(packer.pack(state))).toEqual(state)
})

test('packs what has changed, and null for a field that went away', () => {
  const packer = compileStateSchema(fighter)
  const after = packer.quantise({ x: 1, hp: 87, w: 'bow' })
  const changed = packer.changedFields(packer.quantise({ x: 2, y: 0, hp: 87, w: 'bow' }), after)
  expect([...changed]).toEqual(['x', 'y'])
  expect(packer.unpack(packer.pack(after, changed))).toEqual({ x: 1, y: null })
  expect(packer.unpack(packer.pack({}))).toEqual({})
})

test('finds no change between states that a receiver sees alike', () => {
  const packer = compileStateSchema({
    at: { type: 'vector', size: 2, min: 0, max: 10, step: 0.5 },
    turn: { type: 'quaternion' },
    gone: { type: 'bool' },
  })
  const before = packer.quantise({ at: [1.01, 2.2], turn: [0, 0, 0, 2], gone: null })
  const after = packer.quantise({ at: [0.9, 1.8], turn: [0.0001, 0, 0, 1] })
  expect(before).toEqual({ at: [1, 2], turn: [0, 0, 0, 1], gone: null })
  expect(packer.changedFields(before, after)).toEqual(new Set())
  expect(packer.changedFields(after, packer.quantise({ at: [1, 2] }))).toEqual(new Set(['turn']))
})

test('takes the nearest bound, keeps the low bits and cuts text after a whole character', () => {
  const packer = compileStateSchema({
    n: { type: 'number', min: -1, max: 1, step: 0.1 },
    i: { type: 'int', min: 3, max: 9 },
    b: { type: 'bits', count: 4 },
    s: { type: 'string', max_bytes: 5 },
  })
  const seen = { n: 1, i: 3, b: 0b0110, s: 'né' }
  expect(packer.quantise({ n: 7, i: -2, b: 0b110110, s: 'né👍' })).toEqual(seen)
  expect(
    packer.unpack(packer.pack({ n: Number.POSITIVE_INFINITY, i: 3.4, b: 0b110110, s: 'né👍' })),
  ).toEqual(seen)
})

test('knows numbers in decimal steps without noise behind them', () => {
  const packer = compileStateSchema({ x: { type: 'number', min: -0.3, max: 5, step: 0.1 } })
  expect(packer.quantise({ x: 0.1 + 0.2 })).toEqual({ x: 0.3 })
  expect(packer.quantise({ x: -0.04 })).toEqual({ x: 0 })
})

test('refuses values of another kind and fields that are not declared, or leaves these aside', () => {
  const packer = compileStateSchema(fighter)
  for (const bad of [{ x: '1' }, { x: Number.NaN }, { hp: true }, { w: 'axe' }, { w: 1 }]) {
    expect(codeOf(() => packer.pack(bad))).toBe('bad_value')
    expect(codeOf(() => packer.quantise(bad))).toBe('bad_value')
  }
  expect(codeOf(() => packer.pack({ x: 1, note: 'hi' }))).toBe('unknown_field')
  const lenient = compileStateSchema(fighter, { unknown: 'leave' })
  expect(lenient.unpack(lenient.pack({ x: 1, note: 'hi' }))).toEqual({ x: 1 })
  expect(lenient.quantise({ x: 1, note: 'hi' })).toEqual({ x: 1 })
  expect(lenient.undeclared({ x: 1, note: 'hi' })).toEqual({ note: 'hi' })
  expect(lenient.undeclared({ x: 1 })).toBeUndefined()
})

test('packs into the middle of a buffer, and says when there is no room', () => {
  const packer = compileStateSchema(fighter)
  const target = new Uint8Array(40).fill(0xff)
  const end = packer.packInto(target, 7, state)
  expect(packer.unpack(target.subarray(7, end))).toEqual(state)
  expect([...target.subarray(0, 7), ...target.subarray(end)]).not.toContain(0)
  expect(codeOf(() => packer.packInto(target, 30, state))).toBe('too_small')
})

test('has one fingerprint for one schema, in whatever order it was written down', () => {
  const { fingerprint } = compileStateSchema(fighter)
  const turned = Object.fromEntries(Object.entries(fighter).reverse())
  expect(fingerprint).toMatch(/^[0-9a-f]{8}$/)
  expect(compileStateSchema(turned).fingerprint).toBe(fingerprint)
  const other = compileStateSchema({ ...fighter, hp: { type: 'int', min: 0, max: 101 } })
  expect(other.fingerprint).not.toBe(fingerprint)
  const bytes = compileStateSchema(turned).pack(state)
  expect(compileStateSchema(fighter).unpack(bytes)).toEqual(state)
})

test('reads nothing but exactly one state', () => {
  const packer = compileStateSchema({
    i: { type: 'int', min: 0, max: 4 },
    e: { type: 'enum', values: ['a', 'b', 'c'] },
    s: { type: 'string', max_bytes: 9 },
  })
  const bytes = packer.pack({ i: 4, e: 'c', s: 'four' })
  for (let length = 0; length < bytes.length; length++) {
    expect(codeOf(() => packer.unpack(bytes.subarray(0, length)))).toBe('bad_bytes')
  }
  expect(codeOf(() => packer.unpack(new Uint8Array([...bytes, 0])))).toBe('bad_bytes')
  // An unknown beginning, and an enum, a text and a number beyond their ranges.
  expect(codeOf(() => packer.unpack(new Uint8Array([3])))).toBe('bad_bytes')
  expect(codeOf(() => packer.unpack(new Uint8Array([0b1100, 0, 0])))).toBe('bad_bytes')
  expect(codeOf(() => packer.unpack(new Uint8Array(20).fill(0b11110000)))).toBe('bad_bytes')
  expect(codeOf(() => packer.unpack(new Uint8Array([0b11100000, 0, 0])))).toBe('bad_bytes')
})
