import { type Db, statement } from '@aethex/shared/db'

export interface ParentalRow {
  environment_id: string
  id: string
  player_id: string
  parent_email: Buffer | null
  locale: string | null
  requested_at: Date
  code_expires_at: Date
  notice_version: number
  policy_version: number | null
  method: string
  grants: string[]
  given_at: Date | null
  network: string | null
  device_name: string | null
  confirm_due_at: Date | null
  confirmed_at: Date | null
  revoked_at: Date | null
}

export interface ChildRow {
  id: string
  username: string
  email: string | null
  email_key: string | null
  created_at: Date
}

const columns = `c.environment_id, c.id, c.player_id, c.parent_email, c.locale, c.requested_at, c.code_expires_at,
  c.notice_version, c.policy_version, c.method, c.grants, c.given_at, c.network, c.device_name, c.confirm_due_at,
  c.confirmed_at, c.revoked_at`

const child = statement<ChildRow>(
  'parental.child',
  `SELECT p.id, p.username, m.email, m.email_key, p.created_at FROM player p
   LEFT JOIN player_email m ON m.environment_id = p.environment_id AND m.player_id = p.id
   WHERE p.environment_id = $1 AND p.id = $2`,
)
const insert = statement<never>(
  'parental.insert',
  `INSERT INTO parental_consent (environment_id, id, player_id, parent_email, locale, requested_at, code_hash,
     code_expires_at, notice_version, policy_version, method, grants)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '{}')`,
)
const dropOpen = statement<never>(
  'parental.drop_open',
  `DELETE FROM parental_consent
   WHERE environment_id = $1 AND player_id = $2 AND given_at IS NULL AND id <> $3`,
)
// The one look-up without a tenant: the code names it, for a parent has nothing but the letter.
const byCode = statement<ParentalRow>(
  'parental.by_code',
  `SELECT ${columns} FROM parental_consent c WHERE c.code_hash = $1 FOR UPDATE`,
)
const byToken = statement<ParentalRow>(
  'parental.by_token',
  `SELECT ${columns} FROM parent_token t
   JOIN parental_consent c ON c.environment_id = t.environment_id AND c.id = t.consent_id
   WHERE t.token_hash = $1 FOR UPDATE OF c`,
)
const give = statement<ParentalRow>(
  'parental.give',
  `UPDATE parental_consent c SET given_at = $3, grants = $4, network = $5, device_name = $6, confirm_due_at = $7
   WHERE environment_id = $1 AND id = $2 RETURNING ${columns}`,
)
const regrant = statement<ParentalRow>(
  'parental.regrant',
  `UPDATE parental_consent c SET grants = $3 WHERE environment_id = $1 AND id = $2 RETURNING ${columns}`,
)
const revoke = statement<ParentalRow>(
  'parental.revoke',
  `UPDATE parental_consent c SET revoked_at = $4, parent_email = NULL, confirm_due_at = NULL
   WHERE environment_id = $1 AND player_id = $2 AND given_at IS NOT NULL AND revoked_at IS NULL
     AND ($3::uuid IS NULL OR id = $3) AND ($5::uuid IS NULL OR id <> $5)
   RETURNING ${columns}`,
)
const addTokenRow = statement<never>(
  'parental.add_token',
  'INSERT INTO parent_token (environment_id, token_hash, consent_id, created_at) VALUES ($1, $2, $3, $4)',
)
const dueLetters = statement<{ id: string }>(
  'parental.due_letters',
  `SELECT id FROM parental_consent
   WHERE environment_id = $1 AND confirm_due_at <= $2 AND confirmed_at IS NULL ORDER BY confirm_due_at LIMIT 100`,
)
const lockDue = statement<ParentalRow>(
  'parental.lock_due',
  `SELECT ${columns} FROM parental_consent c
   WHERE environment_id = $1 AND id = $2 AND confirm_due_at IS NOT NULL AND confirmed_at IS NULL
   FOR UPDATE SKIP LOCKED`,
)
const markConfirmed = statement<never>(
  'parental.mark_confirmed',
  'UPDATE parental_consent SET confirmed_at = $3 WHERE environment_id = $1 AND id = $2',
)
const dropUnanswered = statement<{ id: string }>(
  'parental.drop_unanswered',
  `DELETE FROM parental_consent
   WHERE environment_id = $1 AND given_at IS NULL AND requested_at <= $2 RETURNING id`,
)
const withLetters = statement<{ environment_id: string }>(
  'parental.environments_with_letters',
  `SELECT DISTINCT environment_id FROM parental_consent WHERE confirm_due_at <= $1 AND confirmed_at IS NULL`,
)
const ofPlayer = statement<ParentalRow>(
  'parental.of_player',
  `SELECT ${columns} FROM parental_consent c WHERE environment_id = $1 AND player_id = $2 ORDER BY requested_at`,
)
const forget = statement<{ id: string }>(
  'parental.forget',
  'DELETE FROM parental_consent WHERE environment_id = $1 AND player_id = $2 RETURNING id',
)

