import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { usernamesOf } from '../../players/profiles/service.js'
import { readSetting } from '../../studio/settings/service.js'
import { assertMayMeet, friendIdsOf, mayMeet } from '../friends/service.js'
import { admitWords } from '../speech/service.js'
import { assertNoBlock } from './blocks.js'
import {
  findInvitation,
  type InvitationRow,
  invitationsOfParty,
  invitationsOfPlayer,
  invitationTo,
  putInvitation,
  takeInvitation,
} from './invitation-store.js'
import { addMember } from './member-store.js'
import type { NewPartyInvitation } from './schema.js'
import { partyLimits } from './settings.js'
import { holdOwnParty, holdParty, memberIn } from './standing.js'
import { touchParty } from './store.js'
import { changing, resulting } from './telling.js'
import { toInvitation } from './view.js'

/** Of one player; more is no calling together. */
const inviting = { name: 'party-invitations-sent', quota: 60, windowSeconds: 600 }
const mostOpen = 50
const mostShown = 100

/** Whether the player may be asked by this one at all. Throws `not_found`, `forbidden`. */
async function assertMayInvite(environmentId: string, db: Db, from: string, to: string) {
  if (!(await usernamesOf(environmentId, db, [to])).has(to)) throw notFound()
  const { invites } = await readSetting(environmentId, db, partyLimits)
  if (invites === 'anyone') return
  if (!(await friendIdsOf(environmentId, db, from)).includes(to)) {
    throw new Problem('forbidden', { detail: 'Here players invite their friends alone.' })
  }
}

type Activity = z.output<typeof NewPartyInvitation>['activity']

/** What an activity is called is words to whoever reads it: who may not chat writes none, and reads its kind. */
async function tellable(ctx: Ctx, activity: Activity, to: string): Promise<Activity> {
  if (activity === null) return null
  await assertMayMeet(ctx)
  const { environmentId, playerId } = playerOf(ctx)
  const name = await admitWords(ctx, environmentId, playerId, activity.name)
  return { ...activity, name: (await mayMeet(ctx, environmentId, to)) ? name : activity.kind }
}

/**
 * Invites a player, for an activity such as a raid where one is given. Every member may; who has been invited already is
 * reminded. Who blocks one of the members, or is blocked, is not to be found.
 */
export async function inviteToParty(
  ctx: Ctx,
  partyId: string,
  { player_id, activity: wished }: z.output<typeof NewPartyInvitation>,
) {
  const { environmentId, playerId } = playerOf(ctx)
  await ctx.limits.take(inviting, `${environmentId} ${playerId}`)
  const activity = await tellable(ctx, wished, player_id)
  return changing(ctx, async (tx, effects) => {
    const held = await holdOwnParty(environmentId, tx, { partyId, playerId })
    await assertMayInvite(environmentId, tx, playerId, player_id)
    await assertNoBlock(environmentId, tx, player_id, held)
    if (memberIn(held, player_id) !== undefined) throw new Problem('already_in_party')
    if (held.party.member_count >= held.party.max_size) throw new Problem('party_full')
    const now = ctx.now()
    const open = await invitationsOfParty(environmentId, tx, partyId, now)
    const isReminder = open.some(invitation => invitation.player_id === player_id)
    if (!isReminder && open.length >= mostOpen) {
      throw new Problem('limit_reached', { extensions: { allowed: mostOpen } })
    }
    const { invitation_seconds } = await readSetting(environmentId, tx, partyLimits)
    const expires_at = new Date(now.getTime() + invitation_seconds * 1_000)
    const fresh = { id: uuidv7(), party_id: partyId, player_id, inviter_id: playerId, activity }
    await putInvitation(environmentId, tx, { ...fresh, created_at: now, expires_at })
    await touchParty(environmentId, tx, partyId, now)
    const row = await invitationTo(environmentId, tx, { partyId, playerId: player_id, now })
    if (row === undefined) throw new Error('the invitation was not inserted')
    const invitation = toInvitation(row)
    effects.invited.push({ player_id, invitation })
    await resulting(ctx, environmentId, tx, partyId, effects)
    return { invitation }
  })
}

/** What the player is invited to, newest first. */
export async function listInvitations(ctx: Ctx) {
  const { environmentId, playerId } = playerOf(ctx)
  const wish = { playerId, now: ctx.now(), limit: mostShown }
  const rows = await invitationsOfPlayer(environmentId, ctx.db, wish)
  return { items: rows.map(toInvitation) }
}

/** Throws `not_found` for an invitation that is over, or somebody else's. */
async function ownInvitation(ctx: Ctx, tx: Db, invitationId: string): Promise<InvitationRow> {
  const { environmentId, playerId } = playerOf(ctx)
  const invitation = await findInvitation(environmentId, tx, invitationId, ctx.now())
  if (invitation?.player_id !== playerId) throw notFound()
  return invitation
}

/** Enters the party. Once: of several at a time one succeeds. Throws `not_found`, `party_full`, `already_in_party`. */
export async function acceptInvitation(ctx: Ctx, invitationId: string) {
  const { environmentId, playerId } = playerOf(ctx)
  return changing(ctx, async (tx, effects) => {
    const { party_id } = await ownInvitation(ctx, tx, invitationId)
    const held = await holdParty(environmentId, tx, party_id)
    if (!(await takeInvitation(environmentId, tx, invitationId))) throw notFound()
    await assertNoBlock(environmentId, tx, playerId, held)
    await addMember(environmentId, tx, party_id, playerId)
    await touchParty(environmentId, tx, party_id, ctx.now())
    return resulting(ctx, environmentId, tx, party_id, effects)
  })
}

/** Says no, which the party sees by the invitation being gone. */
export async function declineInvitation(ctx: Ctx, invitationId: string): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  await changing(ctx, async (tx, effects) => {
    const { party_id } = await ownInvitation(ctx, tx, invitationId)
    await holdParty(environmentId, tx, party_id)
    if (!(await takeInvitation(environmentId, tx, invitationId))) throw notFound()
    await touchParty(environmentId, tx, party_id, ctx.now())
    effects.uninvited.push({ player_id: playerId, invitation_id: invitationId })
    await resulting(ctx, environmentId, tx, party_id, effects)
  })
}

/** Takes an invitation back. For the leader and for who has invited. */
export async function cancelInvitation(
  ctx: Ctx,
  partyId: string,
  invitationId: string,
): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  await changing(ctx, async (tx, effects) => {
    const held = await holdOwnParty(environmentId, tx, { partyId, playerId })
    const invitation = await findInvitation(environmentId, tx, invitationId, ctx.now())
    if (invitation?.party_id !== partyId) throw notFound()
    if (playerId !== held.party.leader_id && playerId !== invitation.inviter_id) {
      throw new Problem('forbidden')
    }
    await takeInvitation(environmentId, tx, invitationId)
    await touchParty(environmentId, tx, partyId, ctx.now())
    const { player_id } = invitation
    effects.uninvited.push({ player_id, invitation_id: invitationId })
    await resulting(ctx, environmentId, tx, partyId, effects)
  })
}
