import type { KnownChunks } from './base.js'
import type { PackTools, Place } from './content.js'
import type { Chunk } from './cutter.js'
import { packKey } from './pack-store.js'
import type { PackWriter } from './pack-writer.js'
import { appendExtent, type Extent, extentsWithin } from './recipe.js'

/** Makes a recipe of chunks: known ones are pointed at, the others written. */
export interface Weaver {
  take(chunks: Iterable<Chunk>): void
  /** What all chunks are made of, in order. */
  end(): Extent[]
}

// A run of unknown chunks is held back until its end is known, but no longer than this.
const mostHeld = 8

/** How many of the first bytes are the same. */
function sameBytes(one: Buffer, other: Buffer): number {
  const most = Math.min(one.length, other.length)
  let same = 0
  while (same < most && one[same] === other[same]) same++
  return same
}

/** How many of the last bytes are the same. */
function sameBytesAtEnd(one: Buffer, other: Buffer): number {
  const most = Math.min(one.length, other.length)
  let same = 0
  while (same < most && one[one.length - 1 - same] === other[other.length - 1 - same]) same++
  return same
}

/**
 * @param isTrimming whether unknown chunks are compared with what lies beside the known ones, where the cache has it:
 * of a chunk in which one number has changed that number is all that is written. A write never waits for a read, so
 * without the cache chunks are written whole.
 */
export function openWeaver(
  tools: PackTools,
  place: Place,
  known: KnownChunks,
  writer: PackWriter,
  isTrimming: boolean,
): Weaver {
  const extents: Extent[] = []
  let held: Chunk[] = []

  const blockOf = ({ pack, block }: Extent) => tools.blocks.get(packKey(place, pack), block)

  /** The bytes of a run that go on behind the last extent, as an extent. */
  function continued(run: Buffer): Extent | undefined {
    const last = extents.at(-1)
    const block = last === undefined ? undefined : blockOf(last)
    if (last === undefined || block === undefined) return undefined
    const offset = last.offset + last.length
    return { ...last, offset, length: sameBytes(run, block.subarray(offset)) }
  }

  /** The bytes at the end of a run that lie before the next extent, as an extent. */
  function preceding(run: Buffer, next: Extent | undefined): Extent | undefined {
    const block = next === undefined ? undefined : blockOf(next)
    if (next === undefined || block === undefined) return undefined
    const length = sameBytesAtEnd(run, block.subarray(0, next.offset))
    return { ...next, offset: next.offset - length, length }
  }

  function remember({ id, length }: Chunk, at: readonly Extent[]): void {
    known.set(id, at)
    writer.list({ id, length, extents: at })
  }

  /** Writes the chunks that were held back. */
  function flush(next: Extent | undefined): void {
    if (held.length === 0) return
    const run = Buffer.concat(held.flatMap(({ pieces }) => pieces))
    const before = continued(run)
    const start = before?.length ?? 0
    const behind = preceding(run.subarray(start), next)
    const end = run.length - (behind?.length ?? 0)
    const made: Extent[] = []
    if (before !== undefined && start > 0) made.push(before)
    if (start < end) made.push(writer.add([run.subarray(start, end)], end - start))
    if (behind !== undefined && end < run.length) made.push(behind)
    let at = 0
    for (const chunk of held) {
      remember(chunk, extentsWithin(made, { start: at, end: at + chunk.length }))
      at += chunk.length
    }
    for (const extent of made) appendExtent(extents, extent)
    held = []
  }

  function write(chunk: Chunk): void {
    const at = writer.add(chunk.pieces, chunk.length)
    remember(chunk, [at])
    appendExtent(extents, at)
  }

  return {
    take(chunks) {
      for (const chunk of chunks) {
        const at = known.get(chunk.id)
        if (at !== undefined) {
          flush(at[0])
          for (const extent of at) appendExtent(extents, extent)
        } else if (isTrimming) {
          if (held.length === mostHeld) flush(undefined)
          held.push(chunk)
        } else write(chunk)
      }
    },
    end() {
      flush(undefined)
      return extents
    },
  }
}
