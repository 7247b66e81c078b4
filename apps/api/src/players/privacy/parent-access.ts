import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import type { Ctx } from '../../gateway/context.js'
import { standingOf } from '../age/service.js'
import { sessionsEnded } from '../auth/service.js'
import { requestErasure } from '../erasure/service.js'
import { consentsOf, permissionsOf } from './consents.js'
import {
  applyGrants,
  assertLetterIsEnough,
  auditParent,
  namesOf,
  toParentConsent,
} from './parental-answer.js'
import { hashCode } from './parental-codes.js'
import type { Grants } from './parental-schema.js'
import {
  endConsents,
  findChild,
  keepGrants,
  lockByToken,
  type ParentalRow,
} from './parental-store.js'
import { tellPermissions } from './telling.js'

/**
 * The consent that a parent's token is for, with the child's country. Throws `code_invalid`, also once the child has
 * grown up: from then on the account is nobody else's to look at, to decide about or to end.
 */
async function lockConsent(ctx: Ctx, tx: Db, token: string) {
  const row = await lockByToken(hashCode(token), tx)
  if (row === undefined) throw new Problem('code_invalid')
  const { isChild, country } = await standingOf(ctx, row.environment_id, row.player_id, tx)
  if (!isChild) throw new Problem('code_invalid')
  return { row, country }
}

/** What is kept of the child, and what the parent agreed to (16 CFR 312.6). */
export async function reviewChild(ctx: Ctx, token: string) {
  const { row, country } = await ctx.db.transaction(tx => lockConsent(ctx, tx, token))
  const child = await findChild(row.environment_id, ctx.db, row.player_id)
  if (child === undefined) throw new Problem('code_invalid')
  return {
    child: {
      id: child.id,
      username: child.username,
      email: child.email,
      country,
      created_at: child.created_at.toISOString(),
    },
    consent: toParentConsent(row),
    consents: await consentsOf(ctx, row.environment_id, row.player_id),
  }
}

/** What the child is doing right now follows the parent's word. */
async function tellChild(ctx: Ctx, row: ParentalRow): Promise<void> {
  const { environment_id: environmentId, player_id: playerId } = row
  const permitted = await permissionsOf(ctx, environmentId, playerId)
  tellPermissions(ctx, environmentId, playerId, permitted)
}

/** Changes what a parent allows; what is not named is not allowed any more. */
export async function changeGrants(ctx: Ctx, token: string, wanted: Grants) {
  const kept = await ctx.db.transaction(async tx => {
    const { row: held, country } = await lockConsent(ctx, tx, token)
    if (held.revoked_at !== null) throw new Problem('code_invalid')
    assertLetterIsEnough(country, wanted)
    const grants = namesOf(wanted)
    const row = await keepGrants(held.environment_id, tx, held.id, grants)
    await applyGrants(ctx, tx, row, { agreed: true, grants })
    await auditParent(ctx, tx, row, 'privacy.parental_consent.change', { grants })
    return row
  })
  await tellChild(ctx, kept)
  return { consent: toParentConsent(kept) }
}

/** Takes a parent's consent back, and forgets their address. Doing it twice is no error. */
export async function revokeParentalConsent(ctx: Ctx, token: string) {
  const kept = await ctx.db.transaction(async tx => {
    const { row: held } = await lockConsent(ctx, tx, token)
    if (held.revoked_at !== null) return held
    const only = { only: held.id }
    const [row = held] = await endConsents(held.environment_id, tx, held.player_id, only, ctx.now())
    await applyGrants(ctx, tx, row, { agreed: false, grants: [] })
    await auditParent(ctx, tx, row, 'privacy.parental_consent.revoke')
    return row
  })
  await tellChild(ctx, kept)
  return { consent: toParentConsent(kept) }
}

/** Has the child's account erased, at a parent's word (16 CFR 312.6(a)(2)). Nobody signs in to it from now on. */
export async function eraseChild(ctx: Ctx, token: string) {
  const ended = await ctx.db.transaction(async tx => {
    const { row: held } = await lockConsent(ctx, tx, token)
    await auditParent(ctx, tx, held, 'privacy.parental_consent.erase')
    const request = { reason: 'asked for by a parent', requestedBy: 'parent' as const }
    return (await requestErasure(ctx, held.environment_id, tx, held.player_id, request))?.ended
  })
  sessionsEnded(ctx, ended ?? [])
  return { requested: true as const }
}
