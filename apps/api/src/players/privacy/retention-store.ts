import { type Db, statement } from '@aethex/shared/db'

export type RetentionRule =
  | 'inactive_accounts'
  | 'guests'
  | 'sessions'
  | 'child_unconsented'
  | 'age_answers'
  | 'newcomers'

export interface ProofRow {
  id: string
  rule: string
  what: string
  count: number
  ran_at: Date
}

/** An account that a rule is about. */
export interface FoundAccount {
  player_id: string
  username: string
  email: string | null
  locale: string | null
}

const account = 'p.id AS player_id, p.username, m.email, p.locale'
const withEmail =
  'LEFT JOIN player_email m ON m.environment_id = p.environment_id AND m.player_id = p.id'
// The last sign-in or refresh of any session, also of those that are forgotten.
const lastSeen = `greatest(p.created_at, (
  SELECT a.last_seen_at FROM player_activity a
  WHERE a.environment_id = p.environment_id AND a.player_id = p.id), (
  SELECT max(greatest(s.created_at, s.last_seen_at, s.rotated_at)) FROM player_session s
  WHERE s.environment_id = p.environment_id AND s.player_id = p.id))`
const isUnmarked = `NOT EXISTS (SELECT FROM retention_mark r
  WHERE r.environment_id = p.environment_id AND r.player_id = p.id)`
const has = (table: string) => `EXISTS (SELECT FROM ${table} w
  WHERE w.environment_id = p.environment_id AND w.player_id = p.id)`
const hasOwnWayIn = `(${has('player_identity')} OR ${has('player_passkey')})`
// An account that nothing but the secret of a device signs in to.
const isGuest = `m.player_id IS NULL AND NOT ${hasOwnWayIn}`

