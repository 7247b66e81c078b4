import { type Db, statement } from '@aethex/shared/db'

const copyMade = statement<{ id: string }>(
  'blocks.copy_made',
  `INSERT INTO player_block (environment_id, player_id, blocked_id, created_at)
   SELECT environment_id, $3, blocked_id, created_at FROM player_block
   WHERE environment_id = $1 AND player_id = $2 AND blocked_id <> $3
   ON CONFLICT DO NOTHING RETURNING blocked_id AS id`,
)
const copyGot = statement<{ id: string }>(
  'blocks.copy_got',
  `INSERT INTO player_block (environment_id, player_id, blocked_id, created_at)
   SELECT environment_id, player_id, $3, created_at FROM player_block
   WHERE environment_id = $1 AND blocked_id = $2 AND player_id <> $3
   ON CONFLICT DO NOTHING RETURNING player_id AS id`,
)
const dropCopies = statement<never>(
  'blocks.drop_copies',
  `DELETE FROM player_block WHERE environment_id = $1
     AND (player_id = $2 AND blocked_id = ANY($3::uuid[])
       OR blocked_id = $2 AND player_id = ANY($4::uuid[]))`,
)
const isBetween = `b.player_id = f.player_id AND b.blocked_id = f.friend_id
  OR b.player_id = f.friend_id AND b.blocked_id = f.player_id`
const endBlocked = statement<{ id: string }>(
  'friends.end_blocked',
  `DELETE FROM friendship f WHERE f.environment_id = $1 AND (f.player_id = $2 OR f.friend_id = $2)
     AND EXISTS (SELECT FROM player_block b WHERE b.environment_id = $1 AND (${isBetween}))
   RETURNING CASE WHEN f.player_id = $2 THEN f.friend_id ELSE f.player_id END AS id`,
)
const give = statement<{ player_id: string; friend_id: string }>(
  'friends.give',
  `INSERT INTO friendship (environment_id, player_id, friend_id, created_at)
   SELECT $1, f.player_id, f.friend_id, $4 FROM (
     SELECT $2::uuid AS player_id, id AS friend_id FROM unnest($3::uuid[]) AS id
     UNION ALL SELECT id, $2::uuid FROM unnest($3::uuid[]) AS id) AS f
   WHERE f.player_id <> f.friend_id
     AND 2 = (SELECT count(*) FROM player p
       WHERE p.environment_id = $1 AND p.id IN (f.player_id, f.friend_id))
     AND NOT EXISTS (SELECT FROM player_block b WHERE b.environment_id = $1 AND (${isBetween}))
   ON CONFLICT DO NOTHING RETURNING player_id, friend_id`,
)
const take = statement<never>(
  'friends.take',
  `DELETE FROM friendship WHERE environment_id = $1
     AND (player_id = $2 AND friend_id = ANY($3::uuid[])
       OR friend_id = $2 AND player_id = ANY($3::uuid[]))`,
)

const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id)

/** Whoever one account blocks, or is blocked by, the other does, too. Answers whom that adds. */
export async function copyBlocks(
  environmentId: string,
  tx: Db,
  { from, to }: { from: string; to: string },
) {
  const made = idsOf(await tx.all(copyMade, [environmentId, from, to]))
  const got = idsOf(await tx.all(copyGot, [environmentId, from, to]))
  return { made, got }
}

export const dropCopiedBlocks = (
  environmentId: string,
  tx: Db,
  playerId: string,
  { made, got }: { made: readonly string[]; got: readonly string[] },
) => tx.one(dropCopies, [environmentId, playerId, made, got])

/** Ends the friendships across which somebody is blocked. Answers with whom. */
export const endBlockedFriendships = async (environmentId: string, tx: Db, playerId: string) => [
  ...new Set(idsOf(await tx.all(endBlocked, [environmentId, playerId]))),
]

/** Makes a player the friend of all who are there and not blocked. Answers those who were none before. */
export async function giveFriends(
  environmentId: string,
  tx: Db,
  playerId: string,
  friends: readonly string[],
  at: Date,
) {
  const rows = await tx.all(give, [environmentId, playerId, friends, at])
  return rows.filter(row => row.player_id === playerId).map(row => row.friend_id)
}

export const takeFriends = (
  environmentId: string,
  tx: Db,
  playerId: string,
  friends: readonly string[],
) => tx.one(take, [environmentId, playerId, friends])
