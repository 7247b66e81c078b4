// Declared states: what the relay and the SDK pack and read them by, in one place. Pure: no I/O, no clock, no dependency.
export { readStateSchema } from './state-schema/read-state-schema.js'
export {
  compileStateSchema,
  type FieldNames,
  type PackedState,
  type PackerOptions,
  type StatePacker,
} from './state-schema/state-packer.js'
export type { EnumValue, FieldRule, StateSchema } from './state-schema/state-schema.js'
export { StateSchemaError, type StateSchemaErrorCode } from './state-schema/state-schema-error.js'
