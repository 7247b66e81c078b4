import { type Db, statement } from '@aethex/shared/db'

const revokedSince = statement<{ id: string }>(
  'gateway.revoked_since',
  `SELECT id FROM player_session WHERE revoked_at > now() - make_interval(secs => $1)
   UNION ALL SELECT id FROM member_session WHERE revoked_at > now() - make_interval(secs => $1)
   UNION ALL SELECT id FROM api_key WHERE revoked_at > now() - make_interval(secs => $1)`,
)

/** Sessions and keys of all tenants that were revoked in the last `seconds`, by the database's clock. */
export const revokedWithin = async (db: Db, seconds: number): Promise<string[]> =>
  (await db.all(revokedSince, [seconds])).map(row => row.id)
