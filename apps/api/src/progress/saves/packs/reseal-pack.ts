import { setImmediate } from 'node:timers/promises'
import { blocksOf, sealOf } from './block-opener.js'
import { openList, sealList } from './chunk-list.js'
import type { PackRow, PackTools, Place } from './content.js'
import { damaged, getPackBytes, putPack } from './pack-store.js'

/**
 * Copies a pack into another account of the environment, under the same id: recipes that name it hold there too. Doing
 * it again puts the same bytes. A row without its list of chunks is copied as well: it can be read, but not built on.
 * Throws `save_corrupt` when the pack is damaged, `unavailable` when the store does not answer.
 * @returns the row of the copy; its `born_in` is the slot of `to`
 */
export async function resealPack(
  tools: PackTools,
  from: Place,
  to: Place,
  pack: PackRow,
): Promise<PackRow> {
  const opening = await sealOf(tools, from, pack)
  // The same data key: what the pack is sealed with is derived from its owner, too.
  const sealing = await sealOf(tools, to, { ...pack, born_in: to.saveId })
  const whole = { start: 0, end: pack.stored_size }
  const bytes = await getPackBytes(tools, from, pack.pack_id, whole)

  const orDamaged = (open: () => Buffer): Buffer => {
    try {
      return open()
    } catch (error) {
      throw damaged(tools, from, { pack_id: pack.pack_id, reason: String(error) })
    }
  }
  const copy: Buffer[] = []
  for (const [number, block] of blocksOf(tools, from, pack).entries()) {
    const sealed = bytes.subarray(block.start, block.end)
    const opened = orDamaged(() => opening.open(number, block, sealed))
    copy.push(sealing.seal(number, block, opened))
    await setImmediate()
  }
  const list = orDamaged(() => openList(pack.chunks, opening))
  await putPack(tools, to, pack.pack_id, Buffer.concat(copy))
  return { ...pack, born_in: to.saveId, chunks: sealList(list, sealing) }
}
