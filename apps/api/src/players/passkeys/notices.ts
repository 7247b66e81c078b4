import type { Db } from '@aethex/shared/db'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { findPlayer } from '../auth/service.js'

/** Tells the caller by mail, if there is an address, how signing in has changed: it may not have been them. */
export async function tellOwner(
  ctx: Ctx,
  tx: Db,
  template: 'second_factor_off' | 'passkey_added',
): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  const player = await findPlayer(environmentId, tx, playerId)
  if (player === undefined || player.email === null) return
  const values = {
    username: player.username,
    device: ctx.deviceName ?? '',
    time: ctx.now().toISOString(),
  }
  await ctx.mail.queue(tx, { environmentId, to: player.email, template, values })
}
