export type MergeErrorCode =
  /** A document is nested deeper than 100 levels, or in a circle. */
  | 'too_deep'
  /** A value that JSON cannot carry: a function, NaN, a Map … Encode it first. */
  | 'not_json'
  /** A merge rule that cannot be followed. */
  | 'bad_rule'
  /** Not a JSON pointer (RFC 6901), or one that leads nowhere in the document. */
  | 'bad_pointer'
  /** An answer to nothing that was asked, or neither 'mine', 'theirs' nor `{ value }`. */
  | 'bad_answer'
  /** An operation other than add, remove and replace, or without its value. */
  | 'bad_patch'
  /** A time that is not RFC 3339. */
  | 'bad_time'

/** What was handed in cannot be merged, compared or patched. */
export class MergeError extends Error {
  /** By name, so that it holds across entries and copies of this package. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'MergeError'
  }

  readonly code: MergeErrorCode

  constructor(code: MergeErrorCode, message: string) {
    super(message)
    this.name = 'MergeError'
    this.code = code
  }
}
