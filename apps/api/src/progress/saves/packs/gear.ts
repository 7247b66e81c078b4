import { createHash } from 'node:crypto'

/** Where content may be cut: no chunk is shorter than `min` but the last, none longer than `max`. */
export interface CutRule {
  min: number
  usual: number
  max: number
  /** A cut before the usual length needs all of these bits to be clear, one behind it fewer. */
  strict: number
  loose: number
}

// One number per byte value, from a fixed seed: another table would cut every save anew.
const gear = Int32Array.from({ length: 256 }, (_, byte) =>
  createHash('sha256').update(`aethex gear ${byte}`).digest().readInt32BE(),
)

// The highest bits of the fingerprint: the higher a bit, the more of the bytes before it have a part in it.
const highest = (bits: number) => -1 << (32 - bits)
// How many bits more, and fewer, the cuts before and behind the usual length need.
const normalisation = 2

// Shifted, not raised to a power: that would make doubles of the lengths, and the search five times as slow.
/** The rule for chunks of about 2^bits bytes. */
export const cutRule = (bits: number): CutRule => ({
  min: 1 << (bits - 2),
  usual: 1 << bits,
  max: 1 << (bits + 2),
  strict: highest(bits + normalisation),
  loose: highest(bits - normalisation),
})

/** How far the search for a chunk's end has come; it goes on in the next buffer. */
export interface CutSearch {
  length: number
  fingerprint: number
}

/**
 * Searches a chunk's end by its content, so that bytes that were put in or taken away move the cuts beside them and
 * no others: the gear hash with normalised chunking of FastCDC (Xia et al., "FastCDC: a Fast and Efficient
 * Content-Defined Chunking Approach for Data Deduplication", USENIX ATC 2016).
 * @returns where the chunk ends in `bytes`, or -1 when it goes on behind them; `search` is moved along
 */
export function findCut(bytes: Uint8Array, from: number, rule: CutRule, search: CutSearch): number {
  const { min, usual, max, strict, loose } = rule
  // Places in `bytes` of the lengths that matter; the first bytes of a chunk are not even looked at.
  const start = from - search.length
  const end = Math.min(bytes.length, start + max)
  const middle = Math.min(end, start + usual)
  let at = Math.max(from, start + min)
  let fingerprint = search.fingerprint
  for (; at < middle; at++) {
    fingerprint = ((fingerprint << 1) + (gear[bytes[at] ?? 0] ?? 0)) | 0
    if ((fingerprint & strict) === 0) return at + 1
  }
  for (; at < end; at++) {
    fingerprint = ((fingerprint << 1) + (gear[bytes[at] ?? 0] ?? 0)) | 0
    if ((fingerprint & loose) === 0) return at + 1
  }
  if (end === start + max) return end
  search.fingerprint = fingerprint
  search.length = bytes.length - start
  return -1
}
