import { type BlockPlace, decodeBlocks } from './block-table.js'
import { decompress } from './codec.js'
import type { PackRow, PackTools, Place } from './content.js'
import { damaged, getPackBytes, packKey } from './pack-store.js'
import { type PackSeal, packSeal } from './sealing.js'

/** The blocks of some packs. */
export interface BlockOpener {
  /** Throws `save_corrupt` for a block that no row tells of. */
  placeOf(pack: string, block: number): BlockPlace
  /** The content of a block, which the cache may share: not to be changed. Throws `save_corrupt`, `unavailable`. */
  open(pack: string, block: number): Promise<Buffer>
}

interface KnownPack {
  row: PackRow
  blocks: BlockPlace[]
  seal?: PackSeal
}

/** The seal that a pack was sealed with; `save_corrupt` is not for a key that cannot be had. */
export async function sealOf(tools: PackTools, place: Place, row: PackRow): Promise<PackSeal> {
  const { environmentId, playerId } = place
  const { secret } = await tools.dataKeys.find(environmentId, row.data_key)
  return packSeal(secret, { environmentId, playerId, packId: row.pack_id, bornIn: row.born_in })
}

/** Where the blocks of a pack lie. Throws `save_corrupt` when its row is damaged. */
export function blocksOf(tools: PackTools, place: Place, row: PackRow): BlockPlace[] {
  try {
    return decodeBlocks(row.blocks)
  } catch (error) {
    throw damaged(tools, place, { pack_id: row.pack_id, list: 'blocks', reason: String(error) })
  }
}

/** @param isKept whether blocks that are opened go to the cache */
export function blockOpener(
  tools: PackTools,
  place: Place,
  rows: readonly PackRow[],
  isKept: boolean,
): BlockOpener {
  const rowOf = new Map(rows.map(row => [row.pack_id, row]))
  const packs = new Map<string, KnownPack>()

  function packOf(id: string): KnownPack {
    const known = packs.get(id)
    if (known !== undefined) return known
    const row = rowOf.get(id)
    if (row === undefined)
      throw damaged(tools, place, { pack_id: id, reason: 'no row tells of it' })
    const pack = { row, blocks: blocksOf(tools, place, row) }
    packs.set(id, pack)
    return pack
  }

  function placeOf(id: string, block: number): BlockPlace {
    const found = packOf(id).blocks[block]
    if (found !== undefined) return found
    throw damaged(tools, place, { pack_id: id, block, reason: 'the pack has no such block' })
  }

  async function open(id: string, block: number): Promise<Buffer> {
    const cached = tools.blocks.get(packKey(place, id), block)
    if (cached !== undefined) return cached
    const pack = packOf(id)
    const at = placeOf(id, block)
    pack.seal ??= await sealOf(tools, place, pack.row)
    const sealed = await getPackBytes(tools, place, id, at)
    const plain = await unpack(pack.seal, block, at, sealed).catch(cause => {
      throw damaged(tools, place, { pack_id: id, block, reason: String(cause) })
    })
    if (isKept) tools.blocks.keep(packKey(place, id), block, plain)
    return plain
  }

  return { placeOf, open }
}

const unpack = async (seal: PackSeal, block: number, at: BlockPlace, sealed: Buffer) =>
  decompress(at.codec, seal.open(block, at, sealed), at.plainLength)