const inactive = statement<FoundAccount>(
  'retention.inactive',
  `SELECT ${account} FROM player p ${withEmail}
   WHERE p.environment_id = $1 AND p.created_at <= $2 AND NOT (${isGuest}) AND ${isUnmarked}
     AND ${lastSeen} <= $2 ORDER BY p.created_at LIMIT $3`,
)
const guests = statement<FoundAccount>(
  'retention.guests',
  `SELECT ${account} FROM player p ${withEmail}
   WHERE p.environment_id = $1 AND p.created_at <= $2 AND ${isGuest} AND ${isUnmarked}
     AND ${lastSeen} <= $2 ORDER BY p.created_at LIMIT $3`,
)
const markOnceRow = statement<{ player_id: string }>(
  'retention.mark_once',
  `INSERT INTO retention_mark (environment_id, player_id, rule, marked_at, due_at)
   VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING player_id`,
)
// Whoever came back since the letter stays.
const unmark = statement<{ player_id: string }>(
  'retention.unmark',
  `DELETE FROM retention_mark r USING player p
   WHERE r.environment_id = $1 AND r.rule = 'inactive_accounts' AND r.requested_at IS NULL
     AND p.environment_id = r.environment_id AND p.id = r.player_id AND ${lastSeen} > r.marked_at
   RETURNING r.player_id`,
)
const due = statement<{ player_id: string; rule: RetentionRule }>(
  'retention.due',
  `SELECT player_id, rule FROM retention_mark
   WHERE environment_id = $1 AND due_at <= $2 AND requested_at IS NULL ORDER BY due_at LIMIT $3`,
)
const requested = statement<never>(
  'retention.requested',
  'UPDATE retention_mark SET requested_at = $3 WHERE environment_id = $1 AND player_id = $2',
)
const sessions = statement<{ id: string }>(
  'retention.sessions',
  `WITH gone AS (
     DELETE FROM player_session WHERE environment_id = $1 AND id IN (
       SELECT id FROM player_session
       WHERE environment_id = $1 AND least(revoked_at, expires_at) <= $2 LIMIT $3)
     RETURNING id, player_id, greatest(created_at, last_seen_at, rotated_at) AS seen_at),
   kept AS (
     INSERT INTO player_activity AS a (environment_id, player_id, last_seen_at)
     SELECT $1, player_id, max(seen_at) FROM gone GROUP BY player_id
     ON CONFLICT (environment_id, player_id)
     DO UPDATE SET last_seen_at = greatest(a.last_seen_at, excluded.last_seen_at))
   SELECT id FROM gone`,
)
// Time runs from the answer, or from when the last parent revoked.
const unconsented = statement<FoundAccount & { has_other_way: boolean }>(
  'retention.unconsented',
  `SELECT ${account}, ${has('device_credential')} OR ${hasOwnWayIn} AS has_other_way
   FROM player_age a JOIN player p ON p.environment_id = a.environment_id AND p.id = a.player_id
   JOIN player_email m ON m.environment_id = p.environment_id AND m.player_id = p.id
   WHERE a.environment_id = $1 AND a.child_until > $3::date AND NOT a.parent_agreed AND ${isUnmarked}
     AND greatest(a.answered_at, (SELECT max(c.revoked_at) FROM parental_consent c
       WHERE c.environment_id = p.environment_id AND c.player_id = p.id)) <= $2
   LIMIT $4`,
)
const dropEmail = statement<never>(
  'retention.drop_email',
  'DELETE FROM player_email WHERE environment_id = $1 AND player_id = $2',
)
const dropPassword = statement<never>(
  'retention.drop_password',
  'DELETE FROM password_credential WHERE environment_id = $1 AND player_id = $2',
)
const addProofRow = statement<never>(
  'retention.add_proof',
  `INSERT INTO retention_proof (environment_id, id, rule, what, count, ran_at) VALUES ($1, $2, $3, $4, $5, $6)`,
)
const proofs = statement<ProofRow>(
  'retention.proofs',
  `SELECT id, rule, what, count, ran_at FROM retention_proof
   WHERE environment_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
)
const environments = statement<{ id: string }>(
  'retention.environments',
  `SELECT id FROM environment WHERE ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT 500`,
)
const findMark = statement<{ rule: string; due_at: Date; marked_at: Date }>(
  'retention.find_mark',
  'SELECT rule, due_at, marked_at FROM retention_mark WHERE environment_id = $1 AND player_id = $2',
)
const findActivity = statement<{ last_seen_at: Date }>(
  'retention.find_activity',
  'SELECT last_seen_at FROM player_activity WHERE environment_id = $1 AND player_id = $2',
)
const forgetActivityRow = statement<{ player_id: string }>(
  'retention.forget_activity',
  'DELETE FROM player_activity WHERE environment_id = $1 AND player_id = $2 RETURNING player_id',
)
const forgetMark = statement<{ player_id: string }>(
  'retention.forget_mark',
  'DELETE FROM retention_mark WHERE environment_id = $1 AND player_id = $2 RETURNING player_id',
)

export const findInactive = (environmentId: string, db: Db, before: Date, limit: number) =>
  db.all(inactive, [environmentId, before, limit])

export const findIdleGuests = (environmentId: string, db: Db, before: Date, limit: number) =>
  db.all(guests, [environmentId, before, limit])

interface Mark {
  rule: RetentionRule
  markedAt: Date
  dueAt: Date
}

/** Says that an account is to be erased at a time; false when that was said before. */
export const markOnce = async (
  environmentId: string,
  tx: Db,
  playerId: string,
  { rule, markedAt, dueAt }: Mark,
) => (await tx.one(markOnceRow, [environmentId, playerId, rule, markedAt, dueAt])) !== undefined

/** Lets those go who came back after the letter. */
export const unmarkReturned = (environmentId: string, db: Db) => db.all(unmark, [environmentId])

export const findDue = (environmentId: string, db: Db, now: Date, limit: number) =>
  db.all(due, [environmentId, now, limit])

export const markRequested = (environmentId: string, db: Db, playerId: string, now: Date) =>
  db.one(requested, [environmentId, playerId, now])

/** How many sessions that ended before then were deleted. When their players were last there stays known. */
export const forgetSessions = async (environmentId: string, db: Db, before: Date, limit: number) =>
  (await db.all(sessions, [environmentId, before, limit])).length

/** Children whose e-mail is kept without a parent's consent since before then. */
export const findUnconsented = (
  environmentId: string,
  db: Db,
  time: { before: Date; now: Date },
  limit: number,
) => db.all(unconsented, [environmentId, time.before, time.now, limit])

/** The address, and the password that is worth nothing without it. */
export async function forgetEmail(environmentId: string, tx: Db, playerId: string): Promise<void> {
  await tx.one(dropEmail, [environmentId, playerId])
  await tx.one(dropPassword, [environmentId, playerId])
}

export const addProof = (environmentId: string, tx: Db, row: ProofRow) =>
  tx.one(addProofRow, [environmentId, row.id, row.rule, row.what, row.count, row.ran_at])

/** The newest first. */
export const listProofs = (
  environmentId: string,
  db: Db,
  before: string | undefined,
  limit: number,
) => db.all(proofs, [environmentId, before ?? null, limit])

/** For the job, which serves all tenants: their ids, some at a time. */
export const listEnvironments = async (after: string | undefined, db: Db) =>
  (await db.all(environments, [after ?? null])).map(row => row.id)

export const findRetentionMark = (environmentId: string, db: Db, playerId: string) =>
  db.one(findMark, [environmentId, playerId])

/** How many there were. */
export const forgetRetentionMark = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(forgetMark, [environmentId, playerId])).length

export const findLastSeen = (environmentId: string, db: Db, playerId: string) =>
  db.one(findActivity, [environmentId, playerId])

/** How many there were. */
export const forgetActivity = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(forgetActivityRow, [environmentId, playerId])).length
