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
