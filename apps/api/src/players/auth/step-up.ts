import { verifyPassword } from '@aethex/shared/auth'
import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { countingFailures } from '@aethex/shared/limits'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { ownGuessBudgets } from './guess-budgets.js'
import { findFactors } from './second-step-store.js'
import { findOwnPassword, findSessionProof, renewSessionProof } from './step-up-store.js'

/** How long a proof of who one is counts as fresh. */
const freshForMs = 600_000

/**
 * Refuses a session whose player has not proven who they are within the last ten minutes, by signing in or by
 * POST /api/v1/auth/reauthenticate. A refreshed session keeps the age of its proof.
 * Throws `reauthentication_required`.
 */
export async function assertFreshProof(ctx: Ctx): Promise<void> {
  const { environmentId, sessionId } = playerOf(ctx)
  const proof = await findSessionProof(environmentId, ctx.db, sessionId)
  if (proof === undefined || ctx.now().getTime() - proof.proved_at.getTime() > freshForMs) {
    throw new Problem('reauthentication_required')
  }
}

/** The caller's session has just proven again who its player is. Answers until when that is fresh. */
export async function renewProof(
  ctx: Ctx,
  tx: Db,
  { withSecondFactor }: { withSecondFactor: boolean },
) {
  const { environmentId, sessionId } = playerOf(ctx)
  const at = ctx.now()
  const secondFactorAt = withSecondFactor ? at : null
  await renewSessionProof(environmentId, tx, sessionId, { at, secondFactorAt })
  return new Date(at.getTime() + freshForMs)
}

/**
 * A single factor does not lift a session over the second one that its player has turned on since.
 * Throws `second_factor_required`.
 */
export async function assertOneFactorIsEnough(ctx: Ctx): Promise<void> {
  const { environmentId, playerId, sessionId } = playerOf(ctx)
  const proof = await findSessionProof(environmentId, ctx.db, sessionId)
  if (proof?.second_factor_at instanceof Date) return
  if ((await findFactors(environmentId, ctx.db, playerId)).totp) {
    throw new Problem('second_factor_required', {
      detail: 'This session has not proven the second factor yet: send a code or a passkey.',
    })
  }
}

/** Judges the caller's own password, on a budget that only they can use up. Throws `invalid_credentials`. */
export async function assertOwnPassword(ctx: Ctx, password: string): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  const own = await findOwnPassword(environmentId, ctx.db, playerId)
  const budgets = ownGuessBudgets(environmentId, playerId)
  await countingFailures(ctx.limits, budgets, async () => {
    const fits = await verifyPassword(own?.password_hash, password)
    if (!fits) throw new Problem('invalid_credentials')
  })
}

/** When the caller's session has proven what. Throws `session_ended`. */
export async function proofOfSession(ctx: Ctx) {
  const { environmentId, sessionId } = playerOf(ctx)
  const proof = await findSessionProof(environmentId, ctx.db, sessionId)
  if (proof === undefined) throw new Problem('session_ended')
  return proof
}
