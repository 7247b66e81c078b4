import { type Db, statement } from '@aethex/shared/db'
import { usernameKey } from './identity-keys.js'
import { skeletonOf } from './skeleton.js'

/** A registration whose address is not proven yet. */
export interface PendingRow {
  email: string
  email_key: string
  username: string
  password_hash: string
}

const insert = statement<never>(
  'pending.insert',
  `INSERT INTO pending_registration
     (environment_id, code_hash, email, email_key, username, password_hash, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, now() + interval '24 hours')`,
)
const take = statement<PendingRow>(
  'pending.take',
  `DELETE FROM pending_registration WHERE environment_id = $1 AND code_hash = $2 AND expires_at > now()
   RETURNING email, email_key, username, password_hash`,
)
const find = statement<PendingRow>(
  'pending.find',
  `SELECT email, email_key, username, password_hash FROM pending_registration
   WHERE environment_id = $1 AND code_hash = $2 AND expires_at > now()`,
)
const removeOf = statement<{ code_hash: Buffer }>(
  'pending.remove_of',
  'DELETE FROM pending_registration WHERE environment_id = $1 AND email_key = $2 RETURNING code_hash',
)
const findName = statement<{ id: string }>(
  'pending.find_name',
  `SELECT id FROM player
   WHERE environment_id = $1 AND (username_key = $2 OR username_skeleton = $3) LIMIT 1`,
)
const sweep = statement<never>(
  'pending.sweep',
  "DELETE FROM pending_registration WHERE created_at < now() - interval '7 days'",
)

export const addPending = (environmentId: string, tx: Db, codeHash: Buffer, row: PendingRow) =>
  tx.one(insert, [
    environmentId,
    codeHash,
    row.email,
    row.email_key,
    row.username,
    row.password_hash,
  ])

export const findPending = (environmentId: string, db: Db, codeHash: Buffer) =>
  db.one(find, [environmentId, codeHash])

/** Of several that redeem one code, one gets the registration. */
export const takePending = (environmentId: string, tx: Db, codeHash: Buffer) =>
  tx.one(take, [environmentId, codeHash])

/** Answers how many there were. */
export const removePendingOf = async (environmentId: string, tx: Db, key: string) =>
  (await tx.all(removeOf, [environmentId, key])).length

/** Whether a player has the name, or one that looks like it. */
export const isNameHeld = async (environmentId: string, db: Db, username: string) =>
  (await db.one(findName, [environmentId, usernameKey(username), skeletonOf(username)])) !==
  undefined

/** Registrations of all tenants that nobody confirmed within seven days. */
export const forgetOldPending = (db: Db) => db.all(sweep, [])
