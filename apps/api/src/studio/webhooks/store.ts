import { type Db, statement } from '@aethex/shared/db'

export interface EndpointRow {
  environment_id: string
  id: string
  url: string
  description: string
  events: string[]
  enabled: boolean
  disabled_reason: string | null
  failing_since: Date | null
  created_at: Date
}

export interface DeliveryRow {
  event_id: string
  type: string
  state: 'pending' | 'delivered' | 'dead'
  attempts: number
  due_at: Date
  last_attempt_at: Date | null
  last_status: number | null
  last_error: string | null
  created_at: Date
}

const columns =
  'environment_id, id, url, description, events, enabled, disabled_reason, failing_since, created_at'

// The deliveries are made with the event: an endpoint added later is not told of what was before it.
const insertEvent = statement<{ endpoint_id: string }>(
  'webhooks.insert_event',
  `WITH event AS (
     INSERT INTO webhook_event (environment_id, id, type, payload) VALUES ($1, $2, $3, $4)
     RETURNING environment_id, id, type)
   INSERT INTO webhook_delivery (environment_id, endpoint_id, event_id)
   SELECT e.environment_id, e.id, event.id FROM event
   JOIN webhook_endpoint e ON e.environment_id = event.environment_id
   WHERE e.enabled AND ($5::uuid IS NULL OR e.id = $5)
     AND ($5::uuid IS NOT NULL OR cardinality(e.events) = 0 OR event.type = ANY(e.events))
   RETURNING endpoint_id`,
)
const takeTurn = statement<never>(
  'webhooks.take_turn',
  "SELECT pg_advisory_xact_lock(hashtextextended('webhooks ' || $1, 0))",
)
const insertEndpoint = statement<EndpointRow>(
  'webhooks.insert_endpoint',
  `INSERT INTO webhook_endpoint (environment_id, id, url, description, events)
   SELECT $1, $2, $3, $4, $5
   WHERE (SELECT count(*) FROM webhook_endpoint WHERE environment_id = $1) < $6 RETURNING ${columns}`,
)
const changeEndpoint = statement<EndpointRow>(
  'webhooks.change_endpoint',
  `UPDATE webhook_endpoint SET
     url = coalesce($3, url), description = coalesce($4, description), events = coalesce($5, events),
     enabled = coalesce($6, enabled),
     disabled_reason = CASE WHEN $6 THEN NULL ELSE disabled_reason END,
     failing_since = CASE WHEN $6 THEN NULL ELSE failing_since END
   WHERE environment_id = $1 AND id = $2 RETURNING ${columns}`,
)
const removeEndpoint = statement<{ id: string }>(
  'webhooks.remove_endpoint',
  'DELETE FROM webhook_endpoint WHERE environment_id = $1 AND id = $2 RETURNING id',
)
const listEndpoints = statement<EndpointRow>(
  'webhooks.list_endpoints',
  `SELECT ${columns} FROM webhook_endpoint WHERE environment_id = $1 ORDER BY id`,
)
const findEndpoint = statement<EndpointRow>(
  'webhooks.find_endpoint',
  `SELECT ${columns} FROM webhook_endpoint WHERE environment_id = $1 AND id = $2`,
)
const listWishes = statement<{ events: string[] }>(
  'webhooks.list_wishes',
  'SELECT events FROM webhook_endpoint WHERE environment_id = $1 AND enabled',
)
const insertSecret = statement<never>(
  'webhooks.insert_secret',
  'INSERT INTO webhook_secret (environment_id, endpoint_id, id, sealed) VALUES ($1, $2, $3, $4)',
)
const retireSecrets = statement<never>(
  'webhooks.retire_secrets',
  `UPDATE webhook_secret SET expires_at = least(expires_at, now() + make_interval(secs => $3))
   WHERE environment_id = $1 AND endpoint_id = $2`,
)
const listDeliveries = statement<DeliveryRow>(
  'webhooks.list_deliveries',
  `SELECT d.event_id, v.type, d.state, d.attempts, d.due_at, d.last_attempt_at, d.last_status,
     d.last_error, v.created_at
   FROM webhook_delivery d
   JOIN webhook_event v ON v.environment_id = d.environment_id AND v.id = d.event_id
   WHERE d.environment_id = $1 AND d.endpoint_id = $2 AND ($3::text IS NULL OR d.state::text = $3)
     AND ($4::uuid IS NULL OR d.event_id < $4) ORDER BY d.event_id DESC LIMIT $5`,
)
const replay = statement<{ event_id: string }>(
  'webhooks.replay',
  `UPDATE webhook_delivery SET state = 'pending', attempts = 0, due_at = now()
   WHERE environment_id = $1 AND endpoint_id = $2
     AND CASE WHEN $3::uuid IS NULL THEN state = 'dead' ELSE event_id = $3 END
   RETURNING event_id`,
)
// The name of a channel between two players has the ids of both.
const forgetPlayer = statement<{ id: string }>(
  'webhooks.forget_player',
  `DELETE FROM webhook_event WHERE environment_id = $1
     AND (payload ->> 'player_id' = $2 OR payload ->> 'merged_player_id' = $2
       OR strpos(payload ->> 'channel', $2) > 0)
     AND type <> 'player.erased' RETURNING id`,
)
// What others have done stays told; only who reported it does not.
const forgetReporter = statement<{ id: string }>(
  'webhooks.forget_reporter',
  `UPDATE webhook_event SET payload = jsonb_set(payload, '{reporter_id}', 'null')
   WHERE environment_id = $1 AND payload ->> 'reporter_id' = $2 RETURNING id`,
)
const eventsOf = statement<{ type: string; payload: unknown; created_at: Date }>(
  'webhooks.events_of',
  `SELECT type, payload, created_at FROM webhook_event WHERE environment_id = $1
     AND (payload ->> 'player_id' = $2 OR payload ->> 'merged_player_id' = $2) ORDER BY id`,
)

