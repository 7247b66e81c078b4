import type { Db } from '@aethex/shared/db'
import type { PartyInvitationShape, PartySeat, PartyShape } from '@aethex/shared/parties'
import { type InvitationRow, invitationsOfParty } from './invitation-store.js'
import { listMembers, type PartyMemberRow } from './member-store.js'
import { findParty } from './store.js'

export interface WholeParty {
  party: PartyShape
  seats: PartySeat[]
}

export const seatOf = ({ player_id, joined_us }: PartyMemberRow): PartySeat => ({
  player_id,
  joined_us,
})

export const toInvitation = (row: InvitationRow): PartyInvitationShape => ({
  invitation_id: row.id,
  party_id: row.party_id,
  inviter: { player_id: row.inviter_id, username: row.inviter_name },
  activity: row.activity,
  size: row.size,
  max_size: row.max_size,
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
})

/** The party with everybody in it; undefined when there is none. */
export async function wholeParty(
  environmentId: string,
  db: Db,
  partyId: string,
  now: Date,
): Promise<WholeParty | undefined> {
  const row = await findParty(environmentId, db, partyId)
  if (row === undefined) return undefined
  const members = await listMembers(environmentId, db, partyId)
  const invitations = await invitationsOfParty(environmentId, db, partyId, now)
  const { leader_id, is_open, max_size, data, version } = row
  return {
    party: {
      party_id: row.id,
      leader_id,
      is_open,
      max_size,
      data,
      version,
      created_at: row.created_at.toISOString(),
      members: members.map(({ player_id, username, ready, joined_at }) => ({
        player_id,
        username,
        ready,
        joined_at: joined_at.toISOString(),
      })),
      invitations: invitations.map(({ id, player_id, username, inviter_id, expires_at }) => ({
        invitation_id: id,
        player_id,
        username,
        inviter_id,
        expires_at: expires_at.toISOString(),
      })),
    },
    seats: members.map(seatOf),
  }
}
