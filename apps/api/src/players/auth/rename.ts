import type { Db } from '@aethex/shared/db'
import { usernameKey } from './identity-keys.js'
import { assertNameAllowed } from './names.js'
import { changeUsername } from './store.js'
import { asTaken } from './taken.js'

/** Gives a player another name, in the caller's transaction. Throws `username_taken`, or `invalid_request` for one that is reserved. */
export async function renamePlayer(
  environmentId: string,
  tx: Db,
  playerId: string,
  username: string,
): Promise<void> {
  await assertNameAllowed(environmentId, tx, username)
  const key = usernameKey(username)
  await changeUsername(environmentId, tx, playerId, username, key).catch(error => {
    throw asTaken(error)
  })
}
