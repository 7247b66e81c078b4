import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { countWaysIn, lockPlayer } from './ways-in-store.js'

/**
 * Asked within the transaction that has just taken away a password, a device, an account elsewhere or a passkey.
 * Throws `last_way_in` when nothing is left that signs the player in. Of two removals at once the later one sees
 * the earlier.
 */
export async function assertWayInLeft(
  environmentId: string,
  tx: Db,
  playerId: string,
): Promise<void> {
  await lockPlayer(environmentId, tx, playerId)
  if ((await countWaysIn(environmentId, tx, playerId)) === 0) throw new Problem('last_way_in')
}
