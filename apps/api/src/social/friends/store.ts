import { type Db, statement } from '@aethex/shared/db'

/** Somebody on one of a player's lists, and since when. */
export interface ListedRow {
  user_id: string
  username: string
  avatar_url: string | null
  at: Date
}

/** After which row of a list, newest first, the next page begins. */
export interface Position {
  at: Date
  userId: string
}

// Whoever changes what is between two players has both rows, always in the same order: whatever else is asked of the
// same two waits. Foreign keys to them, which everything that is written about a player has, do not.
const holdBoth = statement<{ id: string; closed: boolean }>(
  'friends.hold_both',
  `SELECT id, closed_reason IS NOT NULL AS closed FROM player
   WHERE environment_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
)
const idByUsername = statement<{ id: string }>(
  'friends.id_by_username',
  'SELECT id FROM player WHERE environment_id = $1 AND username_key = $2',
)
const friendIds = statement<{ friend_id: string }>(
  'friends.ids',
  'SELECT friend_id FROM friendship WHERE environment_id = $1 AND player_id = $2',
)
const friendsAmong = statement<{ friend_id: string }>(
  'friends.among',
  `SELECT friend_id FROM friendship
   WHERE environment_id = $1 AND player_id = $2 AND friend_id = ANY($3::uuid[])`,
)
const count = statement<{ count: number }>(
  'friends.count',
  'SELECT count(*)::int AS count FROM friendship WHERE environment_id = $1 AND player_id = $2',
)
const befriend = statement<{ player_id: string }>(
  'friends.add',
  `INSERT INTO friendship (environment_id, player_id, friend_id, created_at)
   VALUES ($1, $2, $3, $4), ($1, $3, $2, $4) ON CONFLICT DO NOTHING RETURNING player_id`,
)
const part = statement<{ player_id: string }>(
  'friends.remove',
  `DELETE FROM friendship WHERE environment_id = $1
     AND (player_id, friend_id) IN (($2::uuid, $3::uuid), ($3::uuid, $2::uuid)) RETURNING player_id`,
)
const list = statement<ListedRow>(
  'friends.list',
  `SELECT f.friend_id AS user_id, p.username, p.avatar_url, f.created_at AS at
   FROM friendship f JOIN player p ON p.environment_id = f.environment_id AND p.id = f.friend_id
   WHERE f.environment_id = $1 AND f.player_id = $2
     AND ($3::timestamptz IS NULL OR (f.created_at, f.friend_id) < ($3, $4::uuid))
   ORDER BY f.created_at DESC, f.friend_id DESC LIMIT $5`,
)
const removeAll = statement<{ player_id: string; friend_id: string }>(
  'friends.remove_all',
  `DELETE FROM friendship WHERE environment_id = $1 AND (player_id = $2 OR friend_id = $2)
   RETURNING player_id, friend_id`,
)

/** Has both players until the transaction ends. Answers those who are there, closed accounts left out. */
export async function holdPair(
  environmentId: string,
  tx: Db,
  one: string,
  other: string,
): Promise<Set<string>> {
  const rows = await tx.all(holdBoth, [environmentId, [one, other]])
  return new Set(rows.filter(row => !row.closed).map(row => row.id))
}

/** By the username as it is compared. */
export const findIdByUsername = async (environmentId: string, db: Db, key: string) =>
  (await db.one(idByUsername, [environmentId, key]))?.id

export const listFriendIds = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(friendIds, [environmentId, playerId])).map(row => row.friend_id)

/** Those of the others who are the player's friends. */
export const findFriendsAmong = async (
  environmentId: string,
  db: Db,
  playerId: string,
  others: readonly string[],
) => (await db.all(friendsAmong, [environmentId, playerId, others])).map(row => row.friend_id)

export const countFriends = async (environmentId: string, db: Db, playerId: string) =>
  (await db.one(count, [environmentId, playerId]))?.count ?? 0

/** False when they are friends already. */
export const addFriendship = async (
  environmentId: string,
  tx: Db,
  one: string,
  other: string,
  at: Date,
) => (await tx.all(befriend, [environmentId, one, other, at])).length > 0

/** False when they are no friends. */
export const removeFriendship = async (environmentId: string, tx: Db, one: string, other: string) =>
  (await tx.all(part, [environmentId, one, other])).length > 0

export const listFriendships = (
  environmentId: string,
  db: Db,
  playerId: string,
  after: Position | undefined,
  limit: number,
) => db.all(list, [environmentId, playerId, after?.at ?? null, after?.userId ?? null, limit])

/** Answers whose friend the player was, and how many rows that were. */
export async function removeFriendships(environmentId: string, db: Db, playerId: string) {
  const rows = await db.all(removeAll, [environmentId, playerId])
  const friends = rows.filter(row => row.player_id === playerId).map(row => row.friend_id)
  return { friends, count: rows.length }
}
