import { hashPassword } from '@aethex/shared/auth'
import { Problem } from '@aethex/shared/errors'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { passwordWasSet } from '../standing/service.js'
import { forgetKnownDevices } from './known-device-store.js'
import { hashDeviceToken } from './known-devices.js'
import { assertPasswordAllowed } from './password-rules.js'
import { endSessionsOf, sessionsEnded } from './sessions.js'
import { assertFreshProof, assertOneFactorIsEnough, assertOwnPassword } from './step-up.js'
import { findPlayer, hasPassword, writePassword } from './store.js'

function currentOf(input: { current_password?: string | undefined }): string {
  if (input.current_password !== undefined) return input.current_password
  throw new Problem('invalid_request', {
    detail: '/current_password: is needed, since the account has a password',
    errors: [
      { pointer: '/current_password', reason: 'is needed, since the account has a password' },
    ],
  })
}

/**
 * Replaces the caller's password, or sets a first one, and ends all other sessions. Whoever has a password proves it
 * (`invalid_credentials`); whoever has none needs a fresh sign-in (`reauthentication_required`) and an e-mail.
 */
export async function changePassword(
  ctx: Ctx,
  input: { current_password?: string | undefined; password: string },
  deviceTokens: readonly string[],
): Promise<void> {
  const { environmentId, playerId, sessionId } = playerOf(ctx)
  const player = await findPlayer(environmentId, ctx.db, playerId)
  if (player === undefined) throw new Problem('session_ended')
  if (player.email === null) {
    throw new Problem('forbidden', { detail: 'An account without an e-mail has no password.' })
  }
  await assertPasswordAllowed(environmentId, ctx.db, input.password, player)
  if (await hasPassword(environmentId, ctx.db, playerId)) {
    await assertOneFactorIsEnough(ctx)
    await assertOwnPassword(ctx, currentOf(input))
  } else await assertFreshProof(ctx)
  const hash = await hashPassword(input.password)
  const to = player.email
  const ended = await ctx.db.transaction(async tx => {
    await writePassword(environmentId, tx, playerId, hash)
    await passwordWasSet(environmentId, tx, playerId)
    const here = deviceTokens.map(hashDeviceToken)
    await forgetKnownDevices(environmentId, tx, playerId, here)
    const values = { username: player.username }
    await ctx.mail.queue(tx, { environmentId, to, template: 'password_changed', values })
    const how = { reason: 'password changed', except: sessionId }
    return endSessionsOf(ctx, environmentId, tx, playerId, how)
  })
  sessionsEnded(ctx, ended)
}
