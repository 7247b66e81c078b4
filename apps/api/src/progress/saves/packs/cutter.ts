import { createHash, hash } from 'node:crypto'
import type { CutContent } from './content.js'
import { type CutSearch, cutRule, findCut } from './gear.js'

/** A piece of content. Its bytes lie where they came in: they are copied only if they have to be stored. */
export interface Chunk {
  /** See `chunkIdBytes`. */
  id: string
  length: number
  pieces: readonly Buffer[]
}

export interface Cutter {
  /** The chunks that end within these bytes, which must not change until their chunks are dealt with. */
  take(bytes: Buffer): Chunk[]
  /** What is left behind the last cut. */
  end(): Chunk[]
}

/**
 * Two chunks are the same when the first 128 bits of their SHA-256 are: without malice that errs once in 2^64 chunks.
 * Whoever spends the 2^64 steps for two chunks with one id spoils a save of their own, for chunks are looked up in the
 * packs of one slot only; and the content's whole hash, checked by every reading, would not let the mistake out.
 */
export const chunkIdBytes = 16

function idOf(pieces: readonly Buffer[]): string {
  const [first] = pieces
  if (pieces.length === 1 && first !== undefined) return shorten(hash('sha256', first, 'hex'))
  const sum = createHash('sha256')
  for (const piece of pieces) sum.update(piece)
  return shorten(sum.digest('hex'))
}

const shorten = (digest: string) => digest.slice(0, 2 * chunkIdBytes)

/** Cuts a stream; the cuts do not depend on the buffers it comes in. */
export function openCutter(bits: number): Cutter {
  const rule = cutRule(bits)
  let search: CutSearch = { length: 0, fingerprint: 0 }
  let pieces: Buffer[] = []

  function close(): Chunk {
    const chunk = { id: idOf(pieces), length: 0, pieces }
    for (const piece of pieces) chunk.length += piece.length
    pieces = []
    search = { length: 0, fingerprint: 0 }
    return chunk
  }

  return {
    take(bytes) {
      const chunks: Chunk[] = []
      for (let from = 0; from < bytes.length; ) {
        const to = findCut(bytes, from, rule, search)
        pieces.push(to === -1 ? bytes.subarray(from) : bytes.subarray(from, to))
        if (to === -1) break
        chunks.push(close())
        from = to
      }
      return chunks
    },
    end: () => (pieces.length > 0 ? [close()] : []),
  }
}

const nothing: CutContent = { bytes: Buffer.alloc(0), chunkBits: 0, chunks: [] }

/** Whether the same chunk lies there. One that its content's end has cut is the same only at an end. */
function goesOn(one: Buffer, at: number, other: Buffer, from: number, length: number): boolean {
  const [end, otherEnd] = [at + length, from + length]
  if (end > one.length || (otherEnd === other.length && end < one.length)) return false
  return one.compare(other, from, otherEnd, at, end) === 0
}

/** Where the chunks begin, and which they are, by their ids. */
function placesOf({ chunks }: CutContent): Map<string, { index: number; start: number }> {
  const places = new Map<string, { index: number; start: number }>()
  let start = 0
  for (const [index, { id, length }] of chunks.entries()) {
    places.set(id, { index, start })
    start += length
  }
  return places
}

/**
 * The chunks of content that is there as a whole: the same as those of a cutter. A cut depends on nothing but the bytes
 * of its chunk, so where content that was cut before goes on in the same way, its chunks are taken over: their ends
 * need not be searched, nor their bytes hashed.
 */
export function* cutWhole(
  content: Buffer,
  bits: number,
  before: CutContent | undefined,
): Iterable<Chunk> {
  const rule = cutRule(bits)
  const known = before?.chunkBits === bits ? before : nothing
  let places: ReturnType<typeof placesOf> | undefined
  // The known chunk that may come next, and where it begins.
  let [index, start] = [0, 0]
  for (let at = 0; at < content.length; ) {
    const next = known.chunks[index]
    if (next !== undefined && goesOn(content, at, known.bytes, start, next.length)) {
      const { id, length } = next
      yield { id, length, pieces: [content.subarray(at, at + length)] }
      at += length
      start += length
      index++
    } else {
      const found = findCut(content, at, rule, { length: 0, fingerprint: 0 })
      const pieces = [content.subarray(at, found === -1 ? content.length : found)]
      const length = (found === -1 ? content.length : found) - at
      const id = idOf(pieces)
      yield { id, length, pieces }
      at += length
      places ??= placesOf(known)
      const place = places.get(id)
      if (place !== undefined) [index, start] = [place.index + 1, place.start + length]
    }
  }
}
