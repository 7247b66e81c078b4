import { verifyPassword } from '@aethex/shared/auth'
import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { countingFailures } from '@aethex/shared/limits'
import { type Ctx, memberOf } from '../../gateway/context.js'
import { guessBudgets } from './guess-budgets.js'
import { findMemberFactors } from './second-step-store.js'
import {
  findMemberSessionProof,
  forgetSecondFactorOf,
  renewMemberSessionProof,
} from './step-up-store.js'
import { findMember } from './store.js'

/** How long a proof of who one is counts as fresh. */
const freshForMs = 600_000

/**
 * Refuses a session whose member has not proven who they are within the last ten minutes, by signing in or by
 * POST /api/v1/studio/reauthenticate. Throws `reauthentication_required`.
 */
export async function assertFreshMemberProof(ctx: Ctx): Promise<void> {
  const proof = await findMemberSessionProof(ctx.db, memberOf(ctx).sessionId)
  if (proof === undefined || ctx.now().getTime() - proof.proved_at.getTime() > freshForMs) {
    throw new Problem('reauthentication_required')
  }
}

/** The caller's session has just proven again who its member is. Answers until when that is fresh. */
export async function renewMemberProof(
  ctx: Ctx,
  tx: Db,
  { withSecondFactor }: { withSecondFactor: boolean },
) {
  const at = ctx.now()
  const secondFactorAt = withSecondFactor ? at : null
  await renewMemberSessionProof(tx, memberOf(ctx).sessionId, { at, secondFactorAt })
  return new Date(at.getTime() + freshForMs)
}

/**
 * Asked within the transaction that has just taken a factor away: with none left, the sessions of the member count
 * as those of anybody without, and organisations that require one close to them at once.
 */
export async function forgetSecondFactor(tx: Db, memberId: string): Promise<void> {
  const held = await findMemberFactors(tx, memberId)
  if (!held.totp && !held.passkey) await forgetSecondFactorOf(tx, memberId)
}

/** As for players: one factor does not lift a session over the second. Throws `second_factor_required`. */
export async function assertOneMemberFactorIsEnough(ctx: Ctx): Promise<void> {
  const { memberId, sessionId } = memberOf(ctx)
  const proof = await findMemberSessionProof(ctx.db, sessionId)
  if (proof?.second_factor_at instanceof Date) return
  if ((await findMemberFactors(ctx.db, memberId)).totp) {
    throw new Problem('second_factor_required', {
      detail: 'This session has not proven the second factor yet: send a code or a passkey.',
    })
  }
}

/** Judges the caller's own password, on the budgets of the sign-in. Throws `invalid_credentials`. */
export async function assertMemberPassword(ctx: Ctx, password: string): Promise<void> {
  const member = await findMember(ctx.db, memberOf(ctx).memberId)
  if (member === undefined) throw new Problem('session_ended')
  await countingFailures(ctx.limits, guessBudgets(ctx, member.email_key), async () => {
    if (!(await verifyPassword(member.password_hash, password))) {
      throw new Problem('invalid_credentials')
    }
  })
}
