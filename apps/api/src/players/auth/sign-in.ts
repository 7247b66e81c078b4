import type { Db } from '@aethex/shared/db'
import type { Ctx } from '../../gateway/context.js'
import { openSession, type Proof } from './sessions.js'
import type { PlayerRow } from './store.js'

/** A player as they see themselves. */
export const toUser = (player: PlayerRow) => ({
  id: player.id,
  email: player.email,
  email_verified: player.email_verified_at !== null,
  username: player.username,
  avatar_url: player.avatar_url,
  created_at: player.created_at.toISOString(),
})

export interface SignedIn {
  user: ReturnType<typeof toUser>
  session: Awaited<ReturnType<typeof openSession>>
}

/**
 * The one door into an account: every way in ends here once the player has proven who they are.
 * What may still keep them out (a ban, a second factor) is asked here and nowhere else.
 */
export async function signIn(ctx: Ctx, tx: Db, player: PlayerRow, proof: Proof): Promise<SignedIn> {
  return { user: toUser(player), session: await openSession(ctx, tx, player.id, proof) }
}
