import { type Db, statement } from '@aethex/shared/db'

export interface RequestRow {
  group_id: string
  player_id: string
  username: string
  kind: 'request' | 'invitation'
  invited_by: string | null
  message: string
  created_at: Date
  expires_at: Date
}

const columns =
  'r.group_id, r.player_id, p.username, r.kind::text AS kind, r.invited_by, r.message, r.created_at, r.expires_at'
const requests = `group_request r
  JOIN player p ON p.environment_id = r.environment_id AND p.id = r.player_id`

const find = statement<RequestRow>(
  'groups.find_request',
  `SELECT ${columns} FROM ${requests}
   WHERE r.environment_id = $1 AND r.group_id = $2 AND r.player_id = $3 AND r.expires_at > $4`,
)
const put = statement<never>(
  'groups.put_request',
  `INSERT INTO group_request (environment_id, group_id, player_id, kind, invited_by, message, created_at, expires_at)
   VALUES ($1, $2, $3, $4::group_request_kind, $5, $6, $7, $8)
   ON CONFLICT (environment_id, group_id, player_id) DO UPDATE SET kind = excluded.kind,
     invited_by = excluded.invited_by, message = excluded.message, created_at = excluded.created_at,
     expires_at = excluded.expires_at`,
)
const remove = statement<{ player_id: string }>(
  'groups.remove_request',
  `DELETE FROM group_request WHERE environment_id = $1 AND group_id = $2 AND player_id = $3
   RETURNING player_id`,
)
const ofGroup = statement<RequestRow>(
  'groups.requests_of_group',
  `SELECT ${columns} FROM ${requests}
   WHERE r.environment_id = $1 AND r.group_id = $2 AND r.expires_at > $3 AND r.player_id > $4::uuid
   ORDER BY r.player_id LIMIT $5`,
)
const ofPlayer = statement<RequestRow>(
  'groups.requests_of_player',
  `SELECT ${columns} FROM ${requests}
   WHERE r.environment_id = $1 AND r.player_id = $2 AND r.expires_at > $3
   ORDER BY r.created_at DESC, r.group_id LIMIT $4`,
)
const countOpen = statement<{ of_group: number; of_player: number }>(
  'groups.count_requests',
  `SELECT
     (SELECT count(*)::int FROM group_request WHERE environment_id = $1 AND group_id = $2) AS of_group,
     (SELECT count(*)::int FROM group_request WHERE environment_id = $1 AND player_id = $3
       AND kind = 'request') AS of_player`,
)
const expired = statement<{ player_id: string }>(
  'groups.expired_requests',
  `DELETE FROM group_request WHERE ctid IN (
     SELECT ctid FROM group_request WHERE expires_at < $1 LIMIT $2) RETURNING player_id`,
)

/** What is open between a player and a group; what has expired is not. */
export const findRequest = (
  environmentId: string,
  db: Db,
  groupId: string,
  playerId: string,
  now: Date,
) => db.one(find, [environmentId, groupId, playerId, now])

/** In the place of what was between the two before. */
export const putRequest = (
  environmentId: string,
  tx: Db,
  request: Omit<RequestRow, 'username'>,
) => {
  const { group_id, player_id, kind, invited_by, message, created_at, expires_at } = request
  const values = [environmentId, group_id, player_id, kind, invited_by, message]
  return tx.one(put, [...values, created_at, expires_at])
}

/** Of several at once, one is answered true. */
export const takeRequest = async (
  environmentId: string,
  tx: Db,
  groupId: string,
  playerId: string,
): Promise<boolean> => (await tx.one(remove, [environmentId, groupId, playerId])) !== undefined

export const listRequests = (
  environmentId: string,
  db: Db,
  groupId: string,
  { now, after, limit }: { now: Date; after: string; limit: number },
) => db.all(ofGroup, [environmentId, groupId, now, after, limit])

export const listRequestsOf = (
  environmentId: string,
  db: Db,
  playerId: string,
  { now, limit }: { now: Date; limit: number },
) => db.all(ofPlayer, [environmentId, playerId, now, limit])

export const countRequests = async (
  environmentId: string,
  tx: Db,
  groupId: string,
  playerId: string,
) => (await tx.one(countOpen, [environmentId, groupId, playerId])) ?? { of_group: 0, of_player: 0 }

/** Of all environments. Answers how many were removed. */
export const removeExpiredRequests = async (db: Db, now: Date, limit: number) =>
  (await db.all(expired, [now, limit])).length
