import type { Db } from '@aethex/shared/db'
import type { Parts } from '../../gateway/context.js'
import { admitNewPlayer } from '../../studio/billing/service.js'
import { tellStudio } from '../../studio/webhooks/service.js'

/**
 * What every new player goes through, in the transaction that makes the row: the studio's limits, and word to the studio.
 * Throws `usage_limit_reached` or `spend_cap_reached`.
 */
export async function welcomePlayer(
  parts: Parameters<typeof admitNewPlayer>[0] & Pick<Parts, 'now'>,
  environmentId: string,
  tx: Db,
  playerId: string,
): Promise<void> {
  await admitNewPlayer(parts, environmentId, tx, playerId)
  await tellStudio(tx, environmentId, 'player.registered', { player_id: playerId })
}
