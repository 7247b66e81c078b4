import { parse, stringify } from 'uuid'
import { byteReader } from './byte-reader.js'
import { byteWriter } from './byte-writer.js'
import type { ByteRange } from './content.js'

/** Bytes of one block of one pack. */
export interface Extent {
  pack: string
  block: number
  offset: number
  length: number
}

export interface Recipe {
  /** How finely the content was cut: the binary logarithm of a chunk's usual length, 0 when it was not cut. */
  chunkBits: number
  /** What the content is made of, in order. */
  extents: Extent[]
}

const format = 1

/** Appends bytes; what goes on where the last extent ends makes that one longer. */
export function appendExtent(extents: Extent[], { pack, block, offset, length }: Extent): void {
  const last = extents.at(-1)
  const goesOn =
    last !== undefined &&
    last.pack === pack &&
    last.block === block &&
    last.offset + last.length === offset
  if (goesOn) last.length += length
  else extents.push({ pack, block, offset, length })
}

// Block and pack share a number: a pack has up to 16 blocks.
const blocksPerPack = 16

// A signed difference as a number that is small when the difference is: 0, -1, 1, -2 … are 0, 1, 2, 3 …
const fold = (difference: number) => (difference < 0 ? -2 * difference - 1 : 2 * difference)
const unfold = (folded: number) => (folded % 2 === 1 ? -(folded + 1) / 2 : folded / 2)

/**
 * The ids of packs once each, then the extents: which block of which pack, how far behind the place where the last
 * extent of that block ended, and the length. Extents mostly go on near that place, so few bytes are enough.
 */
export function encodeRecipe({ chunkBits, extents }: Recipe): Buffer {
  const places = new Map<string, number>()
  for (const { pack } of extents) if (!places.has(pack)) places.set(pack, places.size)
  const writer = byteWriter()
  writer.number(format)
  writer.number(chunkBits)
  writer.number(places.size)
  for (const pack of places.keys()) writer.bytes(parse(pack))
  const ends = new Map<number, number>()
  for (const { pack, block, offset, length } of extents) {
    const at = (places.get(pack) ?? 0) * blocksPerPack + block
    writer.number(at)
    writer.number(fold(offset - (ends.get(at) ?? 0)))
    writer.number(length)
    ends.set(at, offset + length)
  }
  return writer.done()
}

function openRecipe(recipe: Buffer) {
  const reader = byteReader(recipe)
  if (reader.number() !== format) throw new RangeError('the recipe is of an unknown format')
  const chunkBits = reader.number()
  const packs = Array.from({ length: reader.number() }, () => stringify(reader.bytes(16)))
  return { reader, chunkBits, packs }
}

export function decodeRecipe(recipe: Buffer): Recipe {
  const { reader, chunkBits, packs } = openRecipe(recipe)
  const extents: Extent[] = []
  const ends = new Map<number, number>()
  while (!reader.isAtEnd()) {
    const at = reader.number()
    const pack = packs[Math.floor(at / blocksPerPack)]
    if (pack === undefined) throw new RangeError('the recipe names a pack that it does not list')
    const offset = (ends.get(at) ?? 0) + unfold(reader.number())
    const length = reader.number()
    ends.set(at, offset + length)
    extents.push({ pack, block: at % blocksPerPack, offset, length })
  }
  return { chunkBits, extents }
}

/** The packs that content is read from, each once. */
export const packsOf = (recipe: Buffer): string[] => openRecipe(recipe).packs

/** The recipe of contents one after the other: parts that were stored one by one become one version. */
export function joinRecipes(recipes: readonly Buffer[]): Buffer {
  const extents: Extent[] = []
  let chunkBits = 0
  for (const recipe of recipes) {
    const part = decodeRecipe(recipe)
    chunkBits = Math.max(chunkBits, part.chunkBits)
    for (const extent of part.extents) appendExtent(extents, extent)
  }
  return encodeRecipe({ chunkBits, extents })
}

/** The extents of a range of the content; a range beyond its end has fewer bytes, or none. */
export function extentsWithin(extents: readonly Extent[], { start, end }: ByteRange): Extent[] {
  const within: Extent[] = []
  let at = 0
  for (const { pack, block, offset, length } of extents) {
    const from = Math.max(start - at, 0)
    const to = Math.min(end - at, length)
    if (from < to) within.push({ pack, block, offset: offset + from, length: to - from })
    at += length
    if (at >= end) break
  }
  return within
}
