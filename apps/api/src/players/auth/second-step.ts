import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { factorKinds, openPending } from '@aethex/shared/second-factor'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { findFactors } from './second-step-store.js'
import type { Proof } from './sessions.js'

/**
 * Lets through who has proven two factors, or has only one. Otherwise throws `second_factor_required` with an
 * `mfa_token`, for POST /api/v1/auth/second-factor. A confirmed authenticator app is what turns the question on;
 * passkeys may answer it. The token lies in Redis, so it outlives the transaction that this ends.
 */
export async function askSecondFactor(ctx: Ctx, tx: Db, playerId: string, proof: Proof) {
  if (proof.secondFactorAt !== undefined) return
  const environmentId = environmentOf(ctx)
  const held = await findFactors(environmentId, tx, playerId)
  if (!held.totp) return
  const account = { accountId: playerId, method: proof.method }
  const mfaToken = await openPending(ctx.redis, environmentId, account, ctx.now())
  const factors = factorKinds.filter(kind => held[kind])
  throw new Problem('second_factor_required', { extensions: { mfa_token: mfaToken, factors } })
}

/** Whether a sign-in to this account asks for a second factor. */
export const hasSecondFactor = async (environmentId: string, tx: Db, playerId: string) =>
  (await findFactors(environmentId, tx, playerId)).totp
