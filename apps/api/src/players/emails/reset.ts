import { hashPassword } from '@aethex/shared/auth'
import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import {
  assertPasswordAllowed,
  checkYourMail,
  endSessionsOf,
  findPlayer,
  forgetKnownDevices,
  hashCode,
  mintCode,
  sessionsEnded,
  toUser,
  writePassword,
} from '../auth/service.js'
import { passwordWasSet } from '../standing/service.js'
import { countingWrongCodes } from './code-guesses.js'
import { Address } from './payloads.js'
import { findCode, proveAddress, redeemCode, unlinkEverythingElse } from './store.js'

/**
 * Sends a code for a new password to whoever has an account with this address. Nothing is looked up here: the work,
 * the answer and its time are the same for an address that nobody has.
 */
export async function forgotPassword(ctx: Ctx, email: string, locale: string | undefined) {
  await ctx.mail.queue(ctx.db, {
    environmentId: environmentOf(ctx),
    to: email,
    template: 'reset_password',
    errand: 'reset_password',
    locale,
    values: { code: mintCode() },
  })
  return checkYourMail
}

interface NewPassword {
  environmentId: string
  playerId: string
  emailKey: string
  passwordHash: string
}

/** What a new password brings with it. Answers the player, and the sessions that end. */
async function setPassword(ctx: Ctx, tx: Db, given: NewPassword) {
  const { environmentId, playerId, emailKey, passwordHash } = given
  const wasProven = await proveAddress(environmentId, tx, playerId, emailKey)
  if (wasProven === undefined) throw new Problem('code_invalid')
  if (!wasProven) await unlinkEverythingElse(environmentId, tx, playerId)
  await writePassword(environmentId, tx, playerId, passwordHash)
  await passwordWasSet(environmentId, tx, playerId)
  await forgetKnownDevices(environmentId, tx, playerId)
  const player = await findPlayer(environmentId, tx, playerId)
  if (player === undefined || player.email === null) throw new Problem('code_invalid')
  const { email: to, username } = player
  const values = { username, device: ctx.deviceName ?? '', time: ctx.now().toISOString() }
  await ctx.mail.queue(tx, { environmentId, to, template: 'password_changed', values })
  const how = { reason: 'password reset' }
  return { player, ended: await endSessionsOf(ctx, environmentId, tx, playerId, how) }
}

/**
 * Sets a new password with a code from a letter. All sessions end, the address is told, and counts as proven. When it
 * was not before, whoever made the account may have been somebody else: what they could still sign in with goes, too.
 * Throws `code_invalid`, or `invalid_request` for a password that the account may not have.
 */
export function resetPassword(ctx: Ctx, input: { code: string; password: string }) {
  const environmentId = environmentOf(ctx)
  const wanted = { hash: hashCode(input.code), purposes: ['reset_password'] } as const
  return countingWrongCodes(ctx, async () => {
    // Looked at before the hashing, so that made-up codes cost nothing, and used up after it.
    const found = await findCode(environmentId, ctx.db, wanted)
    if (found === undefined) throw new Problem('code_invalid')
    const { player_id: playerId } = found
    const { email_key: emailKey } = Address.parse(found.payload)
    const before = await findPlayer(environmentId, ctx.db, playerId)
    if (before === undefined) throw new Problem('code_invalid')
    await assertPasswordAllowed(environmentId, ctx.db, input.password, before)
    const passwordHash = await hashPassword(input.password)
    const { ended, player } = await ctx.db.transaction(async tx => {
      const redeemed = await redeemCode(environmentId, tx, wanted)
      if (redeemed === undefined) throw new Problem('code_invalid')
      return setPassword(ctx, tx, { environmentId, playerId, emailKey, passwordHash })
    })
    sessionsEnded(ctx, ended)
    return { user: toUser(player) }
  })
}
