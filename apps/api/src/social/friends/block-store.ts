import { type Db, statement } from '@aethex/shared/db'
import type { ListedRow, Position } from './store.js'

const between = statement<{ blocked: boolean }>(
  'blocks.between',
  `SELECT EXISTS (SELECT FROM player_block WHERE environment_id = $1
     AND (player_id, blocked_id) IN (($2::uuid, $3::uuid), ($3::uuid, $2::uuid))) AS blocked`,
)
const find = statement<{ player_id: string }>(
  'blocks.find',
  `SELECT player_id FROM player_block
   WHERE environment_id = $1 AND player_id = $2 AND blocked_id = $3`,
)
const around = statement<{ id: string }>(
  'blocks.around',
  `SELECT blocked_id AS id FROM player_block WHERE environment_id = $1 AND player_id = $2
   UNION SELECT player_id FROM player_block WHERE environment_id = $1 AND blocked_id = $2`,
)
const count = statement<{ count: number }>(
  'blocks.count',
  'SELECT count(*)::int AS count FROM player_block WHERE environment_id = $1 AND player_id = $2',
)
const insert = statement<{ player_id: string }>(
  'blocks.add',
  `INSERT INTO player_block (environment_id, player_id, blocked_id, created_at)
   VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING player_id`,
)
const remove = statement<{ player_id: string }>(
  'blocks.remove',
  `DELETE FROM player_block WHERE environment_id = $1 AND player_id = $2 AND blocked_id = $3
   RETURNING player_id`,
)
const list = statement<ListedRow>(
  'blocks.list',
  `SELECT b.blocked_id AS user_id, p.username, p.avatar_url, b.created_at AS at
   FROM player_block b JOIN player p ON p.environment_id = b.environment_id AND p.id = b.blocked_id
   WHERE b.environment_id = $1 AND b.player_id = $2
     AND ($3::timestamptz IS NULL OR (b.created_at, b.blocked_id) < ($3, $4::uuid))
   ORDER BY b.created_at DESC, b.blocked_id DESC LIMIT $5`,
)
const removeAll = statement<{ player_id: string; blocked_id: string }>(
  'blocks.remove_all',
  `DELETE FROM player_block WHERE environment_id = $1 AND (player_id = $2 OR blocked_id = $2)
   RETURNING player_id, blocked_id`,
)

/** Whether either blocks the other. */
export const isAnyBlocked = async (environmentId: string, db: Db, one: string, other: string) =>
  (await db.one(between, [environmentId, one, other]))?.blocked === true

export const isBlocking = async (environmentId: string, db: Db, by: string, whom: string) =>
  (await db.one(find, [environmentId, by, whom])) !== undefined

/** Everybody whom the player blocks, or who blocks the player. */
export const listBlocksAround = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(around, [environmentId, playerId])).map(row => row.id)

export const countBlocks = async (environmentId: string, db: Db, playerId: string) =>
  (await db.one(count, [environmentId, playerId]))?.count ?? 0

/** False when that block is there already. */
export const addBlock = async (environmentId: string, tx: Db, by: string, whom: string, at: Date) =>
  (await tx.one(insert, [environmentId, by, whom, at])) !== undefined

/** False when there was none. */
export const removeBlock = async (environmentId: string, tx: Db, by: string, whom: string) =>
  (await tx.one(remove, [environmentId, by, whom])) !== undefined

export const listBlocks = (
  environmentId: string,
  db: Db,
  playerId: string,
  after: Position | undefined,
  limit: number,
) => db.all(list, [environmentId, playerId, after?.at ?? null, after?.userId ?? null, limit])

/** Answers who was on the other side of a block, and how many there were. */
export async function removeBlocks(environmentId: string, db: Db, playerId: string) {
  const rows = await db.all(removeAll, [environmentId, playerId])
  const others = rows.map(row => (row.player_id === playerId ? row.blocked_id : row.player_id))
  return { others, count: rows.length }
}
