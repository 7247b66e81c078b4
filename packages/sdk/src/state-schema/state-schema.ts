/** How one field of a state travels. Numbers outside of their bounds take the nearest bound. */
export type FieldRule =
  /** A number in steps: what arrives is off by half a step at most. */
  | { type: 'number'; min: number; max: number; step: number }
  /** A whole number, both ends included. */
  | { type: 'int'; min: number; max: number }
  /** One of these values, at most 4,096, texts of at most 256 characters. */
  | { type: 'enum'; values: readonly EnumValue[] }
  | { type: 'bool' }
  /** Text of at most `max_bytes` (1 to 1,024) in UTF-8; longer text is cut after a whole character. */
  | { type: 'string'; max_bytes: number }
  /** Flags: the low `count` (1 to 32) bits of a whole number. */
  | { type: 'bits'; count: number }
  /** An array of numbers, each as in `number`. */
  | { type: 'vector'; size: 2 | 3 | 4; min: number; max: number; step: number }
  /** A turn as `[x, y, z, w]` of any length but 0; arrives with length 1, off by less than 0.5 degrees, in 32 bits. */
  | { type: 'quaternion' }

export type EnumValue = string | number | boolean

/** The fields of a state by name, in any order. Plain data: it may travel as JSON. */
export type StateSchema = Readonly<Record<string, FieldRule>>
