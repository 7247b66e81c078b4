import { type GridBounds, refuseGrid } from './grid.js'
import type { EnumValue, FieldRule, StateSchema } from './state-schema.js'
import { StateSchemaError } from './state-schema-error.js'

export const mostFields = 64
const longestName = 64
const mostEnumValues = 4_096
const longestEnumText = 256
const longestText = 1_024

type Declared = Record<string, unknown>

const isDeclared = (value: unknown): value is Declared =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function refuse(field: string, reason: string): never {
  throw new StateSchemaError('bad_schema', `The field ${JSON.stringify(field)}: ${reason}.`, field)
}

function numberOf(field: string, declared: Declared, name: string): number {
  const value = declared[name]
  if (typeof value !== 'number' || !Number.isFinite(value)) refuse(field, `${name} is no number`)
  return value
}

function countOf(field: string, declared: Declared, name: string, most: number): number {
  const value = numberOf(field, declared, name)
  if (!Number.isInteger(value) || value < 1 || value > most) {
    refuse(field, `${name} must be a whole number from 1 to ${most}`)
  }
  return value
}

function boundsOf(field: string, declared: Declared): GridBounds {
  const min = numberOf(field, declared, 'min')
  const max = numberOf(field, declared, 'max')
  const bounds = { min, max, step: numberOf(field, declared, 'step') }
  const reason = refuseGrid(bounds)
  return reason === undefined ? bounds : refuse(field, reason)
}

function wholeBoundsOf(field: string, declared: Declared): { min: number; max: number } {
  const { min, max } = boundsOf(field, { ...declared, step: 1 })
  if (Number.isInteger(min) && Number.isInteger(max)) return { min, max }
  return refuse(field, 'min and max must be whole numbers')
}

const isEnumValue = (value: unknown): value is EnumValue =>
  typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)

function valuesOf(field: string, { values }: Declared): EnumValue[] {
  if (!Array.isArray(values) || values.length === 0 || values.length > mostEnumValues) {
    refuse(field, `values must be a list of 1 to ${mostEnumValues}`)
  }
  if (!values.every(isEnumValue)) refuse(field, 'values must be texts, numbers or booleans')
  if (values.some(value => typeof value === 'string' && value.length > longestEnumText)) {
    refuse(field, `a value is longer than ${longestEnumText} characters`)
  }
  if (new Set(values).size !== values.length) refuse(field, 'a value is listed twice')
  return [...values]
}

function sizeOf(field: string, { size }: Declared): 2 | 3 | 4 {
  return size === 2 || size === 3 || size === 4 ? size : refuse(field, 'size must be 2, 3 or 4')
}

/** The properties are always named in the same order: the fingerprint of a schema hangs on it. */
const readers: Record<FieldRule['type'], (field: string, declared: Declared) => FieldRule> = {
  number: (field, declared) => ({ type: 'number', ...boundsOf(field, declared) }),
  int: (field, declared) => ({ type: 'int', ...wholeBoundsOf(field, declared) }),
  enum: (field, declared) => ({ type: 'enum', values: valuesOf(field, declared) }),
  bool: () => ({ type: 'bool' }),
  string: (field, declared) => ({
    type: 'string',
    max_bytes: countOf(field, declared, 'max_bytes', longestText),
  }),
  bits: (field, declared) => ({ type: 'bits', count: countOf(field, declared, 'count', 32) }),
  vector: (field, declared) => ({
    type: 'vector',
    size: sizeOf(field, declared),
    ...boundsOf(field, declared),
  }),
  quaternion: () => ({ type: 'quaternion' }),
}

function readRule(field: string, declared: unknown): FieldRule {
  if (!isDeclared(declared)) refuse(field, 'is not declared by an object')
  const { type } = declared
  const known = Object.entries(readers).find(([name]) => name === type)
  if (known === undefined) refuse(field, `its type must be one of ${Object.keys(readers)}`)
  const rule = known[1](field, declared)
  const unknown = Object.keys(declared).find(name => !Object.hasOwn(rule, name))
  return unknown === undefined ? rule : refuse(field, `knows no ${JSON.stringify(unknown)}`)
}

function checkName(field: string): void {
  if (field.length === 0 || field.length > longestName) {
    refuse(field.slice(0, longestName), `a name has 1 to ${longestName} characters`)
  }
  // What every object has by itself would be found in states that say nothing of it.
  if (field in Object.prototype) refuse(field, 'this name has a meaning of its own in JavaScript')
}

/**
 * A schema from whatever was sent or stored: a copy with nothing in it that was not asked for, its fields in
 * alphabetical order. Throws StateSchemaError `bad_schema` with the reason.
 */
export function readStateSchema(value: unknown): StateSchema {
  if (!isDeclared(value)) throw new StateSchemaError('bad_schema', 'A schema is an object.')
  const names = Object.keys(value).sort()
  if (names.length === 0 || names.length > mostFields) {
    throw new StateSchemaError('bad_schema', `A schema has 1 to ${mostFields} fields.`)
  }
  names.forEach(checkName)
  return Object.fromEntries(names.map(name => [name, readRule(name, value[name])]))
}
