import { refreshGraceSeconds, refreshTtlSeconds, type SessionState } from '@aethex/shared/auth'
import { type Db, statement } from '@aethex/shared/db'

const mostPerPlayer = 50

// The times of a session are the platform's clock, which tests move. Only a revocation is stamped by the database:
// every process asks by the database's clock what was revoked lately, and must miss nothing if its own is off.
const insert = statement<never>(
  'sessions.insert',
  `INSERT INTO player_session (environment_id, id, player_id, refresh_hash, method, device_name,
     second_factor_at, proved_at, created_at, last_seen_at, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $9, $8, $8,
     $8::timestamptz + make_interval(secs => ${refreshTtlSeconds}))`,
)
const lockPlayer = statement<{ id: string }>(
  'sessions.lock_player',
  'SELECT id FROM player WHERE environment_id = $1 AND id = $2 FOR NO KEY UPDATE',
)
const lock = statement<SessionState & { player_id: string; expires_at: Date }>(
  'sessions.lock',
  `SELECT player_id, refresh_hash, previous_hash, successor, expires_at,
     revoked_at IS NOT NULL AS revoked, expires_at <= $3 AS expired,
     coalesce(rotated_at > $3::timestamptz - make_interval(secs => ${refreshGraceSeconds}), false) AS in_grace
   FROM player_session WHERE environment_id = $1 AND id = $2 FOR UPDATE`,
)
const rotate = statement<never>(
  'sessions.rotate',
  `UPDATE player_session SET refresh_hash = $3, previous_hash = refresh_hash, successor = $4,
     rotated_at = $5, last_seen_at = $5
   WHERE environment_id = $1 AND id = $2`,
)
const revoke = statement<{ player_id: string }>(
  'sessions.revoke',
  `UPDATE player_session SET revoked_at = now(), revoked_reason = $3
   WHERE environment_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING player_id`,
)
const revokeOwn = statement<{ id: string }>(
  'sessions.revoke_own',
  `UPDATE player_session SET revoked_at = now(), revoked_reason = $4
   WHERE environment_id = $1 AND player_id = $2 AND id = $3 AND revoked_at IS NULL AND expires_at > $5
   RETURNING id`,
)
const revokeAll = statement<{ id: string }>(
  'sessions.revoke_all',
  `UPDATE player_session SET revoked_at = now(), revoked_reason = $4
   WHERE environment_id = $1 AND player_id = $2 AND revoked_at IS NULL AND id IS DISTINCT FROM $3
   RETURNING id`,
)
const revokeOldest = statement<{ id: string }>(
  'sessions.revoke_oldest',
  `UPDATE player_session SET revoked_at = now(), revoked_reason = 'too many sessions'
   WHERE environment_id = $1 AND id IN (
     SELECT id FROM player_session
     WHERE environment_id = $1 AND player_id = $2 AND revoked_at IS NULL AND expires_at > $3
     ORDER BY last_seen_at DESC, id DESC OFFSET ${mostPerPlayer})
   RETURNING id`,
)
const live = statement<{ id: string }>(
  'sessions.live',
  `SELECT id FROM player_session
   WHERE environment_id = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > $3`,
)
const columns = 'id, device_name, method, created_at, last_seen_at, expires_at'
const list = statement<SessionRow>(
  'sessions.list',
  `SELECT ${columns} FROM player_session
   WHERE environment_id = $1 AND player_id = $2 AND revoked_at IS NULL AND expires_at > $3
   ORDER BY last_seen_at DESC, id DESC`,
)
const rename = statement<SessionRow>(
  'sessions.rename',
  `UPDATE player_session SET device_name = $4
   WHERE environment_id = $1 AND player_id = $2 AND id = $3 AND revoked_at IS NULL AND expires_at > $5
   RETURNING ${columns}`,
)
const forget = statement<{ id: string }>(
  'sessions.forget',
  `WITH gone AS (
     DELETE FROM player_session WHERE environment_id = $1 AND player_id = $2 RETURNING id)
   INSERT INTO ended_session (id) SELECT id FROM gone ON CONFLICT DO NOTHING RETURNING id`,
)
const forgetEnded = statement<never>(
  'sessions.forget_ended',
  "DELETE FROM ended_session WHERE ended_at < now() - interval '1 day'",
)

