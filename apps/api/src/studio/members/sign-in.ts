import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { factorKinds, openPending } from '@aethex/shared/second-factor'
import type { Ctx } from '../../gateway/context.js'
import { toMember } from './profile.js'
import { findMemberFactors } from './second-step-store.js'
import { openMemberSession } from './sessions.js'
import type { MemberRow } from './store.js'

/** How a member has just proven who they are. */
export interface MemberProof {
  method: 'password' | 'passkey'
  /** When a second factor, or a passkey that counts as one, was part of it. */
  secondFactorAt?: Date
}

/**
 * The door into the studio for who has proven who they are. With an authenticator app in force and no second factor
 * in the proof it throws `second_factor_required`, with an `mfa_token` for POST /api/v1/studio/login/second-factor.
 */
export async function signInMember(ctx: Ctx, tx: Db, member: MemberRow, proof: MemberProof) {
  const { method, secondFactorAt = null } = proof
  if (secondFactorAt === null) {
    const held = await findMemberFactors(tx, member.id)
    if (held.totp) {
      const account = { accountId: member.id, method }
      const mfaToken = await openPending(ctx.redis, 'studio', account, ctx.now())
      const factors = factorKinds.filter(kind => held[kind])
      throw new Problem('second_factor_required', { extensions: { mfa_token: mfaToken, factors } })
    }
  }
  return {
    member: toMember(member),
    session: await openMemberSession(ctx, member.id, tx, secondFactorAt),
  }
}
