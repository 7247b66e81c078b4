import { type Db, statement } from '@aethex/shared/db'

interface LiveSession {
  player_id: string
  username: string
  refresh_hash: Buffer
  method: string
  last_seen_at: Date
  expires_at: Date
}

const find = statement<LiveSession>(
  'tokens.find_live_session',
  `SELECT s.player_id, p.username, s.refresh_hash, s.method, s.last_seen_at, s.expires_at
   FROM player_session s
   JOIN player p ON p.environment_id = s.environment_id AND p.id = s.player_id
   WHERE s.environment_id = $1 AND s.id = $2 AND s.revoked_at IS NULL AND s.expires_at > $3`,
)

/** The session and its player, unless it has ended. */
export const findLiveSession = (environmentId: string, db: Db, sessionId: string, now: Date) =>
  db.one(find, [environmentId, sessionId, now])
