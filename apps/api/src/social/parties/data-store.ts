import { type Db, statement } from '@aethex/shared/db'

const seat = statement<{ party_id: string; leads: boolean; ready: boolean; joined_at: Date }>(
  'parties.export_seat',
  `SELECT m.party_id, y.leader_id = m.player_id AS leads, m.ready, m.joined_at, y.data FROM party_member m
   JOIN party y ON y.environment_id = m.environment_id AND y.id = m.party_id
   WHERE m.environment_id = $1 AND m.player_id = $2`,
)
const invitations = statement<{ party_id: string; created_at: Date; expires_at: Date }>(
  'parties.export_invitations',
  `SELECT party_id, player_id = $2 AS received, activity, created_at, expires_at FROM party_invitation
   WHERE environment_id = $1 AND (player_id = $2 OR inviter_id = $2) ORDER BY created_at`,
)
const forget = statement<{ id: string }>(
  'parties.forget_invitations',
  `DELETE FROM party_invitation WHERE environment_id = $1 AND (player_id = $2 OR inviter_id = $2)
   RETURNING id`,
)

/** What an export shows of the player's party and invitations. */
export async function tracesOf(environmentId: string, db: Db, playerId: string) {
  const values = [environmentId, playerId]
  return {
    party: await db.one(seat, values),
    invitations: await db.all(invitations, values),
  }
}

/** Invitations to and from the player. Answers how many there were. */
export const forgetInvitations = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(forget, [environmentId, playerId])).length
