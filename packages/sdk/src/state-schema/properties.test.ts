import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileStateSchema, type FieldRule, StateSchemaError } from '../state-schema.js'

const step = fc.oneof(
  fc.constantFrom(0.001, 0.01, 0.1, 0.25, 0.5, 1, 3, 10, 1 / 3),
  fc.double({ min: 1e-6, max: 1e3, noNaN: true }),
)
const bounds = fc
  .tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.nat(2 ** 33), step)
  .map(([min, steps, size]) => ({ min, max: min + steps * size * 0.9, step: size }))
const wholeBounds = fc
  .tuple(fc.maxSafeInteger(), fc.maxSafeInteger())
  .map(ends => ends.map(end => Math.trunc(end / 64)).sort((a, b) => a - b))
  .map(([min = 0, max = 0]) => ({ min, max }))

const rule: fc.Arbitrary<FieldRule> = fc.oneof(
  bounds.map(given => ({ type: 'number' as const, ...given })),
  wholeBounds.map(given => ({ type: 'int' as const, ...given })),
  fc
    .uniqueArray(fc.oneof(fc.string(), fc.integer(), fc.boolean()), { minLength: 1, maxLength: 40 })
    .map(values => ({ type: 'enum' as const, values })),
  fc.constant({ type: 'bool' as const }),
  fc.integer({ min: 1, max: 60 }).map(max_bytes => ({ type: 'string' as const, max_bytes })),
  fc.integer({ min: 1, max: 32 }).map(count => ({ type: 'bits' as const, count })),
  fc
    .tuple(fc.constantFrom(2 as const, 3 as const, 4 as const), bounds)
    .map(([size, given]) => ({ type: 'vector' as const, size, ...given })),
  fc.constant({ type: 'quaternion' as const }),
)

const part = fc.double({ min: -1, max: 1, noNaN: true })
const turn = fc
  .oneof(
    fc.tuple(part, part, part, part),
    // Parts of nearly the same size, where rounding may change which is the largest.
    fc
      .tuple(
        fc.constantFrom(0.5, -0.5, Math.SQRT1_2, 0.577),
        fc.array(fc.double({ min: -0.002, max: 0.002, noNaN: true }), {
          minLength: 4,
          maxLength: 4,
        }),
      )
      .map(([size, offsets]) =>
        offsets.map((offset, index) => (index % 3 ? size : -size) + offset),
      ),
  )
  .filter(parts => parts.some(value => Math.abs(value) > 1e-9))

const number = fc.oneof(fc.double({ noNaN: true }), fc.double({ min: -2e6, max: 2e6, noNaN: true }))

function valueFor(declared: FieldRule): fc.Arbitrary<unknown> {
  if (declared.type === 'enum') return fc.constantFrom(...declared.values)
  if (declared.type === 'bool') return fc.boolean()
  if (declared.type === 'string') return fc.oneof(fc.string(), fc.string({ unit: 'binary' }))
  if (declared.type === 'quaternion') return turn
  if (declared.type === 'vector') {
    return fc.array(number, { minLength: declared.size, maxLength: declared.size })
  }
  return number
}

const schema = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,9}$/).filter(name => !(name in Object.prototype)),
  rule,
  { minKeys: 1, maxKeys: 64 },
)

/** A schema, a state of it, and some of its fields. */
const scene = schema.chain(declared => {
  const values = Object.entries(declared).map(([name, one]) => [name, valueFor(one)] as const)
  const orNull = values.map(([name, value]) => [name, fc.option(value, { freq: 9 })] as const)
  return fc.record({
    declared: fc.constant(declared),
    state: fc.record(Object.fromEntries(orNull), { requiredKeys: [] }),
    changed: fc.subarray(Object.keys(declared)).map(names => new Set(names)),
  })
})

