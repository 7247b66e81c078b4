import { type Db, statement } from '@aethex/shared/db'

// A client that retries does so within minutes; a day covers a laptop that slept.
const receipts = statement<never>(
  'housekeeping.receipts',
  "DELETE FROM idempotency_receipt WHERE created_at < now() - interval '24 hours'",
)
// An ended session is kept a month, so that its refresh token still answers `session_ended`.
const playerSessions = statement<never>(
  'housekeeping.player_sessions',
  "DELETE FROM player_session WHERE expires_at < now() - interval '30 days'",
)
const memberSessions = statement<never>(
  'housekeeping.member_sessions',
  "DELETE FROM member_session WHERE expires_at < now() - interval '30 days'",
)

/** Forgets what has lost its use. */
export async function tidy(db: Db): Promise<void> {
  for (const sweep of [receipts, playerSessions, memberSessions]) await db.all(sweep, [])
}
