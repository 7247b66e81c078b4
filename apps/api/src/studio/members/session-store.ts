import { type Db, statement } from '@aethex/shared/db'

export interface OpenSession {
  id: string
  device_name: string | null
  created_at: Date
  last_seen_at: Date
  second_factor_at: Date | null
}

const list = statement<OpenSession>(
  'member_sessions.list',
  `SELECT id, device_name, created_at, last_seen_at, second_factor_at FROM member_session
   WHERE member_id = $1 AND revoked_at IS NULL AND expires_at > now()
   ORDER BY last_seen_at DESC, id LIMIT 100`,
)
const endOne = statement<{ id: string }>(
  'member_sessions.end_one',
  `UPDATE member_session SET revoked_at = now(), revoked_reason = 'ended by its member'
   WHERE member_id = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > now() RETURNING id`,
)
const endAll = statement<{ id: string }>(
  'member_sessions.end_all',
  `UPDATE member_session SET revoked_at = now(), revoked_reason = $3
   WHERE member_id = $1 AND id IS DISTINCT FROM $2 AND revoked_at IS NULL RETURNING id`,
)

export const listOpenSessions = (memberId: string, db: Db) => db.all(list, [memberId])

/** False when the member has no such session, or it has ended. */
export const endOpenSession = async (memberId: string, tx: Db, sessionId: string) =>
  (await tx.one(endOne, [memberId, sessionId])) !== undefined

/** The ids of the sessions that this ended. */
export const endSessionsBut = async (
  memberId: string,
  tx: Db,
  except: string | null,
  reason: string,
) => (await tx.all(endAll, [memberId, except, reason])).map(({ id }) => id)
