import { type Db, statement } from '@aethex/shared/db'

/** An endpoint that this courier has to itself until its lease ends. */
export interface LeasedEndpoint {
  environment_id: string
  id: string
  url: string
  failing_since: Date | null
}

export interface DueDelivery {
  event_id: string
  type: string
  payload: unknown
  created_at: Date
  attempts: number
}

// A process whose clock is off by more leaves it to the others: receivers refuse signatures of five minutes ago or ahead.
const lease = statement<LeasedEndpoint>(
  'webhooks.lease',
  `WITH free AS MATERIALIZED (
     SELECT e.environment_id, e.id FROM webhook_endpoint e
     WHERE e.enabled AND e.leased_until <= $1::timestamptz
       AND now() BETWEEN $1::timestamptz - interval '4 minutes' AND $1::timestamptz + interval '4 minutes' AND EXISTS (
       SELECT FROM webhook_delivery d WHERE d.environment_id = e.environment_id
         AND d.endpoint_id = e.id AND d.state = 'pending' AND d.due_at <= $1)
     ORDER BY e.leased_until LIMIT 1 FOR UPDATE SKIP LOCKED)
   UPDATE webhook_endpoint e SET leased_until = $1::timestamptz + make_interval(secs => $2) FROM free
   WHERE e.environment_id = free.environment_id AND e.id = free.id
   RETURNING e.environment_id, e.id, e.url, e.failing_since`,
)
const release = statement<never>(
  'webhooks.release',
  'UPDATE webhook_endpoint SET leased_until = $3 WHERE environment_id = $1 AND id = $2',
)
const due = statement<DueDelivery>(
  'webhooks.due',
  `SELECT d.event_id, v.type, v.payload, v.created_at, d.attempts FROM webhook_delivery d
   JOIN webhook_event v ON v.environment_id = d.environment_id AND v.id = d.event_id
   WHERE d.environment_id = $1 AND d.endpoint_id = $2 AND d.state = 'pending' AND d.due_at <= $3
   ORDER BY d.event_id LIMIT $4`,
)
const secrets = statement<{ sealed: Buffer }>(
  'webhooks.secrets',
  `SELECT sealed FROM webhook_secret WHERE environment_id = $1 AND endpoint_id = $2
     AND (expires_at IS NULL OR expires_at > $3) ORDER BY created_at DESC LIMIT 5`,
)
const arrived = statement<never>(
  'webhooks.arrived',
  `WITH delivery AS (
     UPDATE webhook_delivery SET state = 'delivered', attempts = attempts + 1, last_attempt_at = $4,
       last_status = $5, last_error = NULL
     WHERE environment_id = $1 AND endpoint_id = $2 AND event_id = $3)
   UPDATE webhook_endpoint SET failing_since = NULL
   WHERE environment_id = $1 AND id = $2 AND failing_since IS NOT NULL`,
)
const failed = statement<never>(
  'webhooks.failed',
  `WITH delivery AS (
     UPDATE webhook_delivery SET attempts = attempts + 1, last_attempt_at = $4, last_status = $5,
       last_error = $6, due_at = coalesce($7, due_at),
       state = CASE WHEN $7::timestamptz IS NULL THEN 'dead'::webhook_state ELSE 'pending' END
     WHERE environment_id = $1 AND endpoint_id = $2 AND event_id = $3)
   UPDATE webhook_endpoint SET failing_since = coalesce(failing_since, $4)
   WHERE environment_id = $1 AND id = $2`,
)
const disable = statement<{ id: string }>(
  'webhooks.disable',
  `UPDATE webhook_endpoint SET enabled = false, disabled_reason = $3
   WHERE environment_id = $1 AND id = $2 AND enabled RETURNING id`,
)
const forgetOld = statement<never>(
  'webhooks.forget_old',
  'DELETE FROM webhook_event WHERE created_at < $1::timestamptz - make_interval(days => $2)',
)

/** Any endpoint that has something due and no courier, for `seconds`. Tenants do not matter here: it is a queue. */
export const leaseEndpoint = (db: Db, now: Date, seconds: number) => db.one(lease, [now, seconds])

/** Gives the endpoint back, to be leased from a moment on. */
export const releaseEndpoint = (environmentId: string, db: Db, endpointId: string, freeAt: Date) =>
  db.one(release, [environmentId, endpointId, freeAt])

export const dueDeliveries = (
  environmentId: string,
  db: Db,
  endpointId: string,
  now: Date,
  most: number,
) => db.all(due, [environmentId, endpointId, now, most])

/** The sealed secrets that sign now, newest first. */
export const signingSecrets = async (
  environmentId: string,
  db: Db,
  endpointId: string,
  now: Date,
) => (await db.all(secrets, [environmentId, endpointId, now])).map(row => row.sealed)

export interface Attempt {
  endpointId: string
  eventId: string
  at: Date
  status: number | null
}

export const markArrived = (environmentId: string, db: Db, attempt: Attempt) =>
  db.one(arrived, [environmentId, attempt.endpointId, attempt.eventId, attempt.at, attempt.status])

/** Without a next time the delivery is dead. */
export const markFailed = (
  environmentId: string,
  db: Db,
  attempt: Attempt & { error: string; nextAt: Date | undefined },
) => {
  const { endpointId, eventId, at, status, error, nextAt = null } = attempt
  return db.one(failed, [environmentId, endpointId, eventId, at, status, error, nextAt])
}

/** False when it was switched off before. */
export const disableEndpoint = async (
  environmentId: string,
  tx: Db,
  endpointId: string,
  reason: string,
) => (await tx.one(disable, [environmentId, endpointId, reason])) !== undefined

/** Of all tenants: what is older than `days` is of no use to a receiver any more. */
export const forgetEventsOlderThan = (db: Db, now: Date, days: number) =>
  db.one(forgetOld, [now, days])
