import { expect, test } from 'vitest'
import { compileStateSchema, readStateSchema } from '../state-schema.js'

test('answers a copy with its fields in alphabetical order', () => {
  const declared = { y: { type: 'bool' }, x: { max: 2, type: 'int', min: 1 } }
  const schema = readStateSchema(declared)
  expect(JSON.stringify(schema)).toBe('{"x":{"type":"int","min":1,"max":2},"y":{"type":"bool"}}')
  expect(readStateSchema(JSON.parse(JSON.stringify(schema)))).toEqual(schema)
})

const bool = { type: 'bool' }
const refused: [what: string, declared: unknown, reason: RegExp][] = [
  ['a list', [bool], /is an object/],
  ['nothing', null, /is an object/],
  ['no fields', {}, /1 to 64 fields/],
  [
    'too many fields',
    Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`f${at}`, bool])),
    /1 to 64 fields/,
  ],
  ['a name without characters', { '': bool }, /1 to 64 characters/],
  ['a name that is too long', { ['x'.repeat(65)]: bool }, /1 to 64 characters/],
  ['a name that all objects have', { constructor: bool }, /a meaning of its own/],
  ['the name of prototypes', JSON.parse('{"__proto__":{"type":"bool"}}'), /a meaning of its own/],
  ['a field that is no object', { x: 'number' }, /is not declared by an object/],
  ['an unknown type', { x: { type: 'float' } }, /its type must be one of number,int/],
  ['a type by inheritance', { x: { type: 'toString' } }, /its type must be one of/],
  ['an unknown property', { x: { type: 'bool', min: 0 } }, /knows no "min"/],
  ['a missing bound', { x: { type: 'int', min: 0 } }, /max is no number/],
  ['an endless bound', { x: { type: 'int', min: 0, max: Infinity } }, /max is no number/],
  ['bounds the wrong way round', { x: { type: 'int', min: 1, max: 0 } }, /min must not be above/],
  ['half numbers', { x: { type: 'int', min: 0.5, max: 2 } }, /whole numbers/],
  ['no step', { x: { type: 'number', min: 0, max: 1, step: 0 } }, /step must be above 0/],
  [
    'a step too small',
    { x: { type: 'number', min: 0, max: 1, step: 1e-300 } },
    /step is too small/,
  ],
  ['bounds too far', { x: { type: 'int', min: 0, max: 2 ** 53 } }, /step is too small/],
  ['no values', { x: { type: 'enum', values: [] } }, /a list of 1 to 4096/],
  ['values that are none', { x: { type: 'enum', values: [null] } }, /texts, numbers or booleans/],
  ['a value twice', { x: { type: 'enum', values: ['a', 'a'] } }, /listed twice/],
  ['a value without end', { x: { type: 'enum', values: ['a'.repeat(257)] } }, /longer than 256/],
  ['no room for text', { x: { type: 'string', max_bytes: 0 } }, /from 1 to 1024/],
  ['too many flags', { x: { type: 'bits', count: 33 } }, /from 1 to 32/],
  ['a vector of five', { x: { type: 'vector', size: 5, min: 0, max: 1, step: 1 } }, /2, 3 or 4/],
]
test.each(refused)('refuses %s', (_, declared, reason) => {
  const problem = expect.objectContaining({ code: 'bad_schema' })
  expect(() => readStateSchema(declared)).toThrow(problem)
  expect(() => readStateSchema(declared)).toThrow(reason)
})

test('refuses states larger than 16 KiB', () => {
  const text = { type: 'string', max_bytes: 1_024 }
  const fields = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, text]))
  expect(compileStateSchema(fields(15)).maxBytes).toBeLessThan(16_384)
  expect(() => compileStateSchema(fields(17))).toThrow(/more than 16384 bytes/)
})
