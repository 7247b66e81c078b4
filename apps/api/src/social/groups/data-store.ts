import { type Db, statement } from '@aethex/shared/db'

const of = (table: string) =>
  `FROM ${table} m JOIN player_group g ON g.environment_id = m.environment_id AND g.id = m.group_id
   WHERE m.environment_id = $1 AND m.player_id = $2`

const groupIds = statement<{ group_id: string }>(
  'groups.ids_of_player',
  'SELECT group_id FROM group_member WHERE environment_id = $1 AND player_id = $2',
)
const seats = statement<{ group: string; role: string; joined_at: Date }>(
  'groups.export_seats',
  `SELECT g.name AS group, CASE WHEN g.leader_id = m.player_id THEN 'leader' ELSE m.role::text END AS role,
     m.joined_at ${of('group_member')} ORDER BY m.joined_at`,
)
const requests = statement<{ group: string; kind: string; message: string; created_at: Date }>(
  'groups.export_requests',
  `SELECT g.name AS group, m.kind::text AS kind, m.message, m.created_at, m.expires_at
   ${of('group_request')} ORDER BY m.created_at`,
)
const bans = statement<{ group: string; reason: string; created_at: Date }>(
  'groups.export_bans',
  `SELECT g.name AS group, m.reason, m.created_at ${of('group_ban')} ORDER BY m.created_at`,
)
const forgetRequests = statement<{ player_id: string }>(
  'groups.forget_requests',
  `DELETE FROM group_request WHERE environment_id = $1 AND (player_id = $2 OR invited_by = $2)
   RETURNING player_id`,
)
const forgetBans = statement<{ player_id: string }>(
  'groups.forget_bans',
  'DELETE FROM group_ban WHERE environment_id = $1 AND player_id = $2 RETURNING player_id',
)
const forgetBanner = statement<never>(
  'groups.forget_banner',
  'UPDATE group_ban SET banned_by = NULL WHERE environment_id = $1 AND banned_by = $2',
)

const ownBans = statement<{
  group_id: string
  banned_by: string | null
  reason: string
  created_at: Date
}>(
  'groups.bans_of_player',
  `SELECT group_id, banned_by, reason, created_at FROM group_ban
   WHERE environment_id = $1 AND player_id = $2 ORDER BY group_id`,
)
const move = statement<never>(
  'groups.move_seat',
  `UPDATE group_member SET player_id = $4
   WHERE environment_id = $1 AND group_id = $2 AND player_id = $3`,
)

/** The groups that keep the player out. */
export const bansOf = (environmentId: string, db: Db, playerId: string) =>
  db.all(ownBans, [environmentId, playerId])

/** Only in a transaction that has locked the group; who leads it must be changed there, too. */
export const moveSeat = (
  environmentId: string,
  tx: Db,
  groupId: string,
  { from, to }: { from: string; to: string },
) => tx.one(move, [environmentId, groupId, from, to])

export const groupIdsOf = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(groupIds, [environmentId, playerId])).map(row => row.group_id)

/** What an export shows of the player's life in groups. */
export async function tracesOf(environmentId: string, db: Db, playerId: string) {
  const values = [environmentId, playerId]
  return {
    memberships: await db.all(seats, values),
    requests: await db.all(requests, values),
    bans: await db.all(bans, values),
  }
}

/** All that groups know of the player but their seats. Answers how much there was. */
export async function forgetTraces(environmentId: string, db: Db, playerId: string) {
  const values = [environmentId, playerId]
  await db.one(forgetBanner, values)
  return {
    group_request: (await db.all(forgetRequests, values)).length,
    group_ban: (await db.all(forgetBans, values)).length,
  }
}