export const findChild = (environmentId: string, db: Db, playerId: string) =>
  db.one(child, [environmentId, playerId])

/** Adds a request; those that were not answered make room for it. */
export async function addRequest(
  environmentId: string,
  tx: Db,
  request: Pick<
    ParentalRow,
    | 'id'
    | 'player_id'
    | 'parent_email'
    | 'locale'
    | 'requested_at'
    | 'code_expires_at'
    | 'notice_version'
    | 'policy_version'
    | 'method'
  > & { code_hash: Buffer },
): Promise<void> {
  await tx.one(insert, [
    environmentId,
    request.id,
    request.player_id,
    request.parent_email,
    request.locale,
    request.requested_at,
    request.code_hash,
    request.code_expires_at,
    request.notice_version,
    request.policy_version,
    request.method,
  ])
  await tx.one(dropOpen, [environmentId, request.player_id, request.id])
}

/** Holds the row until the transaction ends, so that of many who bring one code one succeeds. */
export const lockByCode = (codeHash: Buffer, tx: Db) => tx.one(byCode, [codeHash])

export const lockByToken = (tokenHash: Buffer, tx: Db) => tx.one(byToken, [tokenHash])

const updated = (row: ParentalRow | undefined) => {
  if (row === undefined) throw new Error('the consent of the parent is gone')
  return row
}

export const keepGiven = async (
  environmentId: string,
  tx: Db,
  id: string,
  given: {
    at: Date
    grants: readonly string[]
    network: string | null
    deviceName: string | null
    confirmDueAt: Date
  },
) => {
  const { at, grants, network, deviceName, confirmDueAt } = given
  return updated(
    await tx.one(give, [environmentId, id, at, grants, network, deviceName, confirmDueAt]),
  )
}

export const keepGrants = async (
  environmentId: string,
  tx: Db,
  id: string,
  grants: readonly string[],
) => updated(await tx.one(regrant, [environmentId, id, grants]))

/** Ends one consent of a player, or all but one, and forgets the parents' addresses. */
export const endConsents = (
  environmentId: string,
  tx: Db,
  playerId: string,
  which: { only?: string; except?: string },
  now: Date,
) => tx.all(revoke, [environmentId, playerId, which.only ?? null, now, which.except ?? null])

export const addToken = (
  environmentId: string,
  tx: Db,
  token: { hash: Buffer; consentId: string; createdAt: Date },
) => tx.one(addTokenRow, [environmentId, token.hash, token.consentId, token.createdAt])

export const listDueLetters = async (environmentId: string, db: Db, now: Date) =>
  (await db.all(dueLetters, [environmentId, now])).map(row => row.id)

/** Undefined when the letter is being sent, was sent, or is not due any more. */
export const lockDueLetter = (environmentId: string, tx: Db, id: string) =>
  tx.one(lockDue, [environmentId, id])

export const markLetterSent = (environmentId: string, tx: Db, id: string, now: Date) =>
  tx.one(markConfirmed, [environmentId, id, now])

/** For the job, which serves all tenants: where second letters are due. */
export const listEnvironmentsWithLetters = async (now: Date, db: Db) =>
  (await db.all(withLetters, [now])).map(row => row.environment_id)

/** How many requests, and so parents' addresses, were forgotten. */
export const forgetUnanswered = async (environmentId: string, db: Db, before: Date) =>
  (await db.all(dropUnanswered, [environmentId, before])).length

export const listParentalConsents = (environmentId: string, db: Db, playerId: string) =>
  db.all(ofPlayer, [environmentId, playerId])

/** How many there were. The tokens go with them. */
export const forgetParentalConsents = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(forget, [environmentId, playerId])).length
