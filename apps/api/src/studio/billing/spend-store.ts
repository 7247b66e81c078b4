import { type Db, statement } from '@aethex/shared/db'
import type { Month } from '@aethex/shared/tiers'
import { dayOf } from './months.js'

export interface CapRow {
  cap_minor: number | null
  version: number
  updated_at: Date
}

const columns = 'cap_minor, version, updated_at'

const find = statement<CapRow>(
  'billing.cap',
  `SELECT ${columns} FROM spend_cap WHERE organization_id = $1`,
)
// Version 0 is the cap that nobody has set yet.
const write = statement<CapRow>(
  'billing.write_cap',
  `INSERT INTO spend_cap AS c (organization_id, cap_minor, updated_at)
   SELECT $1, $2, $3 WHERE coalesce($4::int, 0) = 0
     OR EXISTS (SELECT FROM spend_cap WHERE organization_id = $1)
   ON CONFLICT (organization_id) DO UPDATE
     SET cap_minor = excluded.cap_minor, version = c.version + 1, updated_at = excluded.updated_at
     WHERE $4::int IS NULL OR c.version = $4
   RETURNING ${columns}`,
)
const newPlayers = statement<{ day: string; amount: number }>(
  'billing.new_players_by_day',
  `SELECT to_char(a.first_seen_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*) AS amount
   FROM environment e JOIN project p ON p.id = e.project_id
   JOIN active_player a ON a.environment_id = e.id AND a.month = $2
   WHERE p.organization_id = $1 GROUP BY 1`,
)
const counted = statement<{ kind: string; day: string; amount: number }>(
  'billing.counted_by_day',
  `SELECT kind, to_char(day, 'YYYY-MM-DD') AS day, sum(amount)::bigint AS amount FROM usage_day
   WHERE organization_id = $1 AND day >= $2::date AND day < $3::date GROUP BY 1, 2`,
)

export const findCap = (organizationId: string, db: Db) => db.one(find, [organizationId])

/** Undefined when the cap is not at `version` any more. */
export const writeCap = (
  organizationId: string,
  tx: Db,
  capMinor: number | null,
  version: number | undefined,
  now: Date,
) => tx.one(write, [organizationId, capMinor, now, version ?? null])

/** Players seen for the first time in the month, by the day they were. */
export const listNewPlayersByDay = (organizationId: string, db: Db, { from }: Month) =>
  db.all(newPlayers, [organizationId, dayOf(from)])

/** What was counted in the month, by kind and day. */
export const listCountedByDay = (organizationId: string, db: Db, { from, until }: Month) =>
  db.all(counted, [organizationId, dayOf(from), dayOf(until)])
