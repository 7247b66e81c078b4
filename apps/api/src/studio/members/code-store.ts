import { type Db, statement } from '@aethex/shared/db'

export type CodePurpose = 'verify_email' | 'change_email' | 'reset_password'

export interface CodeRow {
  member_id: string
  purpose: CodePurpose
  /** Where the code was sent. */
  email: string
}

const insert = statement<never>(
  'member_codes.insert',
  `INSERT INTO member_code (code_hash, member_id, purpose, email, expires_at)
   VALUES ($1, $2, $3, $4, $5)`,
)
const find = statement<CodeRow>(
  'member_codes.find',
  `SELECT member_id, purpose, email FROM member_code
   WHERE code_hash = $1 AND purpose = ANY($2) AND used_at IS NULL AND expires_at > $3`,
)
const use = statement<CodeRow>(
  'member_codes.use',
  `UPDATE member_code SET used_at = $3
   WHERE code_hash = $1 AND purpose = ANY($2) AND used_at IS NULL AND expires_at > $3
   RETURNING member_id, purpose, email`,
)
const dropAll = statement<never>(
  'member_codes.drop_all',
  'DELETE FROM member_code WHERE member_id = $1 AND purpose = ANY($2)',
)

export const addCode = (
  tx: Db,
  code: CodeRow & { hash: Buffer; expiresAt: Date },
): Promise<unknown> =>
  tx.one(insert, [code.hash, code.member_id, code.purpose, code.email, code.expiresAt])

export const findCode = (db: Db, hash: Buffer, purposes: readonly CodePurpose[], now: Date) =>
  db.one(find, [hash, purposes, now])

/** Uses a code up. Undefined when it is unknown, expired or used: of many at once, one gets the row. */
export const useCode = (tx: Db, hash: Buffer, purposes: readonly CodePurpose[], now: Date) =>
  tx.one(use, [hash, purposes, now])

export const dropCodes = (tx: Db, memberId: string, purposes: readonly CodePurpose[]) =>
  tx.one(dropAll, [memberId, purposes])
