import { type Db, statement } from '@aethex/shared/db'
import type { Month } from '@aethex/shared/tiers'
import { dayOf } from './months.js'

export interface EnvironmentUsageRow {
  environment_id: string
  project_id: string
  name: string
  monthly_active_players: number
  cdn_bytes: number
  analytics_events: number
  save_bytes: number
  kept_save_bytes: number
  saving_players: number
}

const usageOf = (where: string) => `SELECT e.id AS environment_id, e.project_id, e.name,
     (SELECT count(*) FROM active_player a WHERE a.environment_id = e.id AND a.month = $2) + d.erased
       AS monthly_active_players,
     d.cdn_bytes, d.analytics_events, s.save_bytes, s.kept_save_bytes, s.saving_players
   FROM environment e JOIN project p ON p.id = e.project_id
   CROSS JOIN LATERAL (SELECT coalesce(sum(amount) FILTER (WHERE kind = 'erased_players'), 0)::bigint AS erased,
       coalesce(sum(amount) FILTER (WHERE kind = 'cdn_bytes'), 0)::bigint AS cdn_bytes,
       coalesce(sum(amount) FILTER (WHERE kind = 'analytics_events'), 0)::bigint AS analytics_events
     FROM usage_day WHERE organization_id = p.organization_id AND environment_id = e.id
       AND day >= $2::date AND day < $3::date) d
   CROSS JOIN LATERAL (SELECT coalesce(sum(bytes), 0)::bigint AS save_bytes,
       coalesce(sum(kept_bytes), 0)::bigint AS kept_save_bytes, count(*) AS saving_players
     FROM save_usage WHERE environment_id = e.id) s
   WHERE ${where} = $1 ORDER BY e.id`

const ofOrganization = statement<EnvironmentUsageRow>(
  'billing.usage_of_organization',
  usageOf('p.organization_id'),
)
const ofEnvironment = statement<EnvironmentUsageRow>(
  'billing.usage_of_environment',
  usageOf('e.id'),
)
const newPlayers = statement<{ day: string; amount: number }>(
  'billing.environment_players_by_day',
  `SELECT to_char(first_seen_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*) AS amount FROM active_player
   WHERE environment_id = $1 AND month = $2 GROUP BY 1`,
)
const counted = statement<{ kind: string; day: string; amount: number }>(
  'billing.environment_counts_by_day',
  `SELECT u.kind, to_char(u.day, 'YYYY-MM-DD') AS day, u.amount FROM usage_day u
   JOIN environment e ON e.id = u.environment_id JOIN project p ON p.id = e.project_id
     AND p.organization_id = u.organization_id
   WHERE u.environment_id = $1 AND u.day >= $2::date AND u.day < $3::date`,
)
const hours = statement<{ kind: string; hour: Date; amount: number }>(
  'billing.environment_hours',
  `SELECT u.kind, u.hour, u.amount FROM usage_hour u
   JOIN environment e ON e.id = u.environment_id JOIN project p ON p.id = e.project_id
     AND p.organization_id = u.organization_id
   WHERE u.environment_id = $1 AND u.hour >= $2 ORDER BY u.hour`,
)

/** What every environment of an organisation has used in a month, and what its saves take now. */
export const listUsageOfEnvironments = (organizationId: string, db: Db, month: Month) =>
  db.all(ofOrganization, [organizationId, dayOf(month.from), dayOf(month.until)])

export const findUsageOfEnvironment = (environmentId: string, db: Db, month: Month) =>
  db.one(ofEnvironment, [environmentId, dayOf(month.from), dayOf(month.until)])

/** Players of an environment by the day on which they were first seen in the month. */
export const listEnvironmentPlayersByDay = (environmentId: string, db: Db, { from }: Month) =>
  db.all(newPlayers, [environmentId, dayOf(from)])

export const listEnvironmentCountsByDay = (environmentId: string, db: Db, month: Month) =>
  db.all(counted, [environmentId, dayOf(month.from), dayOf(month.until)])

/** What was counted by the hour since a moment. */
export const listEnvironmentHours = (environmentId: string, db: Db, since: Date) =>
  db.all(hours, [environmentId, since])
