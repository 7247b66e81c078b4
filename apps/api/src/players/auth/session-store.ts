import { refreshGraceSeconds, refreshTtlSeconds, type SessionState } from '@aethex/shared/auth'
import { type Db, statement } from '@aethex/shared/db'

const insert = statement<never>(
  'sessions.insert',
  `INSERT INTO player_session
     (environment_id, id, player_id, refresh_hash, method, device_name, second_factor_at, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => ${refreshTtlSeconds}))`,
)
const lock = statement<SessionState & { player_id: string }>(
  'sessions.lock',
  `SELECT player_id, refresh_hash, previous_hash, successor,
     revoked_at IS NOT NULL AS revoked, expires_at <= now() AS expired,
     coalesce(rotated_at > now() - make_interval(secs => ${refreshGraceSeconds}), false) AS in_grace
   FROM player_session WHERE environment_id = $1 AND id = $2 FOR UPDATE`,
)
const rotate = statement<never>(
  'sessions.rotate',
  `UPDATE player_session SET refresh_hash = $3, previous_hash = refresh_hash, successor = $4, rotated_at = now()
   WHERE environment_id = $1 AND id = $2`,
)
const revoke = statement<{ player_id: string }>(
  'sessions.revoke',
  `UPDATE player_session SET revoked_at = now(), revoked_reason = $3
   WHERE environment_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING player_id`,
)
const live = statement<{ id: string }>(
  'sessions.live',
  `SELECT id FROM player_session
   WHERE environment_id = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > now()`,
)

export const addSession = (
  environmentId: string,
  db: Db,
  session: {
    id: string
    playerId: string
    refreshHash: Buffer
    method: string
    deviceName: string | null
    secondFactorAt: Date | null
  },
) => {
  const { id, playerId, refreshHash, method, deviceName, secondFactorAt } = session
  return db.one(insert, [
    environmentId,
    id,
    playerId,
    refreshHash,
    method,
    deviceName,
    secondFactorAt,
  ])
}

/** Holds the session's row until the transaction ends, so that refreshes of one session take turns. */
export const lockSession = (environmentId: string, tx: Db, sessionId: string) =>
  tx.one(lock, [environmentId, sessionId])

export const rotateSession = (
  environmentId: string,
  tx: Db,
  sessionId: string,
  next: { hash: Buffer; sealed: Buffer },
) => tx.one(rotate, [environmentId, sessionId, next.hash, next.sealed])

/** The player whose session it was; undefined when it had ended before. */
export const endSession = async (
  environmentId: string,
  tx: Db,
  sessionId: string,
  reason: string,
) => (await tx.one(revoke, [environmentId, sessionId, reason]))?.player_id

export const sessionIsLive = async (environmentId: string, db: Db, sessionId: string) =>
  (await db.one(live, [environmentId, sessionId])) !== undefined
