import { byteReader } from './byte-reader.js'
import { byteWriter } from './byte-writer.js'
import { chunkIdBytes } from './cutter.js'
import { appendExtent, decodeRecipe, type Extent, encodeRecipe } from './recipe.js'
import { chunkListNumber, type PackSeal } from './sealing.js'

/** A chunk that came with a pack. Not all of its bytes need lie there: what was known before is pointed at. */
export interface ListedChunk {
  id: string
  length: number
  extents: readonly Extent[]
}

const about = { codec: 'none', plainLength: 0 } as const

/**
 * The ids and lengths of chunks, and one recipe for all of them, one after the other. Sealed like the blocks: the hash
 * of a short piece whose neighbours are known could be guessed, and a changed list would let later versions build on
 * other bytes than theirs.
 */
export function sealChunks(chunks: readonly ListedChunk[], seal: PackSeal): Buffer {
  if (chunks.length === 0) return Buffer.alloc(0)
  const writer = byteWriter()
  const all: Extent[] = []
  writer.number(chunks.length)
  for (const { id, length, extents } of chunks) {
    writer.bytes(Buffer.from(id, 'hex'))
    writer.number(length)
    for (const extent of extents) appendExtent(all, extent)
  }
  writer.bytes(encodeRecipe({ chunkBits: 0, extents: all }))
  return sealList(writer.done(), seal)
}

/** Seals an opened list; a copy of a pack needs it anew. */
export const sealList = (opened: Buffer, seal: PackSeal): Buffer =>
  opened.length === 0 ? opened : seal.seal(chunkListNumber, about, opened)

/** Throws when the list was sealed for another pack, or has changed. */
export const openList = (sealed: Buffer, seal: PackSeal): Buffer =>
  sealed.length === 0 ? sealed : seal.open(chunkListNumber, about, sealed)

/** The chunks of an opened list. */
export function chunksIn(opened: Buffer): ListedChunk[] {
  if (opened.length === 0) return []
  const reader = byteReader(opened)
  const named = Array.from({ length: reader.number() }, () => ({
    id: reader.bytes(chunkIdBytes).toString('hex'),
    length: reader.number(),
  }))
  const rest = extentsInTurn(decodeRecipe(reader.rest()).extents)
  return named.map(({ id, length }) => ({ id, length, extents: rest(length) }))
}

/** Takes extents of so many bytes from the beginning of what is left. */
function extentsInTurn(extents: readonly Extent[]): (length: number) => Extent[] {
  let index = 0
  let used = 0
  return wanted => {
    const taken: Extent[] = []
    for (let missing = wanted; missing > 0; ) {
      const extent = extents[index]
      if (extent === undefined) throw new RangeError('the list of chunks ends too early')
      const length = Math.min(missing, extent.length - used)
      taken.push({ ...extent, offset: extent.offset + used, length })
      missing -= length
      used += length
      if (used === extent.length) {
        index++
        used = 0
      }
    }
    return taken
  }
}
