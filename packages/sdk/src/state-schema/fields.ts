import { bitsUpTo } from './bits.js'
import type { Field } from './field.js'
import { createGrid, type Grid, type GridBounds } from './grid.js'
import {
  codeOfQuaternion,
  type QuaternionParts,
  quaternionBits,
  quaternionOf,
} from './quaternion.js'
import type { EnumValue, FieldRule } from './state-schema.js'
import { StateSchemaError } from './state-schema-error.js'
import { textField } from './text-field.js'

function refuse(name: string, wanted: string): never {
  throw new StateSchemaError(
    'bad_value',
    `The field ${JSON.stringify(name)} takes ${wanted}.`,
    name,
  )
}

function outOfRange(name: string): never {
  throw new StateSchemaError(
    'bad_bytes',
    `The field ${JSON.stringify(name)} is out of range.`,
    name,
  )
}

/** NaN is in no place of any grid. */
const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && !Number.isNaN(value)

function placeRead(name: string, place: number, top: number): number {
  return place > top ? outOfRange(name) : place
}

function numberField(name: string, grid: Grid): Field {
  const placeOf = (value: unknown) =>
    isNumber(value) ? grid.placeOf(value) : refuse(name, 'a number')
  return {
    mostBits: grid.bits,
    write: (out, value) => out.write(placeOf(value), grid.bits),
    read: source => grid.numberAt(placeRead(name, source.read(grid.bits), grid.top)),
    settle: value => grid.numberAt(placeOf(value)),
  }
}

function enumField(name: string, values: readonly EnumValue[]): Field {
  const places = new Map<unknown, number>(values.map((value, place) => [value, place]))
  const bits = bitsUpTo(values.length - 1)
  const placeOf = (value: unknown) =>
    places.get(value) ?? refuse(name, 'one of its declared values')
  return {
    mostBits: bits,
    write: (out, value) => out.write(placeOf(value), bits),
    read: source => values[placeRead(name, source.read(bits), values.length - 1)],
    settle: value => values[placeOf(value)],
  }
}

function boolField(name: string): Field {
  const settle = (value: unknown) =>
    typeof value === 'boolean' ? value : refuse(name, 'true or false')
  return {
    mostBits: 1,
    write: (out, value) => out.write(settle(value) ? 1 : 0, 1),
    read: source => source.read(1) === 1,
    settle,
  }
}

function bitsField(name: string, count: number): Field {
  // The highest of 32 bits is a sign to a bitwise operation.
  const settle = (value: unknown) =>
    isNumber(value) ? (value >>> 0) % 2 ** count : refuse(name, 'a number')
  return {
    mostBits: count,
    write: (out, value) => out.write(settle(value), count),
    read: source => source.read(count),
    settle,
  }
}

function vectorField(name: string, size: number, bounds: GridBounds): Field {
  const grid = createGrid(bounds)
  const wanted = `a list of ${size} numbers`

  function partsOf(value: unknown): readonly unknown[] {
    return Array.isArray(value) && value.length === size ? value : refuse(name, wanted)
  }
  const placeOf = (part: unknown) => (isNumber(part) ? grid.placeOf(part) : refuse(name, wanted))

  return {
    mostBits: size * grid.bits,
    write(out, value) {
      const parts = partsOf(value)
      for (let index = 0; index < size; index++) out.write(placeOf(parts[index]), grid.bits)
    },
    read(source) {
      const parts: number[] = []
      for (let index = 0; index < size; index++) {
        parts.push(grid.numberAt(placeRead(name, source.read(grid.bits), grid.top)))
      }
      return parts
    },
    settle: value => partsOf(value).map(part => grid.numberAt(placeOf(part))),
  }
}

const isTurn = (value: unknown): value is QuaternionParts =>
  Array.isArray(value) &&
  value.length === 4 &&
  value.every(part => Number.isFinite(part)) &&
  value.some(part => part !== 0)

function quaternionField(name: string): Field {
  const codeOf = (value: unknown) =>
    isTurn(value) ? codeOfQuaternion(value) : refuse(name, 'a list of 4 numbers, not all 0')
  const turnOf = (code: number) => quaternionOf(code) ?? outOfRange(name)
  return {
    mostBits: quaternionBits,
    write: (out, value) => out.write(codeOf(value), quaternionBits),
    read: source => turnOf(source.read(quaternionBits)),
    settle: value => turnOf(codeOf(value)),
  }
}

/** Makes a field ready once, so that packing a state asks for no rule again. */
export function createField(name: string, rule: FieldRule): Field {
  if (rule.type === 'number') return numberField(name, createGrid(rule))
  if (rule.type === 'int') return numberField(name, createGrid({ ...rule, step: 1 }))
  if (rule.type === 'enum') return enumField(name, rule.values)
  if (rule.type === 'bool') return boolField(name)
  if (rule.type === 'string') return textField(name, rule.max_bytes)
  if (rule.type === 'bits') return bitsField(name, rule.count)
  if (rule.type === 'vector') return vectorField(name, rule.size, rule)
  return quaternionField(name)
}
