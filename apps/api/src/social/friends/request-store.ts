import { type Db, statement } from '@aethex/shared/db'
import type { ListedRow, Position } from './store.js'

/** `unheard`: only its sender sees it. `withdrawn`: nobody does; it keeps the next one from being heard. */
export type RequestState = 'open' | 'unheard' | 'withdrawn'

// One that has run out is as good as none, until the sweep comes by.
const find = statement<{ state: RequestState }>(
  'friend_requests.find',
  `SELECT state FROM friend_request
   WHERE environment_id = $1 AND from_id = $2 AND to_id = $3 AND expires_at > $4`,
)
const put = statement<never>(
  'friend_requests.put',
  `INSERT INTO friend_request (environment_id, from_id, to_id, state, created_at, expires_at)
   VALUES ($1, $2, $3, $4::friend_request_state, $5, $6)
   ON CONFLICT (environment_id, from_id, to_id) DO UPDATE
     SET state = excluded.state, created_at = excluded.created_at, expires_at = excluded.expires_at`,
)
const turn = statement<{ from_id: string }>(
  'friend_requests.turn',
  `UPDATE friend_request SET state = $5::friend_request_state, expires_at = $6
   WHERE environment_id = $1 AND from_id = $2 AND to_id = $3 AND state = $4::friend_request_state
   RETURNING from_id`,
)
const remove = statement<{ state: RequestState }>(
  'friend_requests.remove',
  `DELETE FROM friend_request WHERE environment_id = $1 AND from_id = $2 AND to_id = $3
     AND state = ANY($4::friend_request_state[]) RETURNING state`,
)
const removeBetween = statement<never>(
  'friend_requests.remove_between',
  `DELETE FROM friend_request WHERE environment_id = $1
     AND (from_id, to_id) IN (($2::uuid, $3::uuid), ($3::uuid, $2::uuid))`,
)
const countMade = statement<{ count: number }>(
  'friend_requests.count_made',
  `SELECT count(*)::int AS count FROM friend_request
   WHERE environment_id = $1 AND from_id = $2 AND state <> 'withdrawn' AND expires_at > $3`,
)
const countGot = statement<{ count: number }>(
  'friend_requests.count_got',
  `SELECT count(*)::int AS count FROM friend_request
   WHERE environment_id = $1 AND to_id = $2 AND state = 'open' AND expires_at > $3`,
)
const listMade = statement<ListedRow>(
  'friend_requests.list_made',
  `SELECT r.to_id AS user_id, p.username, p.avatar_url, r.created_at AS at
   FROM friend_request r JOIN player p ON p.environment_id = r.environment_id AND p.id = r.to_id
   WHERE r.environment_id = $1 AND r.from_id = $2 AND r.state <> 'withdrawn' AND r.expires_at > $6
     AND ($3::timestamptz IS NULL OR (r.created_at, r.to_id) < ($3, $4::uuid))
   ORDER BY r.created_at DESC, r.to_id DESC LIMIT $5`,
)
const listGot = statement<ListedRow>(
  'friend_requests.list_got',
  `SELECT r.from_id AS user_id, p.username, p.avatar_url, r.created_at AS at
   FROM friend_request r JOIN player p ON p.environment_id = r.environment_id AND p.id = r.from_id
   WHERE r.environment_id = $1 AND r.to_id = $2 AND r.state = 'open' AND r.expires_at > $6
     AND ($3::timestamptz IS NULL OR (r.created_at, r.from_id) < ($3, $4::uuid))
   ORDER BY r.created_at DESC, r.from_id DESC LIMIT $5`,
)
const removeAll = statement<{ from_id: string }>(
  'friend_requests.remove_all',
  `DELETE FROM friend_request WHERE environment_id = $1 AND (from_id = $2 OR to_id = $2)
   RETURNING from_id`,
)
const sweep = statement<{ from_id: string }>(
  'friend_requests.sweep',
  `DELETE FROM friend_request WHERE (environment_id, from_id, to_id) IN (
     SELECT environment_id, from_id, to_id FROM friend_request WHERE expires_at <= $1 LIMIT 1000)
   RETURNING from_id`,
)

/** From whom to whom. */
export interface Way {
  from: string
  to: string
}

export const findRequest = async (environmentId: string, db: Db, { from, to }: Way, now: Date) =>
  (await db.one(find, [environmentId, from, to, now]))?.state

/** Writes a request, in the place of an older one. */
export const putRequest = (
  environmentId: string,
  tx: Db,
  { from, to }: Way,
  request: { state: RequestState; now: Date; expiresAt: Date },
) => tx.one(put, [environmentId, from, to, request.state, request.now, request.expiresAt])

/** False when it is in another state. */
export const turnRequest = async (
  environmentId: string,
  tx: Db,
  { from, to }: Way,
  change: { from: RequestState; to: RequestState; expiresAt: Date },
) => {
  const values = [environmentId, from, to, change.from, change.to, change.expiresAt]
  return (await tx.one(turn, values)) !== undefined
}

export const removeRequest = (
  environmentId: string,
  tx: Db,
  { from, to }: Way,
  states: readonly RequestState[],
) => tx.one(remove, [environmentId, from, to, states])

/** Either way and in any state. */
export const removeRequestsBetween = (environmentId: string, tx: Db, one: string, other: string) =>
  tx.one(removeBetween, [environmentId, one, other])

export const countRequestsMade = async (environmentId: string, db: Db, by: string, now: Date) =>
  (await db.one(countMade, [environmentId, by, now]))?.count ?? 0

export const countRequestsGot = async (environmentId: string, db: Db, by: string, now: Date) =>
  (await db.one(countGot, [environmentId, by, now]))?.count ?? 0

interface PageOf {
  after: Position | undefined
  limit: number
  now: Date
}

/** What the player has asked of others, unheard or not. */
export const listRequestsMade = (
  environmentId: string,
  db: Db,
  playerId: string,
  { after, limit, now }: PageOf,
) =>
  db.all(listMade, [environmentId, playerId, after?.at ?? null, after?.userId ?? null, limit, now])

/** What others have asked of the player, and the player is to know of. */
export const listRequestsGot = (
  environmentId: string,
  db: Db,
  playerId: string,
  { after, limit, now }: PageOf,
) =>
  db.all(listGot, [environmentId, playerId, after?.at ?? null, after?.userId ?? null, limit, now])

/** How many there were, either way. */
export const removeRequests = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(removeAll, [environmentId, playerId])).length

/** Removes some that have run out, of all tenants; false when there were none. */
export const sweepRequests = async (db: Db, now: Date) => (await db.all(sweep, [now])).length > 0
