import { refreshGraceSeconds, refreshTtlSeconds, type SessionState } from '@aethex/shared/auth'
import { type Db, statement } from '@aethex/shared/db'

const lock = statement<SessionState & { member_id: string }>(
  'member_sessions.lock',
  `SELECT member_id, refresh_hash, previous_hash, successor,
     revoked_at IS NOT NULL AS revoked, expires_at <= now() AS expired,
     coalesce(rotated_at > now() - make_interval(secs => ${refreshGraceSeconds}), false) AS in_grace
   FROM member_session WHERE id = $1 FOR UPDATE`,
)
const rotate = statement<never>(
  'member_sessions.rotate',
  `UPDATE member_session SET refresh_hash = $2, previous_hash = refresh_hash, successor = $3, rotated_at = now(),
     last_seen_at = now()
   WHERE id = $1`,
)
const revoke = statement<never>(
  'member_sessions.revoke',
  'UPDATE member_session SET revoked_at = now(), revoked_reason = $2 WHERE id = $1 AND revoked_at IS NULL',
)
const insert = statement<never>(
  'member_sessions.insert',
  `INSERT INTO member_session
     (id, member_id, refresh_hash, device_name, proved_at, second_factor_at, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => ${refreshTtlSeconds}))`,
)
const live = statement<{ id: string }>(
  'member_sessions.live',
  'SELECT id FROM member_session WHERE id = $1 AND revoked_at IS NULL AND expires_at > now()',
)

export interface MemberRow {
  id: string
  email: string
  email_key: string
  email_verified_at: Date | null
  name: string
  password_hash: string
  created_at: Date
}

const columns = 'id, email, email_key, email_verified_at, name, password_hash, created_at'

const insertMember = statement<MemberRow>(
  'members.insert',
  `INSERT INTO member (id, email, email_key, name, password_hash) VALUES ($1, $2, $3, $4, $5)
   RETURNING ${columns}`,
)
const findByEmail = statement<MemberRow>(
  'members.find_by_email',
  `SELECT ${columns} FROM member WHERE email_key = $1 AND deleted_at IS NULL`,
)
const find = statement<MemberRow>(
  'members.find',
  `SELECT ${columns} FROM member WHERE id = $1 AND deleted_at IS NULL`,
)
const rename = statement<MemberRow>(
  'members.rename',
  `UPDATE member SET name = $2 WHERE id = $1 AND deleted_at IS NULL RETURNING ${columns}`,
)
const setPassword = statement<never>(
  'members.set_password',
  'UPDATE member SET password_hash = $2 WHERE id = $1',
)
const verifyAddress = statement<{ id: string }>(
  'members.verify_address',
  `UPDATE member SET email_verified_at = coalesce(email_verified_at, now())
   WHERE id = $1 AND email_key = $2 AND deleted_at IS NULL RETURNING id`,
)
const setAddress = statement<{ id: string }>(
  'members.set_address',
  `UPDATE member SET email = $2, email_key = $3, email_verified_at = now()
   WHERE id = $1 AND deleted_at IS NULL RETURNING id`,
)
// The row itself stays for as long as an access token of theirs may live.
const forget = statement<never>(
  'members.forget',
  `UPDATE member SET email = '', email_key = 'deleted ' || id, email_verified_at = NULL,
     name = '', password_hash = '', deleted_at = now() WHERE id = $1`,
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

export const findMemberByEmail = (db: Db, emailKey: string) => db.one(findByEmail, [emailKey])

export const findMember = (db: Db, memberId: string) => db.one(find, [memberId])

export const renameMemberRow = (tx: Db, memberId: string, name: string) =>
  tx.one(rename, [memberId, name])

export const setPasswordHash = (tx: Db, memberId: string, hash: string) =>
  tx.one(setPassword, [memberId, hash])

/** Writes down that the member reads mail to this address. False when it is not theirs any more. */
export const markAddressVerified = async (tx: Db, memberId: string, emailKey: string) =>
  (await tx.one(verifyAddress, [memberId, emailKey])) !== undefined

/** Throws the unique violation of the e-mail. False when there is no such member. */
export const setMemberAddress = async (
  tx: Db,
  memberId: string,
  address: { email: string; emailKey: string },
) => (await tx.one(setAddress, [memberId, address.email, address.emailKey])) !== undefined

export const forgetMember = (tx: Db, memberId: string) => tx.one(forget, [memberId])

export const addMemberSession = (
  db: Db,
  session: {
    id: string
    memberId: string
    refreshHash: Buffer
    deviceName: string | null
    provedAt: Date
    secondFactorAt: Date | null
  },
) => {
  const { id, memberId, refreshHash, deviceName, provedAt, secondFactorAt } = session
  return db.one(insert, [id, memberId, refreshHash, deviceName, provedAt, secondFactorAt])
}

export const lockMemberSession = (tx: Db, id: string) => tx.one(lock, [id])

export const rotateMemberSession = (tx: Db, id: string, next: { hash: Buffer; sealed: Buffer }) =>
  tx.one(rotate, [id, next.hash, next.sealed])

export const endMemberSession = (tx: Db, id: string, reason: string) => tx.one(revoke, [id, reason])

export const memberSessionIsLive = async (db: Db, id: string) =>
  (await db.one(live, [id])) !== undefined
