import { audit } from '@aethex/shared/audit'
import { notFound } from '@aethex/shared/errors'
import { auditActorOf, type Ctx, environmentOf } from '../../gateway/context.js'
import { endParty } from './ending.js'
import { findPartyId } from './member-store.js'
import { holdParty } from './standing.js'
import { changing } from './telling.js'
import { wholeParty } from './view.js'

/** A party as the studio and its servers see it. */
export async function readAnyParty(ctx: Ctx, partyId: string) {
  const whole = await wholeParty(environmentOf(ctx), ctx.db, partyId, ctx.now())
  if (whole === undefined) throw notFound()
  return { party: whole.party }
}

/** The party that a player is in, if any. */
export async function readPartyOf(ctx: Ctx, playerId: string) {
  const environmentId = environmentOf(ctx)
  const partyId = await findPartyId(environmentId, ctx.db, playerId)
  if (partyId === undefined) throw notFound()
  return readAnyParty(ctx, partyId)
}

/** Ends a party, for a reason. */
export async function removeAnyParty(ctx: Ctx, partyId: string, reason: string): Promise<void> {
  const environmentId = environmentOf(ctx)
  await changing(ctx, async (tx, effects) => {
    const held = await holdParty(environmentId, tx, partyId)
    await endParty(environmentId, tx, held, { now: ctx.now(), reason: 'ended' }, effects)
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: 'parties.remove',
      target: partyId,
      details: { reason },
      requestId: ctx.requestId,
    })
  })
}