test('gives a receiver exactly what quantise says, in no more bytes than promised', () => {
  fc.assert(
    fc.property(scene, ({ declared, state, changed }) => {
      const packer = compileStateSchema(declared)
      const seen = packer.quantise(state)
      const bytes = packer.pack(state)
      expect(bytes.length).toBeLessThanOrEqual(packer.maxBytes)
      expect(packer.unpack(bytes)).toEqual(seen)
      // What was seen once stays as it is: deltas find no change where there is none.
      expect(packer.quantise(seen)).toStrictEqual(seen)
      expect(packer.pack(seen)).toEqual(bytes)
      expect(packer.changedFields(seen, packer.unpack(bytes)).size).toBe(0)
      const partly = packer.unpack(packer.pack(state, changed))
      expect(Object.keys(partly).sort()).toEqual([...changed].sort())
      for (const name of changed) expect(partly[name]).toEqual(seen[name] ?? null)
    }),
    { numRuns: 400 },
  )
})

test('is off by half a step at most', () => {
  fc.assert(
    fc.property(bounds, number, (given, value) => {
      const packer = compileStateSchema({ n: { type: 'number', ...given } })
      const inside = Math.max(given.min, Math.min(given.max, value))
      const off = Math.abs(Number(packer.quantise({ n: value }).n) - inside)
      const noise = 1e-12 * Math.max(Math.abs(given.min), Math.abs(given.max))
      expect(off).toBeLessThanOrEqual(given.step * 0.5000001 + noise)
      // No more bits than tell the steps apart, beside the two that begin a state.
      const steps = Math.round((given.max - given.min) / given.step)
      const bits = steps === 0 ? 0 : Math.floor(Math.log2(steps)) + 1
      expect(packer.pack({ n: value }).length).toBeLessThanOrEqual(Math.ceil((2 + bits + 1) / 8))
    }),
    { numRuns: 1_000 },
  )
})

test('turns a quaternion by less than 0.5 degrees, once', () => {
  const packer = compileStateSchema({ q: { type: 'quaternion' } })
  const seenOf = (q: unknown) => packer.quantise({ q }).q as number[]
  fc.assert(
    fc.property(turn, parts => {
      const seen = seenOf(parts)
      const dot = parts.reduce((sum, value, index) => sum + value * (seen[index] ?? 0), 0)
      const cosine = Math.abs(dot) / (Math.hypot(...parts) * Math.hypot(...seen))
      expect(2 * Math.acos(Math.min(1, cosine)) * (180 / Math.PI)).toBeLessThan(0.5)
      expect(seenOf(seen)).toEqual(seen)
    }),
    { numRuns: 5_000 },
  )
})

test('reads any bytes as a state of the schema, or refuses them', () => {
  fc.assert(
    fc.property(schema, fc.uint8Array({ maxLength: 300 }), (declared, bytes) => {
      const packer = compileStateSchema(declared)
      let state: Record<string, unknown>
      try {
        state = packer.unpack(bytes)
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(StateSchemaError)
        expect(thrown).toHaveProperty('code', 'bad_bytes')
        return
      }
      for (const name of Object.keys(state)) expect(declared).toHaveProperty([name])
      packer.pack(state)
    }),
    { numRuns: 1_000 },
  )
})

test('reads the damaged bytes of a real state, or refuses them', () => {
  fc.assert(
    fc.property(scene, fc.nat(), fc.nat(255), ({ declared, state }, at, value) => {
      const packer = compileStateSchema(declared)
      const bytes = packer.pack(state)
      bytes[at % bytes.length] = value
      try {
        packer.pack(packer.unpack(bytes))
      } catch (thrown) {
        expect(thrown).toHaveProperty('code', 'bad_bytes')
      }
    }),
    { numRuns: 500 },
  )
})

test('takes any declaration as a schema, or says what is wrong with it', () => {
  const anything = fc.oneof(
    fc.anything(),
    fc.dictionary(fc.string(), fc.oneof(rule, fc.anything())),
  )
  fc.assert(
    fc.property(anything, declared => {
      try {
        compileStateSchema(declared)
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(StateSchemaError)
        expect(thrown).toHaveProperty('code', 'bad_schema')
      }
    }),
    { numRuns: 1_000 },
  )
})
