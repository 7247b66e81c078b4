import { Problem } from '@aethex/shared/errors'
import type { PackTools, Place } from './content.js'

/** Made of ids alone, so that no name that a player chose reaches the object store. */
export const packKey = ({ environmentId, playerId }: Omit<Place, 'saveId'>, packId: string) =>
  `saves/${environmentId}/${playerId}/${packId}`

/** Raises an alarm: what is stored is not what was stored once. */
export function tellDamage(tools: Pick<PackTools, 'log'>, place: Place, about: object): void {
  const { environmentId, playerId, saveId } = place
  tools.log.error(
    { environment_id: environmentId, player_id: playerId, save_id: saveId, ...about },
    'alarm: stored bytes of a save are damaged',
  )
}

/** The refusal of bytes that are damaged, after the alarm. */
export function damaged(
  tools: Pick<PackTools, 'log' | 'blocks'>,
  place: Place,
  about: { pack_id?: string; [fact: string]: unknown },
): Problem {
  if (about.pack_id !== undefined) tools.blocks.spoil(about.pack_id)
  tellDamage(tools, place, about)
  return new Problem('save_corrupt')
}

export const putPack = (tools: PackTools, place: Place, packId: string, bytes: Buffer) =>
  tools.blobs.put(packKey(place, packId), bytes)

/** Bytes `start` to `end` of a pack. Throws `save_corrupt` when they are not there, `unavailable` without an answer. */
export async function getPackBytes(
  tools: PackTools,
  place: Place,
  packId: string,
  { start, end }: { start: number; end: number },
): Promise<Buffer> {
  const bytes = await tools.blobs.getRange(packKey(place, packId), start, end)
  if (bytes?.length === end - start)
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const reason = bytes === undefined ? 'the object is missing' : 'the object is cut short'
  throw damaged(tools, place, { pack_id: packId, reason })
}
