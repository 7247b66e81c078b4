import { refreshGraceSeconds, refreshTtlSeconds, type SessionState } from '@aethex/shared/auth'
import { type Database, type Db, statement } from '@aethex/shared/db'

const lock = statement<SessionState & { member_id: string }>(
  'member_sessions.lock',
  `SELECT member_id, refresh_hash, previous_hash, successor,
     revoked_at IS NOT NULL AS revoked, expires_at <= now() AS expired,
     coalesce(rotated_at > now() - make_interval(secs => ${refreshGraceSeconds}), false) AS in_grace
   FROM member_session WHERE id = $1 FOR UPDATE`,
)
const rotate = statement<never>(
  'member_sessions.rotate',
  `UPDATE member_session SET refresh_hash = $2, previous_hash = refresh_hash, successor = $3, rotated_at = now()
   WHERE id = $1`,
)
const revoke = statement<never>(
  'member_sessions.revoke',
  'UPDATE member_session SET revoked_at = now(), revoked_reason = $2 WHERE id = $1 AND revoked_at IS NULL',
)
const insert = statement<never>(
  'member_sessions.insert',
  `INSERT INTO member_session (id, member_id, refresh_hash, expires_at)
   VALUES ($1, $2, $3, now() + make_interval(secs => ${refreshTtlSeconds}))`,
)
const live = statement<{ id: string }>(
  'member_sessions.live',
  'SELECT id FROM member_session WHERE id = $1 AND revoked_at IS NULL AND expires_at > now()',
)

export interface MemberRow {
  id: string
  email: string
  name: string
  created_at: Date
}

const insertMember = statement<MemberRow>(
  'members.insert',
  `INSERT INTO member (id, email, email_key, name, password_hash) VALUES ($1, $2, $3, $4, $5)
   RETURNING id, email, name, created_at`,
)

/** Throws the unique violation of the e-mail. */
export async function addMember(
  db: Db,
  member: { id: string; email: string; emailKey: string; name: string; hash: string },
): Promise<MemberRow> {
  const { id, email, emailKey, name, hash } = member
  const row = await db.one(insertMember, [id, email, emailKey, name, hash])
  if (row === undefined) throw new Error('the member was not inserted')
  return row
}

export const findMemberByEmail = (db: Database, emailKey: string) =>
  db.prisma.member.findUnique({ where: { email_key: emailKey } })

export const addMemberSession = (db: Db, id: string, memberId: string, refreshHash: Buffer) =>
  db.one(insert, [id, memberId, refreshHash])

export const lockMemberSession = (tx: Db, id: string) => tx.one(lock, [id])

export const rotateMemberSession = (tx: Db, id: string, next: { hash: Buffer; sealed: Buffer }) =>
  tx.one(rotate, [id, next.hash, next.sealed])

export const endMemberSession = (tx: Db, id: string, reason: string) => tx.one(revoke, [id, reason])

export const memberSessionIsLive = async (db: Db, id: string) =>
  (await db.one(live, [id])) !== undefined
