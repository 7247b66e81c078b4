import { Problem } from '@aethex/shared/errors'
import { type Ctx, environmentOf, playerOf } from '../../gateway/context.js'
import {
  checkYourMail,
  confirmRegistration,
  findPlayer,
  hashCode,
  mintCode,
  toUser,
} from '../auth/service.js'
import { completeChange } from './change.js'
import { countingWrongCodes } from './code-guesses.js'
import { Address } from './payloads.js'
import { proveAddress, redeemCode } from './store.js'

/** Sends the caller a code to prove their address; nothing when it is proven. Throws `email_missing`. */
export async function requestVerification(ctx: Ctx, locale: string | undefined) {
  const { environmentId, playerId } = playerOf(ctx)
  const player = await findPlayer(environmentId, ctx.db, playerId)
  if (player === undefined) throw new Problem('session_ended')
  if (player.email === null) throw new Problem('email_missing')
  if (player.email_verified_at === null) {
    await ctx.mail.queue(ctx.db, {
      environmentId,
      to: player.email,
      template: 'verify_email',
      errand: 'verify_email',
      locale,
      values: { code: mintCode(), player_id: playerId },
    })
  }
  return checkYourMail
}

/** Of an account that exists; undefined when the code is none of these. */
const proveExisting = (ctx: Ctx, code: string) =>
  ctx.db.transaction(async tx => {
    const environmentId = environmentOf(ctx)
    const purposes = ['verify_email', 'change_email'] as const
    const redeemed = await redeemCode(environmentId, tx, { hash: hashCode(code), purposes })
    if (redeemed === undefined) return undefined
    if (redeemed.purpose === 'change_email') return completeChange(ctx, tx, redeemed)
    const { player_id: playerId, payload } = redeemed
    const { email_key: key } = Address.parse(payload)
    const wasProven = await proveAddress(environmentId, tx, playerId, key)
    const player = await findPlayer(environmentId, tx, playerId)
    if (wasProven === undefined || player === undefined) throw new Problem('code_invalid')
    return player
  })

/**
 * Takes a code as the proof of an address: of an account, of its next address, or of a registration, which this
 * finishes and signs in. Throws `code_invalid`, or `email_taken` for a next address that another account has by now.
 */
export function verifyEmail(ctx: Ctx, code: string) {
  return countingWrongCodes(ctx, async () => {
    const proven = await proveExisting(ctx, code)
    if (proven !== undefined) return { user: toUser(proven) }
    const registered = await confirmRegistration(ctx, code)
    if (registered === undefined) throw new Problem('code_invalid')
    return registered
  })
}
