import { randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { audit } from '@aethex/shared/audit'
import type { Logger } from '@aethex/shared/log'
import { outgoingErrorIn } from '@aethex/shared/outgoing'
import type { Parts } from '../../gateway/context.js'
import {
  type DueDelivery,
  disableEndpoint,
  dueDeliveries,
  type LeasedEndpoint,
  leaseEndpoint,
  markArrived,
  markFailed,
  releaseEndpoint,
  signingSecrets,
} from './courier-store.js'
import { secretPurpose } from './service.js'
import { signaturesOf } from './signature.js'

const minute = 60
const hour = 60 * minute
/** Seconds until the next attempt after the first, second … failure; after the last one the letter is dead. */
export const retryAfterSeconds = [
  5,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
]

const couriers = 16
const batch = 20
const leaseSeconds = 120
const roundMs = 20_000
const idleMs = 500
const answerBytes = 64 * 1_024
const longestPauseMs = 60_000
const failingDays = 3
const dayMs = 86_400_000

interface Outcome {
  status: number | null
  /** Undefined when it arrived. */
  error: string | undefined
}

async function send(
  parts: Parts,
  endpoint: LeasedEndpoint,
  delivery: DueDelivery,
  secrets: readonly string[],
): Promise<Outcome> {
  const { event_id: id, type, payload, created_at: createdAt } = delivery
  const timestamp = Math.floor(parts.now().getTime() / 1_000)
  const body = JSON.stringify({ type, timestamp: createdAt.toISOString(), data: payload })
  try {
    const { status } = await parts.guardedFetch(endpoint.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signaturesOf(secrets, { id, timestamp, body }),
      },
      body,
      maxBytes: answerBytes,
    })
    const isFine = status >= 200 && status < 300
    return { status, error: isFine ? undefined : `answered ${status}` }
  } catch (error) {
    return { status: null, error: outgoingErrorIn(error)?.reason ?? 'failed' }
  }
}

/** When to try again after `attempts` failures, spread by a tenth so that retries do not come as one wave. */
export function nextAttempt(now: Date, attempts: number): Date | undefined {
  const seconds = retryAfterSeconds[attempts - 1]
  if (seconds === undefined) return undefined
  return new Date(now.getTime() + seconds * (900 + randomInt(200)))
}

async function switchOff(parts: Parts, endpoint: LeasedEndpoint, reason: string, log: Logger) {
  const { environment_id: environmentId, id } = endpoint
  await parts.db.transaction(async tx => {
    if (!(await disableEndpoint(environmentId, tx, id, reason))) return
    await audit(tx, {
      environmentId,
      actor: { kind: 'job', id: 'webhooks' },
      action: 'webhooks.disable',
      target: id,
      details: { reason },
      requestId: 'job',
    })
  })
  log.warn({ endpoint: id, reason }, 'a webhook endpoint was switched off')
}

/** False when the endpoint should be left alone for now. */
async function deliver(
  parts: Parts,
  endpoint: LeasedEndpoint,
  delivery: DueDelivery,
  secrets: readonly string[],
  log: Logger,
): Promise<boolean> {
  const { environment_id: environmentId, id: endpointId } = endpoint
  const { status, error } = await send(parts, endpoint, delivery, secrets)
  const at = parts.now()
  const attempt = { endpointId, eventId: delivery.event_id, at, status }
  if (error === undefined) {
    await markArrived(environmentId, parts.db, attempt)
    return true
  }
  const nextAt = nextAttempt(at, delivery.attempts + 1)
  await markFailed(environmentId, parts.db, { ...attempt, error, nextAt })
  const failingMs = at.getTime() - (endpoint.failing_since ?? at).getTime()
  if (status === 410) await switchOff(parts, endpoint, 'gone', log)
  else if (failingMs > failingDays * dayMs) await switchOff(parts, endpoint, 'failing', log)
  return false
}

/**
 * How long an endpoint is left alone after a failure: a tenth of the time for which it has been failing. Many slow ones
 * together do not keep every courier waiting, and one that is well again is noticed within a minute.
 */
export function pauseMs(failingSince: Date | null, now: Date): number {
  const failingMs = now.getTime() - (failingSince ?? now).getTime()
  return Math.min(longestPauseMs, Math.max(0, failingMs / 10))
}

/** What is due for one endpoint, in the order of the events, until one fails or the round is over. */
async function serve(
  parts: Parts,
  endpoint: LeasedEndpoint,
  log: Logger,
  isOver: () => boolean,
): Promise<void> {
  const { environment_id: environmentId, id, failing_since: failingSince } = endpoint
  const now = parts.now()
  let isFine = true
  try {
    const sealed = await signingSecrets(environmentId, parts.db, id, now)
    const secrets = sealed.map(bytes => parts.vault.unseal(secretPurpose, bytes))
    for (const delivery of await dueDeliveries(environmentId, parts.db, id, now, batch)) {
      isFine = await deliver(parts, endpoint, delivery, secrets, log)
      // The next round waits for this one: what is left of a slow receiver's letters is due then, too.
      if (!isFine || isOver()) break
    }
  } finally {
    const at = parts.now()
    const freeAt = isFine ? at : new Date(at.getTime() + pauseMs(failingSince, at))
    await releaseEndpoint(environmentId, parts.db, id, freeAt)
  }
}

/**
 * Sends what is due, at least once each. Every endpoint has one courier at a time and they do not wait for
 * each other: one that is slow or broken holds up nobody else.
 */
export async function deliverDue(parts: Parts, log: Logger): Promise<void> {
  const until = performance.now() + roundMs
  const isOver = () => performance.now() >= until
  const busy = new Set<Promise<void>>()
  while (!isOver()) {
    const mayLease = busy.size < couriers
    const endpoint = mayLease && (await leaseEndpoint(parts.db, parts.now(), leaseSeconds))
    if (endpoint) {
      const served = serve(parts, endpoint, log, isOver)
        .catch(error => log.warn({ err: error, endpoint: endpoint.id }, 'a courier came back'))
        .finally(() => busy.delete(served))
      busy.add(served)
    } else if (busy.size > 0) {
      // Somebody waits for an answer; what becomes due meanwhile must not wait for that, too.
      await Promise.race([...busy, wait(idleMs)])
    } else return
  }
  await Promise.all(busy)
}
