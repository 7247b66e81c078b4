import { Problem } from '@aethex/shared/errors'
import { blockOpener } from './block-opener.js'
import type { PackRow, PackTools, Place, StoreOptions } from './content.js'
import { blockBytes, packWriter } from './pack-writer.js'

/**
 * Stores what is kept beside saves, such as a picture of one, in a pack of a single block.
 * Throws `body_too_large` above 1 MiB, `unavailable`, and whatever `beforePut` throws.
 */
export async function sealSmall(
  tools: PackTools,
  place: Place,
  bytes: Buffer,
  { beforePut }: Pick<StoreOptions, 'beforePut'> = {},
): Promise<PackRow> {
  if (bytes.length > blockBytes) throw new Problem('body_too_large')
  const dataKey = await tools.dataKeys.current(place.environmentId)
  const writer = packWriter(tools, place, dataKey, beforePut)
  writer.add([bytes], bytes.length)
  const [row] = await writer.end(bytes.length)
  if (row === undefined) throw new RangeError('there is nothing to store')
  return row
}

/** What `sealSmall` stored. Throws `save_corrupt`, `unavailable`. */
export const openSmall = async (tools: PackTools, place: Place, row: PackRow): Promise<Buffer> =>
  Buffer.from(await blockOpener(tools, place, [row], true).open(row.pack_id, 0))
