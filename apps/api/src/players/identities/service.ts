import type { Db } from '@aethex/shared/db'
import { findPlayer, type PlayerRow } from '../auth/service.js'
import { findIdentity, type IdentityKey } from './store.js'

export { type IdentityKey, insertIdentity as addIdentity } from './store.js'

/** The player whom an account elsewhere signs in. Only provider and subject decide, never an e-mail. */
export async function findPlayerByIdentity(
  environmentId: string,
  db: Db,
  identity: IdentityKey,
): Promise<PlayerRow | undefined> {
  const found = await findIdentity(environmentId, db, identity)
  return found && findPlayer(environmentId, db, found.player_id)
}
