import { type Db, statement } from '@aethex/shared/db'

export interface InvitationRow {
  id: string
  party_id: string
  player_id: string
  username: string
  inviter_id: string
  inviter_name: string
  activity: { kind: string; name: string; starts_at: string | null } | null
  size: number
  max_size: number
  created_at: Date
  expires_at: Date
}

const invitations = `SELECT i.id, i.party_id, i.player_id, p.username, i.inviter_id, v.username AS inviter_name,
    i.activity, y.member_count AS size, y.max_size, i.created_at, i.expires_at
  FROM party_invitation i
  JOIN party y ON y.environment_id = i.environment_id AND y.id = i.party_id
  JOIN player p ON p.environment_id = i.environment_id AND p.id = i.player_id
  JOIN player v ON v.environment_id = i.environment_id AND v.id = i.inviter_id
  WHERE i.environment_id = $1 AND i.expires_at > $2`

const find = statement<InvitationRow>('parties.invitation', `${invitations} AND i.id = $3`)
const between = statement<InvitationRow>(
  'parties.invitation_between',
  `${invitations} AND i.party_id = $3 AND i.player_id = $4`,
)
const ofParty = statement<InvitationRow>(
  'parties.invitations_of_party',
  `${invitations} AND i.party_id = $3 ORDER BY i.created_at, i.id`,
)
const ofPlayer = statement<InvitationRow>(
  'parties.invitations_of_player',
  `${invitations} AND i.player_id = $3 ORDER BY i.created_at DESC, i.id LIMIT $4`,
)
const put = statement<never>(
  'parties.put_invitation',
  `INSERT INTO party_invitation
     (environment_id, id, party_id, player_id, inviter_id, activity, created_at, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
   ON CONFLICT (environment_id, party_id, player_id) DO UPDATE SET id = excluded.id,
     inviter_id = excluded.inviter_id, activity = excluded.activity, created_at = excluded.created_at,
     expires_at = excluded.expires_at`,
)
const take = statement<{ id: string }>(
  'parties.take_invitation',
  'DELETE FROM party_invitation WHERE environment_id = $1 AND id = $2 RETURNING id',
)
const expired = statement<{ id: string }>(
  'parties.expired_invitations',
  `DELETE FROM party_invitation WHERE ctid IN (
     SELECT ctid FROM party_invitation WHERE expires_at < $1 LIMIT $2) RETURNING id`,
)

/** What has expired is not found. */
export const findInvitation = (environmentId: string, db: Db, invitationId: string, now: Date) =>
  db.one(find, [environmentId, now, invitationId])

export const invitationTo = (
  environmentId: string,
  db: Db,
  { partyId, playerId, now }: { partyId: string; playerId: string; now: Date },
) => db.one(between, [environmentId, now, partyId, playerId])

export const invitationsOfParty = (environmentId: string, db: Db, partyId: string, now: Date) =>
  db.all(ofParty, [environmentId, now, partyId])

/** Newest first. */
export const invitationsOfPlayer = (
  environmentId: string,
  db: Db,
  { playerId, now, limit }: { playerId: string; now: Date; limit: number },
) => db.all(ofPlayer, [environmentId, now, playerId, limit])

/** In the place of one that the player has from this party already. */
export const putInvitation = (
  environmentId: string,
  tx: Db,
  {
    id,
    party_id,
    player_id,
    inviter_id,
    activity,
    created_at,
    expires_at,
  }: Omit<InvitationRow, 'username' | 'inviter_name' | 'size' | 'max_size'>,
) =>
  tx.one(put, [
    environmentId,
    id,
    party_id,
    player_id,
    inviter_id,
    activity === null ? null : JSON.stringify(activity),
    created_at,
    expires_at,
  ])

/** Of several at once, one is answered true. */
export const takeInvitation = async (environmentId: string, tx: Db, invitationId: string) =>
  (await tx.one(take, [environmentId, invitationId])) !== undefined

/** Of all environments. Answers how many were removed. */
export const removeExpiredInvitations = async (db: Db, now: Date, limit: number) =>
  (await db.all(expired, [now, limit])).length
