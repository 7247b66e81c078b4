import { sealOf } from './block-opener.js'
import { chunksIn, type ListedChunk, openList } from './chunk-list.js'
import type { BaseVersion, PackRow, PackTools, Place } from './content.js'
import { tellDamage } from './pack-store.js'
import { decodeRecipe, type Extent } from './recipe.js'

/** Where the chunks lie that need not be stored again, by their ids. */
export type KnownChunks = Map<string, readonly Extent[]>

const packBytes = 8 * 1024 * 1024
// A pack of which less is still in use is left behind: whatever of it is needed is written anew.
const leastInUse = 0.3

/** In how many packs content of that size may lie before the smaller ones are joined. */
const budgetFor = (size: number) => 10 + 2 * Math.floor(size / packBytes)

/**
 * The packs of a base that may be built on. While they are within the budget all stay that are used enough. Beyond it
 * the smallest half of the budget goes at once and becomes one new pack: so packs grow in steps, as in a
 * log-structured merge, and a byte is written anew a logarithmic number of times instead of with every version.
 */
export function packsToBuildOn(
  extents: readonly Extent[],
  rows: readonly Pick<PackRow, 'pack_id' | 'plain_size'>[],
): Set<string> {
  const used = new Map<string, number>()
  let size = 0
  for (const { pack, length } of extents) {
    used.set(pack, (used.get(pack) ?? 0) + length)
    size += length
  }
  const usedOf = (id: string) => used.get(id) ?? 0
  const kept = rows
    .filter(row => usedOf(row.pack_id) >= leastInUse * row.plain_size && usedOf(row.pack_id) > 0)
    .map(row => row.pack_id)
    .toSorted((one, other) => usedOf(other) - usedOf(one))
  const budget = budgetFor(size)
  return new Set(kept.length < budget ? kept : kept.slice(0, Math.ceil(budget / 2)))
}

/** Where the chunks of a base lie, as far as its packs may be built on. A damaged list is told of, and done without. */
export async function knownChunks(
  tools: PackTools,
  place: Place,
  base: BaseVersion,
): Promise<KnownChunks> {
  const known: KnownChunks = new Map()
  const chosen = packsToBuildOn(decodeRecipe(base.recipe).extents, base.packs)
  for (const row of base.packs) {
    if (!chosen.has(row.pack_id) || row.chunks.length === 0) continue
    if (tools.blocks.isSpoilt(row.pack_id)) continue
    for (const { id, extents } of await chunksOf(tools, place, row)) {
      if (extents.every(extent => chosen.has(extent.pack))) known.set(id, extents)
    }
  }
  return known
}

// The row of a base that is still in memory need not be opened again.
const opened = new WeakMap<PackRow, ListedChunk[]>()

async function chunksOf(tools: PackTools, place: Place, row: PackRow): Promise<ListedChunk[]> {
  const known = opened.get(row)
  if (known !== undefined) return known
  const seal = await sealOf(tools, place, row)
  try {
    const chunks = chunksIn(openList(row.chunks, seal))
    opened.set(row, chunks)
    return chunks
  } catch (error) {
    tellDamage(tools, place, { pack_id: row.pack_id, list: 'chunks', reason: String(error) })
    return []
  }
}
