import { type Db, statement } from '@aethex/shared/db'

const add = statement<{ id: string }>(
  'billing.add_payment_event',
  `INSERT INTO payment_event (id, type, received_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id`,
)
const tidyEvents = statement<never>(
  'billing.tidy_payment_events',
  'DELETE FROM payment_event WHERE received_at < $1',
)
const tidyHours = statement<never>('billing.tidy_hours', 'DELETE FROM usage_hour WHERE hour < $1')
const tidyWriters = statement<never>(
  'billing.tidy_writers',
  'DELETE FROM usage_writer WHERE written_at < $1',
)
const tidyPlayers = statement<never>(
  'billing.tidy_active_players',
  `DELETE FROM active_player WHERE (environment_id, month, player_id) IN
     (SELECT environment_id, month, player_id FROM active_player WHERE month < $1 LIMIT 10000)`,
)
const snapshot = statement<never>(
  'billing.snapshot_saves',
  `INSERT INTO usage_day AS u (organization_id, environment_id, kind, day, amount)
   SELECT p.organization_id, s.environment_id, 'save_bytes', $1::date, sum(s.bytes)
   FROM save_usage s JOIN environment e ON e.id = s.environment_id JOIN project p ON p.id = e.project_id
   WHERE p.organization_id = $2 GROUP BY 1, 2
   ON CONFLICT (organization_id, environment_id, kind, day) DO UPDATE SET amount = excluded.amount`,
)

/** False when the event was taken in before. */
export const addPaymentEvent = async (
  tx: Db,
  event: { id: string; type: string },
  now: Date,
): Promise<boolean> => (await tx.one(add, [event.id, event.type, now])) !== undefined

const dayMs = 86_400_000

/** Drops what nobody asks for any more: hours after five weeks, events after ninety days, players after 13 months. */
export async function tidyUsage(db: Db, now: Date): Promise<void> {
  const ago = (days: number) => new Date(now.getTime() - days * dayMs)
  await db.one(tidyHours, [ago(35)])
  await db.one(tidyWriters, [ago(2)])
  await db.one(tidyEvents, [ago(90)])
  await db.one(tidyPlayers, [ago(400)])
}

/** Writes down what the saves of each environment take on a day. */
export const snapshotSaves = (organizationId: string, db: Db, day: string) =>
  db.one(snapshot, [day, organizationId])
