import { audit } from '@aethex/shared/audit'
import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import {
  confirmTotp,
  describeFactors,
  enrolTotp,
  type FactorCode,
  proveFactor,
  renewRecoveryCodes,
} from '@aethex/shared/second-factor'
import { type Ctx, memberOf } from '../../gateway/context.js'
import {
  assertFreshMemberProof,
  findMember,
  forgetSecondFactor,
  renewMemberProof,
} from '../members/service.js'
import { tellMember } from './notices.js'
import { listPasskeys } from './passkeys.js'
import { factors } from './store.js'

export {
  askForPasskey,
  listPasskeys,
  loginWithPasskey,
  offerPasskey,
  registerPasskey,
  removePasskey,
  renamePasskey,
} from './passkeys.js'
export { completeLogin, reauthenticate } from './second-step.js'

const ownerOf = (ctx: Ctx) => [memberOf(ctx).memberId]

const note = (ctx: Ctx, tx: Db, action: string) => {
  const { memberId } = memberOf(ctx)
  return audit(tx, {
    actor: { kind: 'member', id: memberId },
    action,
    target: memberId,
    requestId: ctx.requestId,
  })
}

/** Which second factors the caller has. */
export async function readFactors(ctx: Ctx) {
  const described = await describeFactors(factors, ownerOf(ctx), ctx.db)
  const { items } = await listPasskeys(ctx)
  return { second_factor: { ...described, passkeys: items.length } }
}

/** Draws the secret for an authenticator app; it counts once confirmed. Throws `reauthentication_required`, `second_factor_on`. */
export async function enrol(ctx: Ctx) {
  await assertFreshMemberProof(ctx)
  const { memberId } = memberOf(ctx)
  const member = await findMember(ctx.db, memberId)
  if (member === undefined) throw new Problem('session_ended')
  const names = { issuer: 'AeThex Cloud', label: member.email }
  const totp = await ctx.db.transaction(async tx => {
    await note(ctx, tx, 'members.second_factor.enrol')
    return enrolTotp(ctx, factors, [memberId], tx, names)
  })
  return { totp }
}

/** Turns the second factor on with a first code, and answers the recovery codes. The session that asks has shown it. */
export async function confirm(ctx: Ctx, code: string) {
  const codes = await confirmTotp(ctx, factors, ownerOf(ctx), code, async tx => {
    await renewMemberProof(ctx, tx, { withSecondFactor: true })
    await note(ctx, tx, 'members.second_factor.confirm')
    await tellMember(ctx, tx, 'second_factor_on')
  })
  return { recovery_codes: codes }
}

/** Turns it off. With no passkey either, organisations that require a second factor close at once. */
export async function disable(ctx: Ctx, proof: FactorCode): Promise<void> {
  await assertFreshMemberProof(ctx)
  const { memberId } = memberOf(ctx)
  await proveFactor(ctx, factors, [memberId], proof, async tx => {
    await factors.drop([memberId], tx)
    await forgetSecondFactor(tx, memberId)
    await note(ctx, tx, 'members.second_factor.disable')
    await tellMember(ctx, tx, 'second_factor_off')
  })
}

/** Ten new recovery codes; the old ones are worth nothing any more. */
export async function newRecoveryCodes(ctx: Ctx, proof: FactorCode) {
  await assertFreshMemberProof(ctx)
  const codes = await proveFactor(ctx, factors, ownerOf(ctx), proof, async tx => {
    await note(ctx, tx, 'members.second_factor.recovery_codes')
    return renewRecoveryCodes(factors, ownerOf(ctx), tx)
  })
  return { recovery_codes: codes }
}
