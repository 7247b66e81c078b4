import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { closePending, proveFactor, tryPending } from '@aethex/shared/second-factor'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { findPlayer, passwordSetSince, rememberDevice, signIn } from '../auth/service.js'
import { provePasskey } from '../passkeys/service.js'
import type { SecondStep } from './schema.js'
import { factors } from './store.js'

/**
 * Goes on with a sign-in whose first factor was right. Throws `mfa_token_invalid`, `second_factor_invalid`,
 * `rate_limited`, and what `signIn` may throw.
 */
export async function completeSignIn(ctx: Ctx, step: SecondStep, deviceTokens: readonly string[]) {
  const environmentId = environmentOf(ctx)
  const { mfa_token: token, passkey, ...code } = step
  const pending = await tryPending(ctx.redis, environmentId, token, ctx.now())
  const { accountId, method, openedAt } = pending
  const player = await findPlayer(environmentId, ctx.db, accountId)
  if (player === undefined) throw new Problem('mfa_token_invalid')
  // The token is used up last: when that fails, the code is not spent and there is no session.
  const proceed = async (tx: Db) => {
    // The first factor was a password that opens nothing any more.
    if (method === 'password' && (await passwordSetSince(environmentId, tx, player.id, openedAt))) {
      throw new Problem('mfa_token_invalid')
    }
    const signedIn = await signIn(ctx, tx, player, { method, secondFactorAt: ctx.now() })
    const known =
      method === 'password'
        ? { device_token: await rememberDevice(ctx, environmentId, tx, player.id, deviceTokens) }
        : {}
    await closePending(ctx.redis, environmentId, token)
    return { ...signedIn, ...known }
  }
  if (passkey === undefined) {
    return proveFactor(ctx, factors, [environmentId, player.id], code, proceed)
  }
  const shown = await provePasskey(ctx, passkey)
  // One and the same key shown twice is one factor still.
  const isSecond = shown?.userVerified === true || method !== 'passkey'
  if (shown?.playerId !== player.id || !isSecond) throw new Problem('second_factor_invalid')
  return ctx.db.transaction(proceed)
}
