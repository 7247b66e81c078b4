import { type AuditRecord, audit } from '@aethex/shared/audit'
import { type Db, once } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { auditActorOf, type Ctx, type Parts } from '../../gateway/context.js'
import { rememberFor } from '../../gateway/remembered.js'
import type { WebhookEvents, WebhookEventType } from './events.js'
import { mintWebhookSecret } from './signature.js'
import {
  addEndpoint,
  addEvent,
  addSecret,
  type DeliveryRow,
  deleteEndpoint,
  deliveriesOf,
  type EndpointPatch,
  type EndpointRow,
  endpointById,
  endpointsOf,
  endSecretsAfter,
  patchEndpoint,
  replayDeliveries,
  wishesOf,
} from './store.js'

export type { WebhookEvents, WebhookEventType } from './events.js'

export const secretPurpose = 'webhook secrets'
const mostEndpoints = 20

/** Tells the studio's endpoints of a change, in the transaction of the change: both happen or neither. */
export async function tellStudio<Type extends WebhookEventType>(
  tx: Db,
  environmentId: string,
  type: Type,
  payload: WebhookEvents[Type],
): Promise<void> {
  await addEvent(environmentId, tx, { id: uuidv7(), type, payload })
}

const wishes = rememberFor(1_000, ({ db }: Parts, environmentId) => wishesOf(environmentId, db))

/**
 * Whether anybody would be told of events of that type: for changes so frequent that telling nobody is worth sparing.
 * An endpoint that was just added is heard of within a second.
 */
export async function hearsOf(
  parts: Parts,
  environmentId: string,
  type: WebhookEventType,
): Promise<boolean> {
  const asked = await wishes(parts, environmentId)
  return asked.some(events => events.length === 0 || events.includes(type))
}

const toEndpoint = ({
  environment_id: _tenant,
  created_at,
  failing_since,
  ...row
}: EndpointRow) => ({
  ...row,
  failing_since: failing_since?.toISOString() ?? null,
  created_at: created_at.toISOString(),
})

const toDelivery = ({ due_at, last_attempt_at, created_at, ...row }: DeliveryRow) => ({
  ...row,
  due_at: due_at.toISOString(),
  last_attempt_at: last_attempt_at?.toISOString() ?? null,
  created_at: created_at.toISOString(),
})

function assertCallable(ctx: Ctx, url: string | undefined): void {
  if (url !== undefined && !ctx.mayCall(url)) throw new Problem('url_not_allowed')
}

type AuditDetails = NonNullable<AuditRecord['details']>

/** The address may carry a token of the studio's own; where it leads is enough for the audit log. */
const auditable = ({ url, events, enabled }: EndpointPatch): AuditDetails => ({
  ...(url === undefined ? {} : { origin: new URL(url).origin }),
  ...(events === undefined ? {} : { events }),
  ...(enabled === undefined ? {} : { enabled }),
})

const record = (
  ctx: Ctx,
  tx: Db,
  deed: { environmentId: string; action: string; target: string; details?: AuditDetails },
) => audit(tx, { ...deed, actor: auditActorOf(ctx), requestId: ctx.requestId })

async function keepSecret(ctx: Ctx, tx: Db, environmentId: string, endpointId: string) {
  const secret = mintWebhookSecret()
  const sealed = ctx.vault.seal(secretPurpose, secret)
  await addSecret(environmentId, tx, { endpointId, id: uuidv7(), sealed })
  return secret
}

/** Adds an endpoint. Its signing secret is in this answer and nowhere else. Throws `url_not_allowed`, `limit_reached`. */
export async function createEndpoint(
  ctx: Ctx,
  environmentId: string,
  input: { url: string; description: string; events: readonly string[] },
) {
  assertCallable(ctx, input.url)
  const id = uuidv7()
  const made = await ctx.db.transaction(async tx => {
    const row = await addEndpoint(environmentId, tx, { id, ...input }, mostEndpoints)
    if (row === undefined) {
      throw new Problem('limit_reached', { extensions: { allowed: mostEndpoints } })
    }
    const secret = await keepSecret(ctx, tx, environmentId, id)
    const details = auditable(input)
    await record(ctx, tx, { environmentId, action: 'webhooks.create', target: id, details })
    return { endpoint: toEndpoint(row), secret }
  })
  wishes.forget(environmentId)
  return made
}

