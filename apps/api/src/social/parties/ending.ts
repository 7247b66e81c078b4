import type { Db } from '@aethex/shared/db'
import type { Ctx } from '../../gateway/context.js'
import { invitationsOfParty } from './invitation-store.js'
import { findPartyId, removeMember } from './member-store.js'
import { type HeldParty, holdParty } from './standing.js'
import { removeParty, touchParty } from './store.js'
import { type Effects, resulting } from './telling.js'
import { seatOf } from './view.js'

/** Ends a party that is held, for all who are in it or are asked to be. */
export async function endParty(
  environmentId: string,
  tx: Db,
  { party, members }: HeldParty,
  { now, reason }: { now: Date; reason: 'left' | 'ended' },
  effects: Effects,
): Promise<void> {
  for (const { id, player_id } of await invitationsOfParty(environmentId, tx, party.id, now)) {
    effects.uninvited.push({ player_id, invitation_id: id })
  }
  for (const member of members) {
    effects.left.push({ seat: seatOf(member), party_id: party.id, reason })
  }
  await removeParty(environmentId, tx, party.id)
}

/**
 * Takes a player out of a party that is held, which is never left without a leader: the longest-serving member takes
 * over, and with the last one the party ends.
 */
export async function takeOut(
  ctx: Pick<Ctx, 'now'>,
  environmentId: string,
  tx: Db,
  { party, members, playerId, reason }: HeldParty & { playerId: string; reason: 'left' | 'kicked' },
  effects: Effects,
): Promise<void> {
  const own = members.find(member => member.player_id === playerId)
  if (own === undefined) return
  const others = members.filter(member => member !== own)
  const [heir] = others
  const now = ctx.now()
  if (heir === undefined) {
    await endParty(environmentId, tx, { party, members }, { now, reason: 'left' }, effects)
    return
  }
  await removeMember(environmentId, tx, party.id, playerId)
  const leader_id = party.leader_id === playerId ? heir.player_id : undefined
  await touchParty(environmentId, tx, party.id, now, { leader_id })
  effects.left.push({ seat: seatOf(own), party_id: party.id, reason })
  await resulting(ctx, environmentId, tx, party.id, effects)
}

/** Takes the player out of the party that they are in, whichever it is. */
export async function leaveAny(
  ctx: Pick<Ctx, 'now'>,
  environmentId: string,
  tx: Db,
  playerId: string,
  effects: Effects,
): Promise<boolean> {
  const partyId = await findPartyId(environmentId, tx, playerId)
  if (partyId === undefined) return false
  const held = await holdParty(environmentId, tx, partyId)
  await takeOut(ctx, environmentId, tx, { ...held, playerId, reason: 'left' }, effects)
  return true
}