/** How many endpoints will be told. With `onlyTo` it is that one, whatever it has asked for. */
export const addEvent = async (
  environmentId: string,
  tx: Db,
  event: { id: string; type: string; payload: object; onlyTo?: string },
) => {
  const { id, type, payload, onlyTo = null } = event
  return (await tx.all(insertEvent, [environmentId, id, type, JSON.stringify(payload), onlyTo]))
    .length
}

/** Undefined when the environment has `most` endpoints already, counted while nobody else adds one. */
export const addEndpoint = async (
  environmentId: string,
  tx: Db,
  endpoint: { id: string; url: string; description: string; events: readonly string[] },
  most: number,
) => {
  const { id, url, description, events } = endpoint
  await tx.one(takeTurn, [environmentId])
  return tx.one(insertEndpoint, [environmentId, id, url, description, events, most])
}

export interface EndpointPatch {
  url?: string | undefined
  description?: string | undefined
  events?: readonly string[] | undefined
  enabled?: boolean | undefined
}

export const patchEndpoint = (
  environmentId: string,
  tx: Db,
  endpointId: string,
  { url, description, events, enabled }: EndpointPatch,
) => {
  const values = [url ?? null, description ?? null, events ?? null, enabled ?? null]
  return tx.one(changeEndpoint, [environmentId, endpointId, ...values])
}

export const deleteEndpoint = async (environmentId: string, tx: Db, endpointId: string) =>
  (await tx.one(removeEndpoint, [environmentId, endpointId])) !== undefined

/** What each endpoint that is switched on has asked for; an empty list stands for everything. */
export const wishesOf = async (environmentId: string, db: Db) =>
  (await db.all(listWishes, [environmentId])).map(({ events }) => events)

export const endpointsOf = (environmentId: string, db: Db) => db.all(listEndpoints, [environmentId])

export const endpointById = (environmentId: string, db: Db, endpointId: string) =>
  db.one(findEndpoint, [environmentId, endpointId])

export const addSecret = (
  environmentId: string,
  tx: Db,
  secret: { endpointId: string; id: string; sealed: Buffer },
) => tx.one(insertSecret, [environmentId, secret.endpointId, secret.id, secret.sealed])

/** Lets all secrets of an endpoint end after `seconds`, unless they end before. */
export const endSecretsAfter = (
  environmentId: string,
  tx: Db,
  endpointId: string,
  seconds: number,
) => tx.one(retireSecrets, [environmentId, endpointId, seconds])

/** Newest first, older than the event `before`. */
export const deliveriesOf = (
  environmentId: string,
  db: Db,
  endpointId: string,
  page: { state: string | undefined; before: string | undefined; limit: number },
) => {
  const { state = null, before = null, limit } = page
  return db.all(listDeliveries, [environmentId, endpointId, state, before, limit])
}

/** Makes one delivery due again, or all dead ones; answers how many. */
export const replayDeliveries = async (
  environmentId: string,
  tx: Db,
  endpointId: string,
  eventId: string | undefined,
) => (await tx.all(replay, [environmentId, endpointId, eventId ?? null])).length

/** How many events told of the player. */
export async function forgetEventsOf(environmentId: string, db: Db, playerId: string) {
  const reported = await db.all(forgetReporter, [environmentId, playerId])
  return (await db.all(forgetPlayer, [environmentId, playerId])).length + reported.length
}

export const eventsAbout = (environmentId: string, db: Db, playerId: string) =>
  db.all(eventsOf, [environmentId, playerId])
