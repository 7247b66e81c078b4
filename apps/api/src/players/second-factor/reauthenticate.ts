import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { proveFactor } from '@aethex/shared/second-factor'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { assertOneFactorIsEnough, assertOwnPassword, renewProof } from '../auth/service.js'
import { provePasskey } from '../passkeys/service.js'
import type { Reauthentication } from './schema.js'
import { factors } from './store.js'

/**
 * Proves anew who the caller is, for the next ten minutes. Throws `invalid_credentials`, `second_factor_invalid`,
 * `second_factor_off`, `rate_limited`, and `second_factor_required` where one factor would not have signed in.
 */
export async function reauthenticate(ctx: Ctx, { password, code, passkey }: Reauthentication) {
  const { environmentId, playerId } = playerOf(ctx)
  const renew = async (tx: Db, withSecondFactor: boolean) => ({
    fresh_until: (await renewProof(ctx, tx, { withSecondFactor })).toISOString(),
  })
  if (code !== undefined) {
    return proveFactor(ctx, factors, [environmentId, playerId], { code }, tx => renew(tx, true))
  }
  if (password !== undefined) {
    await assertOneFactorIsEnough(ctx)
    await assertOwnPassword(ctx, password)
    return renew(ctx.db, false)
  }
  const shown = passkey && (await provePasskey(ctx, passkey))
  if (shown?.playerId !== playerId) throw new Problem('second_factor_invalid')
  if (!shown.userVerified) await assertOneFactorIsEnough(ctx)
  return renew(ctx.db, shown.userVerified)
}
