import { createHash, hash } from 'node:crypto'
import { blockOpener } from './block-opener.js'
import type { ByteRange, PackRow, PackTools, Place, VersionContent } from './content.js'
import { damaged } from './pack-store.js'
import { packBytes } from './pack-writer.js'
import { readExtents } from './read-ahead.js'
import { decodeRecipe, type Extent, extentsWithin } from './recipe.js'

type Version = Pick<VersionContent, 'recipe' | 'size'>

// Documents may be of many short extents: their bytes are handed out in pieces of at least so many.
const pieceBytes = 64 * 1024

// What is large passes by the cache: it would drive out everything that is small.
const isCached = ({ size }: Version) => size <= packBytes

function readPart(
  tools: PackTools,
  place: Place,
  version: Version,
  packs: readonly PackRow[],
  range: ByteRange,
): AsyncIterable<Buffer> {
  const extents = extentsOf(tools, place, version.recipe)
  const opener = blockOpener(tools, place, packs, isCached(version))
  return readExtents(extentsWithin(extents, range), opener)
}

function extentsOf(tools: PackTools, place: Place, recipe: Buffer): Extent[] {
  try {
    return decodeRecipe(recipe).extents
  } catch (error) {
    throw damaged(tools, place, { reason: String(error) })
  }
}

/** A copy of what the cache may share: who changed it there would change what later versions are compared with. */
async function* inPieces(bytes: AsyncIterable<Buffer>, isShared: boolean): AsyncIterable<Buffer> {
  let gathered: Buffer[] = []
  let length = 0
  for await (const piece of bytes) {
    gathered.push(piece)
    length += piece.length
    if (length < pieceBytes) continue
    yield gathered.length === 1 && !isShared ? piece : Buffer.concat(gathered, length)
    gathered = []
    length = 0
  }
  if (length > 0) yield Buffer.concat(gathered, length)
}

/**
 * The bytes of a version, or of a range of it, in order; a range beyond the end has fewer bytes, or none. Memory is
 * bounded whatever the size.
 * A whole read is held against the version's hash, and ends with `save_corrupt` before its last bytes when they do not
 * match; of a range every block is authenticated. Throws `unavailable` when the store does not answer.
 */
export async function* openContent(
  tools: PackTools,
  place: Place,
  version: VersionContent,
  packs: readonly PackRow[],
  range: ByteRange = { start: 0, end: version.size },
): AsyncIterable<Buffer> {
  const pieces = inPieces(readPart(tools, place, version, packs, range), isCached(version))
  const isWhole = range.start <= 0 && range.end >= version.size
  if (!isWhole) return yield* pieces
  const sum = createHash('sha256')
  let last: Buffer | undefined
  for await (const piece of pieces) {
    if (last !== undefined) yield last
    sum.update(piece)
    last = piece
  }
  assertHash(tools, place, version, sum.digest())
  if (last !== undefined) yield last
}

function assertHash(tools: PackTools, place: Place, version: VersionContent, found: Buffer): void {
  if (found.equals(version.hash)) return
  const about = { hash: version.hash.toString('hex'), reason: 'the content has another hash' }
  throw damaged(tools, place, about)
}

/** The bytes of a whole version, held against its hash. Throws as `openContent` does. */
export async function readContent(
  tools: PackTools,
  place: Place,
  version: VersionContent,
  packs: readonly PackRow[],
): Promise<Buffer> {
  const pieces: Buffer[] = []
  const all = { start: 0, end: version.size }
  for await (const piece of readPart(tools, place, version, packs, all)) pieces.push(piece)
  const content = Buffer.concat(pieces)
  assertHash(tools, place, version, hash('sha256', content, 'buffer'))
  return content
}

/** The SHA-256 of stored bytes, such as the joined parts of an upload. Throws as `openContent` does. */
export async function hashContent(
  tools: PackTools,
  place: Place,
  version: Version,
  packs: readonly PackRow[],
): Promise<Buffer> {
  const sum = createHash('sha256')
  const all = { start: 0, end: version.size }
  for await (const piece of readPart(tools, place, version, packs, all)) sum.update(piece)
  return sum.digest()
}
