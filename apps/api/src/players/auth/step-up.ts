import { verifyPassword } from '@aethex/shared/auth'
import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { countingFailures } from '@aethex/shared/limits'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { ownGuessBudgets } from './guess-budgets.js'
import { hasSecondFactor } from './second-step.js'
import { assertPlayerSession } from './sessions.js'
import {
  findOwnPassword,
  findSessionProof,
  renewSessionProof,
  type SessionProof,
} from './step-up-store.js'

/** How long a proof of who one is counts as fresh. */
const freshForMs = 600_000

async function freshProofOf(ctx: Ctx, environmentId: string, sessionId: string) {
  const proof = await findSessionProof(environmentId, ctx.db, sessionId)
  if (proof === undefined || ctx.now().getTime() - proof.proved_at.getTime() > freshForMs) {
    throw new Problem('reauthentication_required')
  }
  return proof
}

/**
 * Refuses a session whose player has not proven who they are within the last ten minutes, by signing in or by
 * POST /api/v1/auth/reauthenticate. A refreshed session keeps the age of its proof, which this answers.
 * Throws `reauthentication_required`.
 */
export function assertFreshProof(ctx: Ctx): Promise<SessionProof> {
  const { environmentId, sessionId } = playerOf(ctx)
  return freshProofOf(ctx, environmentId, sessionId)
}

/**
 * The player of another session of the same environment, whose proof is as fresh and has every factor.
 * Throws `token_invalid`, `session_ended`, `reauthentication_required` or `second_factor_required`.
 */
export async function assertProvenSession(ctx: Ctx, environmentId: string, token: string) {
  const { sid, sub } = ctx.tokens.verify(token, 'player+jwt', environmentId)
  await assertPlayerSession(ctx, environmentId, sid)
  const proof = await freshProofOf(ctx, environmentId, sid)
  const isGuarded = await hasSecondFactor(environmentId, ctx.db, sub)
  if (isGuarded && proof.second_factor_at === null) throw new Problem('second_factor_required')
  return sub
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
  if (await hasSecondFactor(environmentId, ctx.db, playerId)) {
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
