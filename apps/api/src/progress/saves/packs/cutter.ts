import { createHash, hash } from 'node:crypto'
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
