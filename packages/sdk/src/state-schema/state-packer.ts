import { BitReader, BitWriter } from './bits.js'
import type { Field } from './field.js'
import { createField } from './fields.js'
import { readStateSchema } from './read-state-schema.js'
import type { StateSchema } from './state-schema.js'
import { StateSchemaError } from './state-schema-error.js'

/** A state's fields by name. One that is null has no value: that is how a field goes away. */
export type PackedState = Record<string, unknown>

/** Which fields to pack: a Set of their names, or a Map by name. */
export interface FieldNames {
  has(name: string): boolean
}

export interface PackerOptions {
  /** A state's fields that the schema does not declare: refused (so unless said), or left to `undeclared`. */
  unknown?: 'refuse' | 'leave'
}

/** Turns states of one schema into bytes and back. Whoever has the same schema reads what it writes. */
export interface StatePacker {
  readonly schema: StateSchema
  /** The same for the same schema, however it was written down: eight hexadecimal digits. */
  readonly fingerprint: string
  /** No state is packed larger. */
  readonly maxBytes: number
  /**
   * The fields that are there; with `changed` only those it has, and those of them that are missing as null.
   * Throws StateSchemaError `bad_value` or `unknown_field`.
   */
  pack(state: PackedState, changed?: FieldNames): Uint8Array<ArrayBuffer>
  /** Packs into a buffer of one's own and answers where the packed state ends. Throws `too_small` besides. */
  packInto(target: Uint8Array, at: number, state: PackedState, changed?: FieldNames): number
  /** The fields that were packed. Throws StateSchemaError `bad_bytes` unless the bytes are exactly one state. */
  unpack(bytes: Uint8Array): PackedState
  /** The declared fields as a receiver will see them. Throws as `pack` does. */
  quantise(state: PackedState): PackedState
  /** The names of the declared fields that differ between two quantised states. */
  changedFields(before: PackedState, after: PackedState): Set<string>
  /** The fields that the schema does not declare; undefined when there are none. */
  undeclared(state: PackedState): PackedState | undefined
}

/** A state begins with two bits: all fields follow, or a mask of those that do, or a mask and which of them are null. */
const kinds = { all: 0, some: 1, someNull: 2 }
const kindBits = 2

/** Larger states are no game's. */
const mostBytes = 16 * 1024

/** What becomes of a field when a state is packed. */
const absent = 0
const present = 1
const withoutValue = 2

/** FNV-1a of 32 bits: enough to see that two sides do not have the same schema. */
function fingerprintOf(schema: StateSchema): string {
  const inOrder = Object.keys(schema)
    .sort()
    .map(name => [name, schema[name]])
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(JSON.stringify(inOrder))) {
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}

function isSame(before: unknown, after: unknown): boolean {
  if (before === after) return true
  if (!Array.isArray(before) || !Array.isArray(after)) return (before ?? null) === (after ?? null)
  return before.length === after.length && before.every((part, index) => part === after[index])
}

/** Makes a packer. Throws StateSchemaError `bad_schema`. */
export function compileStateSchema(declared: unknown, options: PackerOptions = {}): StatePacker {
  const schema = readStateSchema(declared)
  const names = Object.keys(schema).sort()
  const fields = names.map(name => {
    const rule = schema[name]
    if (rule === undefined) throw new StateSchemaError('bad_schema', 'A field is missing.', name)
    return createField(name, rule)
  })
  const mostBits = fields.reduce((sum, field) => sum + 2 + field.mostBits, kindBits)
  const maxBytes = Math.ceil(mostBits / 8)
  if (maxBytes > mostBytes) {
    throw new StateSchemaError('bad_schema', `Its states may take more than ${mostBytes} bytes.`)
  }
  return createPacker({ schema, names, fields, maxBytes, refuses: options.unknown !== 'leave' })
}

interface PackerParts {
  schema: StateSchema
  names: readonly string[]
  fields: readonly Field[]
  maxBytes: number
  refuses: boolean
}

