import type { Db } from '@aethex/shared/db'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { meetPlayer } from '../../studio/billing/service.js'
import { assertMayEnter } from '../standing/service.js'
import { askSecondFactor } from './second-step.js'
import { openSession, type Proof } from './sessions.js'
import type { PlayerRow } from './store.js'

/** A player as they see themselves. */
export const toUser = (player: PlayerRow, now = new Date()) => ({
  id: player.id,
  email: player.email,
  email_verified: player.email_verified_at !== null,
  username: player.username,
  avatar_url: player.avatar_url,
  is_child: player.child_until != null && player.child_until.getTime() > now.getTime(),
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
export function signIn(ctx: Ctx, db: Db, player: PlayerRow, proof: Proof): Promise<SignedIn> {
  return db.transaction(async tx => {
    await assertMayEnter(ctx, environmentOf(ctx), tx, player.id, proof)
    await askSecondFactor(ctx, tx, player.id, proof)
    await meetPlayer(ctx, environmentOf(ctx), tx, player.id)
    return { user: toUser(player), session: await openSession(ctx, tx, player.id, proof) }
  })
}
