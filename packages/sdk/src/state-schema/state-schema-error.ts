export type StateSchemaErrorCode =
  /** A declaration that cannot be followed. */
  | 'bad_schema'
  /** A field's value is of another kind than was declared. */
  | 'bad_value'
  /** A state has a field that the schema does not declare. */
  | 'unknown_field'
  /** Bytes that no packer of this schema has made: too short, too long, or out of a field's range. */
  | 'bad_bytes'
  /** The buffer handed in has no room for the state. */
  | 'too_small'

/** A schema, a state or its bytes cannot be used; `message` says why, `field` where. */
export class StateSchemaError extends Error {
  /** By name, so that it holds across entries and copies of this package. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'StateSchemaError'
  }

  readonly code: StateSchemaErrorCode
  readonly field: string | undefined

  constructor(code: StateSchemaErrorCode, message: string, field?: string) {
    super(message)
    this.name = 'StateSchemaError'
    this.code = code
    this.field = field
  }
}
