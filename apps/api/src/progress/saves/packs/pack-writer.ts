import type { DataKey } from '@aethex/shared/data-keys'
import { v7 as uuid } from 'uuid'
import { type BlockPlace, encodeBlocks } from './block-table.js'
import { type ListedChunk, sealChunks } from './chunk-list.js'
import { compress } from './codec.js'
import type { PackRow, PackTools, Place, StoreOptions } from './content.js'
import { packKey, putPack } from './pack-store.js'
import type { Extent } from './recipe.js'
import { type PackSeal, packSeal } from './sealing.js'

export const blockBytes = 1024 * 1024
export const packBytes = 8 * blockBytes
// Of large content only the beginning goes to the cache: all of it would drive out everything else.
const rememberedBytes = packBytes

interface Sealed {
  place: Omit<BlockPlace, 'start' | 'end'>
  bytes: Buffer
}

interface OpenPack {
  id: string
  seal: PackSeal
  chunks: ListedChunk[]
  blocks: Promise<Sealed>[]
  plainSize: number
}

export interface PackWriter {
  /** Where these bytes will lie, up to a block of them. They must not change until this is over. */
  add(pieces: readonly Buffer[], length: number): Extent
  /** Lists a chunk with the pack that is being filled, for later versions to build on. */
  list(chunk: ListedChunk): void
  /** Waits until there is room for more; to be called after every buffer, with how much content has been read. */
  settle(size: number): Promise<void>
  /** Puts what is left; the rows of all packs that now lie in the store. */
  end(size: number): Promise<PackRow[]>
}

// It goes to the cache: memory of its own, not the caller's, and no part of a slab that it would keep alive.
function copyOf(pieces: readonly Buffer[], length: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(length)
  let at = 0
  for (const piece of pieces) at += piece.copy(copy, at)
  return copy
}

/** Writes bytes into new packs: one is being put while the next one fills, and no more. */
export function packWriter(
  tools: PackTools,
  place: Place,
  dataKey: DataKey,
  beforePut: StoreOptions['beforePut'],
): PackWriter {
  const rows: PackRow[] = []
  let pack: OpenPack | undefined
  let pieces: Buffer[] = []
  let blockLength = 0
  let storedSize = 0
  let writtenSize = 0
  let put: Promise<void> = Promise.resolve()
  const full: OpenPack[] = []

  const openPack = (): OpenPack => {
    const id = uuid()
    const { environmentId, playerId, saveId } = place
    const identity = { environmentId, playerId, packId: id, bornIn: saveId }
    const seal = packSeal(dataKey.secret, identity)
    return { id, seal, chunks: [], blocks: [], plainSize: 0 }
  }

  async function sealBlock({ seal }: OpenPack, number: number, plain: Buffer): Promise<Sealed> {
    const { codec, packed } = await compress(plain)
    const about = { codec, plainLength: plain.length }
    return { place: about, bytes: seal.seal(number, about, packed) }
  }

  function closeBlock(into: OpenPack): void {
    if (blockLength === 0) return
    const plain = copyOf(pieces, blockLength)
    const number = into.blocks.length
    if (writtenSize < rememberedBytes) tools.blocks.keep(packKey(place, into.id), number, plain)
    const sealed = sealBlock(into, number, plain)
    // Whoever awaits it hears of a failure; until then it is nobody's.
    sealed.catch(() => undefined)
    into.blocks.push(sealed)
    into.plainSize += blockLength
    writtenSize += blockLength
    pieces = []
    blockLength = 0
  }

  function closePack(): void {
    if (pack === undefined) return
    closeBlock(pack)
    full.push(pack)
    pack = undefined
  }

  function add(added: readonly Buffer[], length: number): Extent {
    if (pack !== undefined && blockLength + length > blockBytes) {
      closeBlock(pack)
      if (pack.plainSize + blockBytes > packBytes) closePack()
    }
    pack ??= openPack()
    const at = { pack: pack.id, block: pack.blocks.length, offset: blockLength, length }
    for (const piece of added) pieces.push(piece)
    blockLength += length
    return at
  }

  async function putOne({ id, seal, chunks, blocks, plainSize }: OpenPack, size: number) {
    const places: BlockPlace[] = []
    const bytes: Buffer[] = []
    let start = 0
    for (const block of await Promise.all(blocks)) {
      const end = start + block.bytes.length
      places.push({ ...block.place, start, end })
      bytes.push(block.bytes)
      start = end
    }
    storedSize += start
    await beforePut?.({ size, storedSize })
    await put
    const row = {
      pack_id: id,
      born_in: place.saveId,
      data_key: dataKey.id,
      blocks: encodeBlocks(places),
      chunks: sealChunks(chunks, seal),
      plain_size: plainSize,
      stored_size: start,
    }
    put = putPack(tools, place, id, Buffer.concat(bytes, start)).then(() => void rows.push(row))
    put.catch(() => undefined)
  }

  async function settle(size: number): Promise<void> {
    // Of the blocks of a pack one may still be compressed while the next one fills.
    await pack?.blocks.at(-2)
    for (let next = full.shift(); next !== undefined; next = full.shift()) await putOne(next, size)
  }

  async function end(size: number): Promise<PackRow[]> {
    closePack()
    await settle(size)
    await put
    return rows
  }

  // Without a pack there was nothing to write: what lies in older packs alone is found there again.
  const list = (chunk: ListedChunk) => void pack?.chunks.push(chunk)

  return { add, list, settle, end }
}
