import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { type Ctx, environmentOf, playerOf } from '../../gateway/context.js'
import { assertMayShareIdentity } from '../age/service.js'
import {
  assertFreshProof,
  assertOneFactorIsEnough,
  asTaken,
  checkYourMail,
  emailKey,
  findPlayer,
  hashCode,
  mintCode,
  type PlayerRow,
  toUser,
} from '../auth/service.js'
import { countingWrongCodes } from './code-guesses.js'
import { NewAddress } from './payloads.js'
import { type CodeRow, redeemCode, replaceAddress } from './store.js'

// Each of them is a letter to an address of the player's choice.
const perPlayer = { name: 'email-changes', quota: 5, windowSeconds: 3_600 }

/** Enough for its owner to recognise it: the first letter and the domain. */
const masked = (email: string) => email.replace(/^(.)[^@]*(?=@)/u, '$1…')

/**
 * Sends a code to the address that the caller wants, and a notice to the one they have. Whether the new one belongs
 * to another account shows when it is confirmed, by whoever reads its letters. Wants a fresh proof.
 */
export async function changeEmail(ctx: Ctx, email: string, locale: string | undefined) {
  const { environmentId, playerId } = playerOf(ctx)
  await assertMayShareIdentity(ctx, environmentId, playerId)
  await assertFreshProof(ctx)
  await assertOneFactorIsEnough(ctx)
  await ctx.limits.take(perPlayer, `${environmentId} ${playerId}`)
  const player = await findPlayer(environmentId, ctx.db, playerId)
  if (player === undefined) throw new Problem('session_ended')
  const { email: old, username } = player
  await ctx.db.transaction(async tx => {
    await ctx.mail.queue(tx, {
      environmentId,
      to: email,
      template: 'email_change_confirm',
      errand: 'change_email',
      locale,
      values: { code: mintCode(), player_id: playerId, username },
    })
    if (old === null || emailKey(old) === emailKey(email)) return
    await ctx.mail.queue(tx, {
      environmentId,
      to: old,
      template: 'email_change_notice',
      locale,
      values: { username, new_email: masked(email) },
    })
  })
  return checkYourMail
}

/** Gives an account the address whose code came back, and tells the old one. Throws `email_taken`. */
export async function completeChange(ctx: Ctx, tx: Db, code: CodeRow): Promise<PlayerRow> {
  const environmentId = environmentOf(ctx)
  const { player_id: playerId, payload } = code
  const { email, email_key: key } = NewAddress.parse(payload)
  const old = await replaceAddress(environmentId, tx, playerId, email, key).catch(error => {
    throw asTaken(error)
  })
  const player = await findPlayer(environmentId, tx, playerId)
  if (player === undefined) throw new Problem('code_invalid')
  if (old !== undefined && emailKey(old) !== key) {
    await ctx.mail.queue(tx, {
      environmentId,
      to: old,
      template: 'email_changed',
      values: { username: player.username, new_email: masked(email) },
    })
  }
  return player
}

/** Takes the code from the new address of the caller. Throws `code_invalid`, or `email_taken`. */
export function confirmEmailChange(ctx: Ctx, code: string) {
  const { environmentId, playerId } = playerOf(ctx)
  return countingWrongCodes(ctx, () =>
    ctx.db.transaction(async tx => {
      const wanted = { hash: hashCode(code), purposes: ['change_email'], playerId } as const
      const redeemed = await redeemCode(environmentId, tx, wanted)
      if (redeemed === undefined) throw new Problem('code_invalid')
      return { user: toUser(await completeChange(ctx, tx, redeemed)) }
    }),
  )
}
