import { type Db, statement } from '@aethex/shared/db'

/** What a session has proven, and when. */
export interface SessionProof {
  proved_at: Date
  second_factor_at: Date | null
}

const find = statement<SessionProof>(
  'step_up.find',
  `SELECT proved_at, second_factor_at FROM player_session
   WHERE environment_id = $1 AND id = $2 AND revoked_at IS NULL`,
)
const renew = statement<never>(
  'step_up.renew',
  `UPDATE player_session SET proved_at = $3, second_factor_at = coalesce($4, second_factor_at)
   WHERE environment_id = $1 AND id = $2 AND revoked_at IS NULL`,
)
const findPassword = statement<{ email_key: string; password_hash: string }>(
  'step_up.find_password',
  `SELECT m.email_key, c.password_hash FROM password_credential c
   JOIN player_email m ON m.environment_id = c.environment_id AND m.player_id = c.player_id
   WHERE c.environment_id = $1 AND c.player_id = $2`,
)

/** Undefined when the session has ended. */
export const findSessionProof = (environmentId: string, db: Db, sessionId: string) =>
  db.one(find, [environmentId, sessionId])

export const renewSessionProof = (
  environmentId: string,
  tx: Db,
  sessionId: string,
  proved: { at: Date; secondFactorAt: Date | null },
) => tx.one(renew, [environmentId, sessionId, proved.at, proved.secondFactorAt])

/** Undefined when the player has no password. */
export const findOwnPassword = (environmentId: string, db: Db, playerId: string) =>
  db.one(findPassword, [environmentId, playerId])
