import { type Db, statement } from '@aethex/shared/db'

const months = statement<{ month: string; first_seen_at: Date }>(
  'billing.active_months',
  `SELECT to_char(month, 'YYYY-MM') AS month, first_seen_at FROM active_player
   WHERE environment_id = $1 AND player_id = $2 ORDER BY month`,
)
const saves = statement<{ bytes: number; kept_bytes: number }>(
  'billing.save_usage',
  'SELECT bytes, kept_bytes FROM save_usage WHERE environment_id = $1 AND player_id = $2',
)
// The count of the month stays as it was: a nameless one takes the place of each row.
const eraseMonths = statement<{ erased: number }>(
  'billing.erase_active_months',
  `WITH gone AS (
     DELETE FROM active_player WHERE environment_id = $1 AND player_id = $2 RETURNING first_seen_at
   ), kept AS (
     INSERT INTO usage_day AS u (organization_id, environment_id, kind, day, amount)
     SELECT p.organization_id, e.id, 'erased_players', (g.first_seen_at AT TIME ZONE 'UTC')::date, count(*)
     FROM gone g JOIN environment e ON e.id = $1 JOIN project p ON p.id = e.project_id GROUP BY 1, 2, 4
     ON CONFLICT (organization_id, environment_id, kind, day) DO UPDATE SET amount = u.amount + excluded.amount
   )
   SELECT count(*) AS erased FROM gone`,
)
const eraseSaves = statement<{ environment_id: string }>(
  'billing.erase_save_usage',
  'DELETE FROM save_usage WHERE environment_id = $1 AND player_id = $2 RETURNING environment_id',
)

export const listActiveMonths = (environmentId: string, db: Db, playerId: string) =>
  db.all(months, [environmentId, playerId])

export const findSaveUsage = (environmentId: string, db: Db, playerId: string) =>
  db.one(saves, [environmentId, playerId])

/** Forgets who played; that somebody did stays counted. Answers how many rows went. */
export async function eraseUsageOf(environmentId: string, db: Db, playerId: string) {
  const row = await db.one(eraseMonths, [environmentId, playerId])
  const usage = await db.all(eraseSaves, [environmentId, playerId])
  return { active_player: row?.erased ?? 0, save_usage: usage.length }
}
