import { type Db, statement } from '@aethex/shared/db'
import type { Month, MonthlyUsage } from '@aethex/shared/tiers'
import type { CountedKind } from '../../gateway/usage.js'
import { dayOf } from './months.js'

export interface Count {
  environmentId: string
  kind: CountedKind
  hour: Date
  amount: number
}

const meet = statement<{ player_id: string }>(
  'billing.meet_player',
  `INSERT INTO active_player (environment_id, month, player_id, first_seen_at) VALUES ($1, $2, $3, $4)
   ON CONFLICT DO NOTHING RETURNING player_id`,
)

// A writer's batch counts only if it comes after its last one: sent again after a lost answer, it changes nothing.
const flush = statement<never>(
  'billing.flush',
  `WITH mine AS (
     INSERT INTO usage_writer AS w (id, seq, written_at) VALUES ($1, $2, $3)
     ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, written_at = excluded.written_at WHERE w.seq < excluded.seq
     RETURNING id
   ), counted AS (
     SELECT p.organization_id, c.environment_id, c.kind, c.hour, c.amount
     FROM unnest($4::uuid[], $5::text[], $6::timestamptz[], $7::bigint[]) AS c (environment_id, kind, hour, amount)
     JOIN environment e ON e.id = c.environment_id JOIN project p ON p.id = e.project_id
     WHERE EXISTS (SELECT FROM mine)
   ), hours AS (
     INSERT INTO usage_hour AS u (organization_id, environment_id, kind, hour, amount)
     SELECT organization_id, environment_id, kind, hour, amount FROM counted ORDER BY 1, 2, 3, 4
     ON CONFLICT (organization_id, environment_id, kind, hour) DO UPDATE SET amount = u.amount + excluded.amount
   )
   INSERT INTO usage_day AS u (organization_id, environment_id, kind, day, amount)
   SELECT organization_id, environment_id, kind, (hour AT TIME ZONE 'UTC')::date, sum(amount) FROM counted
   GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
   ON CONFLICT (organization_id, environment_id, kind, day) DO UPDATE SET amount = u.amount + excluded.amount`,
)

const ofOrganization = 'environment e JOIN project p ON p.id = e.project_id'

// Players who were erased within the month stay counted, though nothing says any more who they were.
const used = statement<MonthlyUsage>(
  'billing.used',
  `SELECT (SELECT count(*) FROM ${ofOrganization} JOIN active_player a ON a.environment_id = e.id AND a.month = $2
       WHERE p.organization_id = $1) + coalesce(sum(amount) FILTER (WHERE kind = 'erased_players'), 0)::bigint
       AS monthly_active_players,
     coalesce(sum(amount) FILTER (WHERE kind = 'cdn_bytes'), 0)::bigint AS cdn_bytes,
     coalesce(sum(amount) FILTER (WHERE kind = 'analytics_events'), 0)::bigint AS analytics_events
   FROM usage_day WHERE organization_id = $1 AND day >= $2::date AND day < $3::date`,
)

const notices = statement<{ meter: string; percent: number; told_at: Date }>(
  'billing.notices',
  'SELECT meter, percent, told_at FROM usage_notice WHERE organization_id = $1 AND month = $2',
)
const tell = statement<{ percent: number }>(
  'billing.tell',
  `INSERT INTO usage_notice (organization_id, meter, month, percent, told_at) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT DO NOTHING RETURNING percent`,
)
const environments = statement<{ id: string }>(
  'billing.environments',
  `SELECT e.id FROM ${ofOrganization} WHERE p.organization_id = $1 ORDER BY e.id`,
)
const paymasters = statement<{ email: string; name: string }>(
  'billing.paymasters',
  `SELECT m.email, m.name FROM membership s JOIN member m ON m.id = s.member_id
   WHERE s.organization_id = $1 AND s.role IN ('owner', 'billing') ORDER BY m.id`,
)

const memberEmail = statement<{ email: string }>(
  'billing.member_email',
  'SELECT email FROM member WHERE id = $1',
)

/** True when this is the first time in this month that the player is seen. */
export const meetPlayerRow = async (
  environmentId: string,
  db: Db,
  month: Month,
  playerId: string,
  now: Date,
) => (await db.one(meet, [environmentId, dayOf(month.from), playerId, now])) !== undefined

/** Adds a batch to the hours and days it belongs to. `seq` counts the batches of the writer. */
export const writeCounts = (
  writer: { id: string; seq: number },
  db: Db,
  counts: readonly Count[],
  now: Date,
) =>
  db.one(flush, [
    writer.id,
    writer.seq,
    now,
    counts.map(count => count.environmentId),
    counts.map(count => count.kind),
    counts.map(count => count.hour),
    counts.map(count => count.amount),
  ])

/** What an organisation has used in a month. */
export async function findUsed(organizationId: string, db: Db, { from, until }: Month) {
  const row = await db.one(used, [organizationId, dayOf(from), dayOf(until)])
  if (row === undefined) throw new Error('an aggregate without a row')
  return row
}

export const listNotices = (organizationId: string, db: Db, month: Month) =>
  db.all(notices, [organizationId, dayOf(month.from)])

/** True for the one who is the first to tell. */
export const addNotice = async (
  organizationId: string,
  tx: Db,
  notice: { meter: string; month: Month; percent: number; at: Date },
) => {
  const { meter, month, percent, at } = notice
  return (await tx.one(tell, [organizationId, meter, dayOf(month.from), percent, at])) !== undefined
}

export const listEnvironmentIds = async (organizationId: string, db: Db) =>
  (await db.all(environments, [organizationId])).map(({ id }) => id)

/** Whom to write to about money. */
export const listPaymasters = (organizationId: string, db: Db) =>
  db.all(paymasters, [organizationId])

/** Where the payment provider writes to a buyer. */
export async function findMemberEmail(memberId: string, db: Db): Promise<string> {
  const row = await db.one(memberEmail, [memberId])
  if (row === undefined) throw new Error('the member is gone')
  return row.email
}
