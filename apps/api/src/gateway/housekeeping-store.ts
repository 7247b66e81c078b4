import { type Db, statement } from '@aethex/shared/db'

// A client that retries does so within minutes; a day covers a laptop that slept.
const receipts = statement<never>(
  'housekeeping.receipts',
  "DELETE FROM idempotency_receipt WHERE created_at < now() - interval '24 hours'",
)
// An ended session is kept a month, so that its refresh token still answers `session_ended`. Those of players go by
// the retention of their environment.
const memberSessions = statement<never>(
  'housekeeping.member_sessions',
  "DELETE FROM member_session WHERE expires_at < now() - interval '30 days'",
)
const memberCodes = statement<never>(
  'housekeeping.member_codes',
  "DELETE FROM member_code WHERE expires_at < now() - interval '1 day'",
)
// No access token of theirs lives by then.
const deletedMembers = statement<never>(
  'housekeeping.deleted_members',
  "DELETE FROM member WHERE deleted_at < now() - interval '1 hour'",
)
const invitations = statement<never>(
  'housekeeping.invitations',
  "DELETE FROM invitation WHERE expires_at < now() - interval '90 days'",
)

const sweeps = [receipts, memberSessions, memberCodes, deletedMembers, invitations]

/** Forgets what has lost its use. */
export async function tidy(db: Db): Promise<void> {
  for (const sweep of sweeps) await db.all(sweep, [])
}
