import { notFound, Problem } from '@aethex/shared/errors'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { assertNoBlock } from './blocks.js'
import { takeOut } from './ending.js'
import { invitationTo, takeInvitation } from './invitation-store.js'
import { addMember } from './member-store.js'
import { assertLeads, holdOwnParty, holdParty, memberIn } from './standing.js'
import { touchParty } from './store.js'
import { changing, resulting } from './telling.js'

/** Enters an open party, or one that has invited the player. Throws `not_found`, `party_full`, `already_in_party`. */
export async function joinParty(ctx: Ctx, partyId: string) {
  const { environmentId, playerId } = playerOf(ctx)
  return changing(ctx, async (tx, effects) => {
    const held = await holdParty(environmentId, tx, partyId)
    if (memberIn(held, playerId) !== undefined) throw new Problem('already_in_party')
    const now = ctx.now()
    const invitation = await invitationTo(environmentId, tx, { partyId, playerId, now })
    if (!held.party.is_open && invitation === undefined) throw notFound()
    await assertNoBlock(environmentId, tx, playerId, held)
    if (invitation !== undefined) await takeInvitation(environmentId, tx, invitation.id)
    await addMember(environmentId, tx, partyId, playerId)
    await touchParty(environmentId, tx, partyId, now)
    return resulting(ctx, environmentId, tx, partyId, effects)
  })
}

export async function leaveParty(ctx: Ctx, partyId: string): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  await changing(ctx, async (tx, effects) => {
    const held = await holdOwnParty(environmentId, tx, { partyId, playerId })
    await takeOut(ctx, environmentId, tx, { ...held, playerId, reason: 'left' }, effects)
  })
}

/** Throws somebody else out. For the leader. */
export async function kickFromParty(ctx: Ctx, partyId: string, targetId: string) {
  const { environmentId, playerId } = playerOf(ctx)
  return changing(ctx, async (tx, effects) => {
    const held = await holdOwnParty(environmentId, tx, { partyId, playerId })
    assertLeads(held, playerId)
    if (memberIn(held, targetId) === undefined) throw notFound()
    // Who wants out themselves leaves: then somebody else leads.
    if (targetId === playerId) throw new Problem('forbidden')
    await takeOut(
      ctx,
      environmentId,
      tx,
      { ...held, playerId: targetId, reason: 'kicked' },
      effects,
    )
  })
}

/** Hands over the lead. For the leader. */
export async function promoteLeader(ctx: Ctx, partyId: string, targetId: string) {
  const { environmentId, playerId } = playerOf(ctx)
  return changing(ctx, async (tx, effects) => {
    const held = await holdOwnParty(environmentId, tx, { partyId, playerId })
    assertLeads(held, playerId)
    if (memberIn(held, targetId) === undefined) throw notFound()
    await touchParty(environmentId, tx, partyId, ctx.now(), { leader_id: targetId })
    return resulting(ctx, environmentId, tx, partyId, effects)
  })
}
