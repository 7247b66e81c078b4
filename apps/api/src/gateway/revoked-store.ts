import { type Db, statement } from '@aethex/shared/db'

const revokedSince = statement<{ id: string }>(
  'gateway.revoked_since',
  `SELECT id::text AS id FROM player_session WHERE revoked_at > now() - make_interval(secs => $1)
   UNION ALL SELECT id::text FROM member_session WHERE revoked_at > now() - make_interval(secs => $1)
   UNION ALL SELECT id::text FROM ended_session WHERE ended_at > now() - make_interval(secs => $1)
   UNION ALL SELECT id::text FROM api_key WHERE revoked_at > now() - make_interval(secs => $1)
   UNION ALL SELECT id::text FROM environment WHERE deleted_at > now() - make_interval(secs => $1)
   UNION ALL SELECT k.id || '/' || earlier FROM api_key k, generate_series(greatest(1, k.revision - 50), k.revision - 1) earlier
     WHERE k.changed_at > now() - make_interval(secs => $1)`,
)

/** Sessions and keys of all tenants that were revoked, and sessions that were deleted, in the last `seconds`, by the database's clock. */
export const revokedWithin = async (db: Db, seconds: number): Promise<string[]> =>
  (await db.all(revokedSince, [seconds])).map(row => row.id)
