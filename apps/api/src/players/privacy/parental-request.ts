import { Problem } from '@aethex/shared/errors'
import { v7 as uuidv7 } from 'uuid'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { standingOf } from '../age/service.js'
import { emailKey } from '../auth/service.js'
import { policiesInForce } from '../policies/service.js'
import { addressPurpose, hashCode, mintCode, parentPage } from './parental-codes.js'
import { addRequest, findChild } from './parental-store.js'

const codeDays = 7
const dayMs = 86_400_000

/** The words of the letter `parental_consent_request`: raise it when what a parent is told changes. */
const noticeVersion = 1

/** E-mail plus: a letter, the answer to it, and a second letter after a while (16 CFR 312.5(b)(2)(vi)). */
const method = 'email_plus'

// A child must not be able to make the platform write to strangers all day.
const perChild = { name: 'parental-request', quota: 5, windowSeconds: 86_400 }

/**
 * Writes to a child's parent. The answer is the same whether or not the letter went out; a new letter takes the worth
 * of the one before. Throws `not_a_child`.
 */
export async function requestParentalConsent(
  ctx: Ctx,
  input: { parent_email: string; locale?: string | undefined },
) {
  const { environmentId, playerId } = playerOf(ctx)
  if (!(await standingOf(ctx, environmentId, playerId)).isChild) throw new Problem('not_a_child')
  const child = await findChild(environmentId, ctx.db, playerId)
  if (child === undefined) throw new Problem('session_ended')
  if (child.email_key === emailKey(input.parent_email)) {
    const errors = [{ pointer: '/parent_email', reason: 'is the address of the account itself' }]
    throw new Problem('invalid_request', { errors })
  }
  await ctx.limits.take(perChild, playerId)
  const { privacyVersion } = await policiesInForce(ctx, environmentId)
  const code = mintCode('pc')
  const now = ctx.now()
  await ctx.db.transaction(async tx => {
    const isQueued = await ctx.mail.queue(tx, {
      environmentId,
      to: input.parent_email,
      template: 'parental_consent_request',
      ...(input.locale === undefined ? {} : { locale: input.locale }),
      values: { username: child.username, link: parentPage(ctx.publicUrl, code) },
    })
    // The letter before this one stays good when no further one may be sent.
    if (!isQueued) return
    await addRequest(environmentId, tx, {
      id: uuidv7(),
      player_id: playerId,
      parent_email: ctx.vault.seal(addressPurpose, input.parent_email),
      locale: input.locale ?? null,
      requested_at: now,
      code_hash: hashCode(code),
      code_expires_at: new Date(now.getTime() + codeDays * dayMs),
      notice_version: noticeVersion,
      policy_version: privacyVersion,
      method,
    })
  })
  return { requested: true as const }
}