function createPacker({ schema, names, fields, maxBytes, refuses }: PackerParts): StatePacker {
  const out = new BitWriter()
  const source = new BitReader()
  const uses = new Uint8Array(fields.length)
  let room: Uint8Array<ArrayBuffer> | undefined

  const isDeclared = (name: string) => Object.hasOwn(schema, name)

  function refuseUnknown(state: PackedState): void {
    const unknown = Object.keys(state).find(name => !isDeclared(name))
    if (unknown === undefined) return
    const text = `The schema declares no field ${JSON.stringify(unknown)}.`
    throw new StateSchemaError('unknown_field', text, unknown)
  }

  /** Notes what becomes of each field, and answers how the state begins. */
  function plan(state: PackedState, changed: FieldNames | undefined): number {
    let kind = kinds.all
    for (let index = 0; index < names.length; index++) {
      const name = names[index] ?? ''
      const value = state[name]
      let use = present
      if (changed !== undefined && !changed.has(name)) use = absent
      else if (value === null) use = withoutValue
      else if (value === undefined) use = changed === undefined ? absent : withoutValue
      uses[index] = use
      if (use === withoutValue) kind = kinds.someNull
      else if (use === absent && kind === kinds.all) kind = kinds.some
    }
    return kind
  }

  function packInto(
    target: Uint8Array,
    at: number,
    state: PackedState,
    changed?: FieldNames,
  ): number {
    if (refuses) refuseUnknown(state)
    const kind = plan(state, changed)
    out.start(target, at)
    out.write(kind, kindBits)
    if (kind !== kinds.all) for (const use of uses) out.write(use === absent ? 0 : 1, 1)
    if (kind === kinds.someNull) {
      for (const use of uses) if (use !== absent) out.write(use === withoutValue ? 1 : 0, 1)
    }
    for (let index = 0; index < fields.length; index++) {
      if (uses[index] === present) fields[index]?.write(out, state[names[index] ?? ''])
    }
    const end = out.finish()
    if (end <= target.length) return end
    throw new StateSchemaError('too_small', `The state takes ${end - at} bytes.`)
  }

  function unpack(bytes: Uint8Array): PackedState {
    source.start(bytes)
    const kind = source.read(kindBits)
    if (kind > kinds.someNull) throw new StateSchemaError('bad_bytes', 'No state begins like this.')
    for (let index = 0; index < uses.length; index++) {
      uses[index] = kind === kinds.all || source.read(1) === 1 ? present : absent
    }
    if (kind === kinds.someNull) {
      for (let index = 0; index < uses.length; index++) {
        if (uses[index] === present && source.read(1) === 1) uses[index] = withoutValue
      }
    }
    const state: PackedState = {}
    for (let index = 0; index < fields.length; index++) {
      if (uses[index] === absent) continue
      state[names[index] ?? ''] = uses[index] === present ? fields[index]?.read(source) : null
    }
    source.finish()
    return state
  }

  return {
    schema,
    fingerprint: fingerprintOf(schema),
    maxBytes,
    packInto,
    unpack,
    pack(state, changed) {
      room ??= new Uint8Array(maxBytes)
      return room.slice(0, packInto(room, 0, state, changed))
    },
    quantise(state) {
      if (refuses) refuseUnknown(state)
      const settled: PackedState = {}
      for (let index = 0; index < fields.length; index++) {
        const name = names[index] ?? ''
        const value = state[name]
        if (value !== undefined)
          settled[name] = value === null ? null : fields[index]?.settle(value)
      }
      return settled
    },
    changedFields: (before, after) =>
      new Set(names.filter(name => !isSame(before[name], after[name]))),
    undeclared(state) {
      const others = Object.entries(state).filter(([name]) => !isDeclared(name))
      return others.length === 0 ? undefined : Object.fromEntries(others)
    },
  }
}
