import { type Db, statement } from '@aethex/shared/db'

export interface BanRow {
  player_id: string
  username: string
  banned_by: string | null
  reason: string
  created_at: Date
}

const put = statement<never>(
  'groups.put_ban',
  `INSERT INTO group_ban (environment_id, group_id, player_id, banned_by, reason, created_at)
   VALUES ($1, $2, $3, $4, $5, $6)
   ON CONFLICT (environment_id, group_id, player_id) DO UPDATE SET banned_by = excluded.banned_by,
     reason = excluded.reason, created_at = excluded.created_at`,
)
const find = statement<{ player_id: string }>(
  'groups.find_ban',
  'SELECT player_id FROM group_ban WHERE environment_id = $1 AND group_id = $2 AND player_id = $3',
)
const remove = statement<{ player_id: string }>(
  'groups.remove_ban',
  `DELETE FROM group_ban WHERE environment_id = $1 AND group_id = $2 AND player_id = $3
   RETURNING player_id`,
)
const list = statement<BanRow>(
  'groups.bans',
  `SELECT b.player_id, p.username, b.banned_by, b.reason, b.created_at FROM group_ban b
   JOIN player p ON p.environment_id = b.environment_id AND p.id = b.player_id
   WHERE b.environment_id = $1 AND b.group_id = $2 AND b.player_id > $3::uuid
   ORDER BY b.player_id LIMIT $4`,
)

export const putBan = (
  environmentId: string,
  tx: Db,
  groupId: string,
  { player_id, banned_by, reason, created_at }: Omit<BanRow, 'username'>,
) => tx.one(put, [environmentId, groupId, player_id, banned_by, reason, created_at])

export const isBanned = async (environmentId: string, db: Db, groupId: string, playerId: string) =>
  (await db.one(find, [environmentId, groupId, playerId])) !== undefined

/** False when there was none. */
export const removeBan = async (environmentId: string, tx: Db, groupId: string, playerId: string) =>
  (await tx.one(remove, [environmentId, groupId, playerId])) !== undefined

export const listBans = (
  environmentId: string,
  db: Db,
  groupId: string,
  after: string,
  limit: number,
) => db.all(list, [environmentId, groupId, after, limit])
