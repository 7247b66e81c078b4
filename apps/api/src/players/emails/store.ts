import { type Db, statement } from '@aethex/shared/db'

/** What a code is for. */
export type CodePurpose = 'verify_email' | 'change_email' | 'reset_password'

export interface OwnerRow {
  player_id: string
  username: string
  email: string
  verified_at: Date | null
}

export interface CodeRow {
  player_id: string
  purpose: CodePurpose
  payload: unknown
}

const findOwner = statement<OwnerRow>(
  'emails.find_owner',
  `SELECT m.player_id, p.username, m.email, m.verified_at FROM player_email m
   JOIN player p ON p.environment_id = m.environment_id AND p.id = m.player_id
   WHERE m.environment_id = $1 AND m.email_key = $2`,
)
const lockPlayer = statement<never>(
  'emails.lock_player',
  'SELECT FROM player WHERE environment_id = $1 AND id = $2 FOR NO KEY UPDATE',
)
// Letters may overtake each other: a code that was asked for later wins, whenever its letter leaves.
const activate = statement<{ code_hash: Buffer }>(
  'emails.activate_code',
  `WITH older AS (
     DELETE FROM player_code WHERE environment_id = $1 AND player_id = $4 AND purpose = $3
       AND code_hash <> $2 AND created_at <= $6::timestamptz)
   INSERT INTO player_code (environment_id, code_hash, purpose, player_id, payload, created_at, expires_at)
   SELECT $1, $2, $3, $4, $5, $6::timestamptz, now() + make_interval(mins => $7)
   WHERE EXISTS (SELECT FROM player WHERE environment_id = $1 AND id = $4)
     AND NOT EXISTS (SELECT FROM player_code WHERE environment_id = $1 AND player_id = $4
       AND purpose = $3 AND created_at > $6::timestamptz)
   ON CONFLICT (environment_id, code_hash) DO UPDATE SET expires_at = excluded.expires_at
     WHERE player_code.used_at IS NULL
   RETURNING code_hash`,
)
// A password that was set after the code was asked for ends it: the hash's own time tells, whoever set it.
const isGood = `c.environment_id = $1 AND c.code_hash = $2 AND c.purpose = ANY($3::text[])
     AND ($4::uuid IS NULL OR c.player_id = $4) AND c.used_at IS NULL AND c.expires_at > now()
     AND NOT EXISTS (SELECT FROM password_credential w WHERE w.environment_id = c.environment_id
       AND w.player_id = c.player_id AND w.updated_at > c.created_at)`
const find = statement<CodeRow>(
  'emails.find_code',
  `SELECT c.player_id, c.purpose, c.payload FROM player_code c WHERE ${isGood}`,
)
const redeem = statement<CodeRow>(
  'emails.redeem_code',
  `UPDATE player_code c SET used_at = now() WHERE ${isGood}
   RETURNING c.player_id, c.purpose, c.payload`,
)
// `was_proven` is what stood there before.
const prove = statement<{ was_proven: boolean }>(
  'emails.prove',
  `UPDATE player_email m SET verified_at = coalesce(m.verified_at, now())
   FROM (SELECT verified_at FROM player_email
     WHERE environment_id = $1 AND player_id = $2 AND email_key = $3 FOR UPDATE) AS before
   WHERE m.environment_id = $1 AND m.player_id = $2 AND m.email_key = $3
   RETURNING before.verified_at IS NOT NULL AS was_proven`,
)
const lockAddress = statement<{ email: string }>(
  'emails.lock_address',
  'SELECT email FROM player_email WHERE environment_id = $1 AND player_id = $2 FOR UPDATE',
)
const replace = statement<never>(
  'emails.replace',
  `INSERT INTO player_email (environment_id, player_id, email, email_key, verified_at)
   VALUES ($1, $2, $3, $4, now())
   ON CONFLICT (environment_id, player_id) DO UPDATE
     SET email = excluded.email, email_key = excluded.email_key, verified_at = now(), updated_at = now()`,
)
const unlink = [
  'DELETE FROM device_credential WHERE environment_id = $1 AND player_id = $2',
  'DELETE FROM player_identity WHERE environment_id = $1 AND player_id = $2',
  'DELETE FROM player_passkey WHERE environment_id = $1 AND player_id = $2',
].map((sql, at) => statement<never>(`emails.unlink_${at}`, sql))
const sweep = statement<never>(
  'emails.sweep_codes',
  "DELETE FROM player_code WHERE expires_at < now() - interval '1 day'",
)

/** The account that has an address, whether it is proven or not. */
export const findOwnerOf = (environmentId: string, db: Db, emailKey: string) =>
  db.one(findOwner, [environmentId, emailKey])

export interface NewCode {
  hash: Buffer
  purpose: CodePurpose
  playerId: string
  payload: object
  /** When the letter was asked for, as PostgreSQL writes it. */
  askedAt: string
  minutes: number
}

/**
 * Makes a code good from now on, and ends the earlier ones of its purpose. False when a later one is out already, when
 * the code was used, or when the player is gone. May run again: then the code is good for the whole time once more.
 */
export const activateCode = (environmentId: string, db: Db, code: NewCode) =>
  db.transaction(async tx => {
    const { hash, purpose, playerId, payload, askedAt, minutes } = code
    // Two letters of one player that leave together take turns, so that each sees the other's code.
    await tx.one(lockPlayer, [environmentId, playerId])
    const values = [environmentId, hash, purpose, playerId, JSON.stringify(payload)]
    return (await tx.one(activate, [...values, askedAt, minutes])) !== undefined
  })

interface Wanted {
  hash: Buffer
  purposes: readonly CodePurpose[]
  /** Whose code it must be; anybody's when left out. */
  playerId?: string
}

const valuesOf = (environmentId: string, { hash, purposes, playerId }: Wanted) => [
  environmentId,
  hash,
  purposes,
  playerId ?? null,
]

/** What a code that is still good stands for; it stays good. */
export const findCode = (environmentId: string, db: Db, wanted: Wanted) =>
  db.one(find, valuesOf(environmentId, wanted))

/** Uses a code up: of any number at once, one gets it. */
export const redeemCode = (environmentId: string, tx: Db, wanted: Wanted) =>
  tx.one(redeem, valuesOf(environmentId, wanted))

/** Undefined when the player has another address by now; else whether it was proven before. */
export const proveAddress = async (
  environmentId: string,
  tx: Db,
  playerId: string,
  emailKey: string,
) => (await tx.one(prove, [environmentId, playerId, emailKey]))?.was_proven

/** Gives the player a proven address, and answers the one before. Throws the unique violation of the e-mail. */
export async function replaceAddress(
  environmentId: string,
  tx: Db,
  playerId: string,
  email: string,
  emailKey: string,
): Promise<string | undefined> {
  const before = await tx.one(lockAddress, [environmentId, playerId])
  await tx.one(replace, [environmentId, playerId, email, emailKey])
  return before?.email
}

/** Takes away whatever signs in to the account beside its password. */
export async function unlinkEverythingElse(environmentId: string, tx: Db, playerId: string) {
  for (const one of unlink) await tx.one(one, [environmentId, playerId])
}

/** Codes of all tenants that ran out a day ago. */
export const forgetOldCodes = (db: Db) => db.all(sweep, [])
