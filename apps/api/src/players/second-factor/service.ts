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
import { auditActorOf, type Ctx, playerOf } from '../../gateway/context.js'
import { assertFreshProof, findPlayer, renewProof } from '../auth/service.js'
import { gameNameOf, listPasskeys, tellOwner } from '../passkeys/service.js'
import { factors } from './store.js'

export { reauthenticate } from './reauthenticate.js'
export { completeSignIn } from './second-step.js'

const ownerOf = (ctx: Ctx) => {
  const { environmentId, playerId } = playerOf(ctx)
  return [environmentId, playerId]
}

const note = (ctx: Ctx, tx: Db, action: string) => {
  const { environmentId, playerId } = playerOf(ctx)
  return audit(tx, {
    environmentId,
    actor: auditActorOf(ctx),
    action,
    target: playerId,
    requestId: ctx.requestId,
  })
}

/** Which second factors the caller has. */
export async function readFactors(ctx: Ctx) {
  const described = await describeFactors(factors, ownerOf(ctx), ctx.db)
  const { items } = await listPasskeys(ctx)
  return { second_factor: { ...described, passkeys: items.length } }
}

/**
 * Draws the secret for an authenticator app of the caller; it counts once confirmed.
 * Throws `reauthentication_required` and `second_factor_on`.
 */
export async function enrol(ctx: Ctx) {
  await assertFreshProof(ctx)
  const { environmentId, playerId } = playerOf(ctx)
  const player = await findPlayer(environmentId, ctx.db, playerId)
  if (player === undefined) throw new Problem('session_ended')
  const names = {
    issuer: await gameNameOf(ctx, environmentId),
    label: player.email ?? player.username,
  }
  return { totp: await enrolTotp(ctx, factors, ownerOf(ctx), ctx.db, names) }
}

/**
 * Turns the second factor on with a first code, and answers the recovery codes. The session that asks has shown it.
 * Throws `second_factor_off`, `second_factor_on`, `second_factor_invalid`, `rate_limited`.
 */
export async function confirm(ctx: Ctx, code: string) {
  const codes = await confirmTotp(ctx, factors, ownerOf(ctx), code, async tx => {
    await renewProof(ctx, tx, { withSecondFactor: true })
    await note(ctx, tx, 'second_factor.confirm')
  })
  return { recovery_codes: codes }
}

/** Throws `reauthentication_required`, `second_factor_off`, `second_factor_invalid`, `rate_limited`. */
export async function disable(ctx: Ctx, proof: FactorCode): Promise<void> {
  await assertFreshProof(ctx)
  await proveFactor(ctx, factors, ownerOf(ctx), proof, async tx => {
    await factors.drop(ownerOf(ctx), tx)
    await note(ctx, tx, 'second_factor.disable')
    await tellOwner(ctx, tx, 'second_factor_off')
  })
}

/** Ten new recovery codes; the old ones are worth nothing any more. Throws as `disable`. */
export async function newRecoveryCodes(ctx: Ctx, proof: FactorCode) {
  await assertFreshProof(ctx)
  const codes = await proveFactor(ctx, factors, ownerOf(ctx), proof, async tx => {
    await note(ctx, tx, 'second_factor.recovery_codes')
    return renewRecoveryCodes(factors, ownerOf(ctx), tx)
  })
  return { recovery_codes: codes }
}