export interface SessionRow {
  id: string
  device_name: string | null
  method: string
  created_at: Date
  last_seen_at: Date
  expires_at: Date
}

export interface NewSession {
  /** When the player has shown who they are; for most ways in that is now. */
  provedAt: Date
  id: string
  playerId: string
  refreshHash: Buffer
  method: string
  deviceName: string | null
  secondFactorAt: Date | null
  at: Date
}

/**
 * Holds the player's row until the transaction ends, so that sign-ins of one player take turns.
 * False when there is no such player any more.
 */
export const lockOwner = async (environmentId: string, tx: Db, playerId: string) =>
  (await tx.one(lockPlayer, [environmentId, playerId])) !== undefined

/** Adds a session; of more than fifty the ones that were longest away end: their ids. */
export async function addSession(
  environmentId: string,
  tx: Db,
  session: NewSession,
): Promise<string[]> {
  const { id, playerId, refreshHash, method, deviceName, secondFactorAt, at } = session
  const proof = [refreshHash, method, deviceName, secondFactorAt]
  await tx.one(insert, [environmentId, id, playerId, ...proof, at, session.provedAt])
  return (await tx.all(revokeOldest, [environmentId, playerId, at])).map(row => row.id)
}

/** Holds the session's row until the transaction ends, so that refreshes of one session take turns. */
export const lockSession = (environmentId: string, tx: Db, sessionId: string, now: Date) =>
  tx.one(lock, [environmentId, sessionId, now])

export const rotateSession = (
  environmentId: string,
  tx: Db,
  sessionId: string,
  next: { hash: Buffer; sealed: Buffer },
  now: Date,
) => tx.one(rotate, [environmentId, sessionId, next.hash, next.sealed, now])

/** The player whose session it was; undefined when it had ended before. */
export const endSession = async (
  environmentId: string,
  tx: Db,
  sessionId: string,
  reason: string,
) => (await tx.one(revoke, [environmentId, sessionId, reason]))?.player_id

/** False when the player has no such live session. */
export const endOwnSession = async (
  environmentId: string,
  tx: Db,
  { playerId, sessionId, reason }: { playerId: string; sessionId: string; reason: string },
  now: Date,
) => (await tx.one(revokeOwn, [environmentId, playerId, sessionId, reason, now])) !== undefined

/** The ids of the sessions that this ended. */
export const endSessions = async (
  environmentId: string,
  tx: Db,
  playerId: string,
  { reason, except = null }: { reason: string; except?: string | null },
) => (await tx.all(revokeAll, [environmentId, playerId, except, reason])).map(({ id }) => id)

export const sessionIsLive = async (environmentId: string, db: Db, sessionId: string, now: Date) =>
  (await db.one(live, [environmentId, sessionId, now])) !== undefined

/** The live sessions of a player, the latest seen first; there are never many. */
export const listSessions = (environmentId: string, db: Db, playerId: string, now: Date) =>
  db.all(list, [environmentId, playerId, now])

/** Undefined when the player has no such live session. */
export const renameSession = (
  environmentId: string,
  db: Db,
  session: { playerId: string; sessionId: string; deviceName: string },
  now: Date,
) => db.one(rename, [environmentId, session.playerId, session.sessionId, session.deviceName, now])

/** Deletes the sessions of a player; their tokens stay refused everywhere. How many there were. */
export const forgetSessions = async (environmentId: string, tx: Db, playerId: string) =>
  (await tx.all(forget, [environmentId, playerId])).length

/** Forgets which sessions of all tenants were deleted, once none of their access tokens can live. */
export const forgetEndedSessions = (db: Db) => db.all(forgetEnded, [])