export async function listEndpoints(ctx: Ctx, environmentId: string) {
  return { items: (await endpointsOf(environmentId, ctx.db)).map(toEndpoint), next_cursor: null }
}

/** Changes what is given; enabling forgets why it was switched off. Throws `url_not_allowed`. */
export async function updateEndpoint(
  ctx: Ctx,
  environmentId: string,
  endpointId: string,
  patch: EndpointPatch,
) {
  assertCallable(ctx, patch.url)
  const changed = await ctx.db.transaction(async tx => {
    const row = await patchEndpoint(environmentId, tx, endpointId, patch)
    if (row === undefined) throw notFound()
    const deed = { environmentId, action: 'webhooks.update', target: endpointId }
    await record(ctx, tx, { ...deed, details: auditable(patch) })
    return { endpoint: toEndpoint(row) }
  })
  wishes.forget(environmentId)
  return changed
}

/** Removes an endpoint with all that waits for it. */
export async function removeEndpoint(
  ctx: Ctx,
  environmentId: string,
  endpointId: string,
): Promise<void> {
  await ctx.db.transaction(async tx => {
    if (!(await deleteEndpoint(environmentId, tx, endpointId))) throw notFound()
    await record(ctx, tx, { environmentId, action: 'webhooks.remove', target: endpointId })
  })
}

/** A new signing secret; the old ones sign beside it until the overlap is over. */
export async function rotateSecret(
  ctx: Ctx,
  environmentId: string,
  endpointId: string,
  overlapSeconds: number,
) {
  return ctx.db.transaction(async tx => {
    if ((await endpointById(environmentId, tx, endpointId)) === undefined) throw notFound()
    await endSecretsAfter(environmentId, tx, endpointId, overlapSeconds)
    const secret = await keepSecret(ctx, tx, environmentId, endpointId)
    await record(ctx, tx, { environmentId, action: 'webhooks.rotate_secret', target: endpointId })
    return { secret }
  })
}

/** What was or will be sent to an endpoint, newest first. */
export async function listDeliveries(
  ctx: Ctx,
  environmentId: string,
  endpointId: string,
  query: { state?: string | undefined; limit: number; cursor?: string | undefined },
) {
  if ((await endpointById(environmentId, ctx.db, endpointId)) === undefined) throw notFound()
  const before = query.cursor === undefined ? undefined : decodeCursor(z.uuid(), query.cursor)
  const page = { state: query.state, before, limit: query.limit + 1 }
  const rows = await deliveriesOf(environmentId, ctx.db, endpointId, page)
  return pageOf(rows, query.limit, toDelivery, row => row.event_id)
}

/** Sends one event again, or all dead letters of the endpoint. */
export async function replay(
  ctx: Ctx,
  environmentId: string,
  endpointId: string,
  eventId: string | undefined,
) {
  return once(ctx.db, ctx.idempotency, db =>
    db.transaction(async tx => {
      if ((await endpointById(environmentId, tx, endpointId)) === undefined) throw notFound()
      const replayed = await replayDeliveries(environmentId, tx, endpointId, eventId)
      if (eventId !== undefined && replayed === 0) throw notFound()
      const action = eventId === undefined ? 'webhooks.replay_dead' : 'webhooks.replay'
      await record(ctx, tx, { environmentId, action, target: endpointId })
      return { replayed }
    }),
  )
}

/** Sends the endpoint an event that tells nothing, to see whether it arrives. */
export async function sendTestEvent(ctx: Ctx, environmentId: string, endpointId: string) {
  const id = uuidv7()
  await ctx.db.transaction(async tx => {
    const event = { id, type: 'webhook.test', payload: { endpoint_id: endpointId } }
    const told = await addEvent(environmentId, tx, { ...event, onlyTo: endpointId })
    if (told === 0) throw notFound()
    await record(ctx, tx, { environmentId, action: 'webhooks.test', target: endpointId })
  })
  return { event_id: id }
}
