import type { BlockOpener } from './block-opener.js'
import type { Extent } from './recipe.js'

// Blocks that are on their way or wanted soon, and those that were used and may come again. A block has up to 1 MiB,
// so large content is read one or two blocks ahead, and all of a document's small ones at once.
const aheadBytes = 2 * 1024 * 1024
const behindBytes = 2 * 1024 * 1024

interface Held {
  plain: Promise<Buffer>
  length: number
  /** How many extents between the reader and the place up to which is read ahead lie in it. */
  wanted: number
}

/** The bytes of extents in order, the blocks opened ahead within bounds, each once as long as it is held. */
export async function* readExtents(
  extents: readonly Extent[],
  opener: BlockOpener,
): AsyncIterable<Buffer> {
  const held = new Map<string, Held>()
  let ahead = 0
  let aheadSize = 0
  let behindSize = 0

  function want({ pack, block }: Extent): void {
    const name = `${pack}/${block}`
    let found = held.get(name)
    if (found === undefined) {
      const { plainLength } = opener.placeOf(pack, block)
      found = { plain: opener.open(pack, block), length: plainLength, wanted: 0 }
      // The reader may be gone before its turn comes: then nobody is left to hear of it.
      found.plain.catch(() => undefined)
      held.set(name, found)
      aheadSize += found.length
    } else if (found.wanted === 0) {
      aheadSize += found.length
      behindSize -= found.length
    }
    found.wanted++
  }

  function leave(name: string, done: Held): void {
    if (--done.wanted > 0) return
    aheadSize -= done.length
    behindSize += done.length
    // To the end of the line of those that may be dropped.
    held.delete(name)
    held.set(name, done)
    for (const [other, { wanted, length }] of held) {
      if (behindSize <= behindBytes) return
      if (wanted > 0) continue
      held.delete(other)
      behindSize -= length
    }
  }

  for (const [index, extent] of extents.entries()) {
    for (; ahead <= index || (ahead < extents.length && aheadSize < aheadBytes); ahead++) {
      const next = extents[ahead]
      if (next !== undefined) want(next)
    }
    const name = `${extent.pack}/${extent.block}`
    const block = held.get(name)
    if (block === undefined) continue
    const plain = await block.plain
    yield plain.subarray(extent.offset, extent.offset + extent.length)
    leave(name, block)
  }
}
