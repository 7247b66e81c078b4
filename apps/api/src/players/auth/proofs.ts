import { createHash } from 'node:crypto'
import { verifyPassword } from '@aethex/shared/auth'
import { Problem } from '@aethex/shared/errors'
import { countingFailures } from '@aethex/shared/limits'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { guessBudgets } from './guess-budgets.js'
import { emailKey } from './identity-keys.js'
import { findFactors } from './second-step-store.js'
import { assertPlayerSession } from './sessions.js'
import { findSessionProof } from './step-up-store.js'
import { findPlayerByDevice, findPlayerByEmail } from './store.js'

const freshForMs = 600_000

/** The player of an e-mail and a password, without signing in; counts as a guess. Throws `invalid_credentials`. */
export function provePassword(ctx: Ctx, input: { email: string; password: string }) {
  const environmentId = environmentOf(ctx)
  return countingFailures(ctx.limits, guessBudgets(ctx, environmentId, input.email), async () => {
    const found = await findPlayerByEmail(environmentId, ctx.db, emailKey(input.email))
    const fits = await verifyPassword(found?.password_hash ?? undefined, input.password)
    if (!fits || found === undefined) throw new Problem('invalid_credentials')
    return found.id
  })
}

export const hashDeviceSecret = (secret: string) => createHash('sha256').update(secret).digest()

/** The player of a device, if it has one. */
export const proveDevice = async (ctx: Ctx, secret: string) =>
  (await findPlayerByDevice(environmentOf(ctx), ctx.db, hashDeviceSecret(secret)))?.id

/**
 * The player of another session of the same environment, which must have proven who they are within the last ten minutes.
 * Throws `token_invalid`, `session_ended` or `reauthentication_required`.
 */
export async function assertProvenSession(ctx: Ctx, environmentId: string, token: string) {
  const claims = ctx.tokens.verify(token, 'player+jwt', environmentId)
  await assertPlayerSession(ctx, environmentId, claims.sid)
  const proof = await findSessionProof(environmentId, ctx.db, claims.sid)
  if (proof === undefined) throw new Problem('session_ended')
  if (ctx.now().getTime() - proof.proved_at.getTime() > freshForMs) {
    throw new Problem('reauthentication_required')
  }
  const isGuarded = (await findFactors(environmentId, ctx.db, claims.sub)).totp
  if (isGuarded && proof.second_factor_at === null) throw new Problem('second_factor_required')
  return claims.sub
}
