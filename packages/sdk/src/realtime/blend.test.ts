import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBlend } from './blend.js'

const between = (from: object, to: object, part: number, rules = {}) =>
  createBlend(rules)(from, from, to, part)

test('turns quaternions the short way at an even pace', () => {
  const halfTurn = { aim: [0, 0, 0, 1] }
  const quarter = { aim: [0, 0, Math.SQRT1_2, Math.SQRT1_2] }
  const seen = between(halfTurn, quarter, 1 / 3, { quaternions: ['aim'] })
  // A third of 90 degrees: half the angle stands in a quaternion.
  const angle = Math.PI / 12
  expect(seen).toEqual({
    aim: [0, 0, expect.closeTo(Math.sin(angle)), expect.closeTo(Math.cos(angle))],
  })
})

const unit = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 })
  .filter(parts => Math.hypot(...parts) > 0.1)
  .map(parts => parts.map(part => part / Math.hypot(...parts)))

test('begins and ends where it should, and keeps turns turns', () => {
  fc.assert(
    fc.property(unit, unit, fc.double({ min: 0, max: 1, noNaN: true }), (from, to, part) => {
      const turn = (amount: number) => {
        const { q } = between({ q: from }, { q: to }, amount, { quaternions: ['q'] }) as {
          q: number[]
        }
        return q
      }
      const dot = (one: number[], other: number[]) =>
        one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0)
      expect(Math.abs(dot(turn(0), from))).toBeCloseTo(1)
      expect(Math.abs(dot(turn(1), to))).toBeCloseTo(1)
      expect(Math.hypot(...turn(part))).toBeCloseTo(1)
      // On the short way one is never further from the start than its end is.
      expect(Math.abs(dot(turn(part), from))).toBeGreaterThan(Math.abs(dot(to, from)) - 1e-9)
    }),
  )
})

test('does not draw a line through a teleport, in lists and objects', () => {
  const rules = { jumps: { at: 10, x: 3 } }
  const from = { at: [0, 0], spot: { at: { x: 0, z: 0 } }, x: 0, y: 0 }
  expect(
    between(from, { at: [9, 1], spot: { at: { x: 2, z: 8 } }, x: 2, y: 50 }, 0.5, rules),
  ).toEqual({ at: [4.5, 0.5], spot: { at: { x: 1, z: 4 } }, x: 1, y: 25 })
  expect(
    between(from, { at: [11, 1], spot: { at: { x: 2, z: 11 } }, x: 4, y: 50 }, 0.5, rules),
  ).toEqual({ at: [0, 0], spot: { at: { x: 0, z: 0 } }, x: 0, y: 25 })
})

test('learns from a declared state what snaps and what turns', () => {
  const schema = {
    x: { type: 'number', min: 0, max: 9, step: 1 },
    flags: { type: 'bits', count: 3 },
    gun: { type: 'enum', values: [1, 2, 3] },
    q: { type: 'quaternion' },
  } as const
  const from = { x: 1, flags: 1, gun: 1, q: [0, 0, 0, 1] }
  const seen = between(from, { x: 2, flags: 4, gun: 3, q: [1, 0, 0, 0] }, 0.5, { schema })
  const half = expect.closeTo(Math.SQRT1_2)
  expect(seen).toEqual({ x: 1.5, flags: 1, gun: 1, q: [half, 0, 0, half] })
})

test('leaves what has another shape, and fields with names of JavaScript', () => {
  const from = JSON.parse('{"__proto__":{"a":1},"constructor":1,"list":[1,2],"o":{"x":1}}')
  const to = { list: [1], o: [1] }
  const seen = between(from, to, 0.5)
  expect(JSON.stringify(seen)).toBe(JSON.stringify(from))
  expect(Object.getPrototypeOf(seen)).toBe(Object.prototype)
})
