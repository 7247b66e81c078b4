import type { BitReader, BitWriter } from './bits.js'

/** One declared field, made ready. What is handed in may be anything: `bad_value` is thrown for another kind. */
export interface Field {
  readonly mostBits: number
  write(out: BitWriter, value: unknown): void
  read(source: BitReader): unknown
  /** What a receiver will see; the same again when it is handed in again. */
  settle(value: unknown): unknown
}
