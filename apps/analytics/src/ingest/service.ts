import type { Identity } from '@aethex/shared/auth'
import { Problem } from '@aethex/shared/errors'
import type { AnalyticsContext } from '../context.js'
import { toRow } from './row.js'
import type { Event } from './schema.js'
import { encodeLine } from './spool/lines.js'

function assertConsent({ identity, counters }: AnalyticsContext, events: readonly Event[]): void {
  if (identity.caller !== 'player' || identity.consents.includes('analytics')) return
  counters.withoutConsent.inc(events.length)
  throw new Problem('consent_required', {
    detail:
      'The player has not agreed to analytics: PUT /api/v1/privacy/consents {"analytics":true} first.',
  })
}

function assertOwnEvents(identity: Identity, events: readonly Event[]): void {
  if (identity.caller !== 'player') return
  const errors = events.flatMap(({ player_id }, index) =>
    player_id === undefined
      ? []
      : [{ pointer: `/events/${index}/player_id`, reason: 'is only taken from a secret key' }],
  )
  if (errors.length > 0) throw new Problem('invalid_request', { errors: errors.slice(0, 20) })
}

/** Answers once the events are on disk. What happens to ClickHouse from then on loses none of them. */
export async function acceptEvents(
  ctx: AnalyticsContext,
  events: readonly Event[],
): Promise<{ accepted: number }> {
  assertConsent(ctx, events)
  assertOwnEvents(ctx.identity, events)
  const receivedAt = Date.now()
  const lines = events.map(event =>
    encodeLine(JSON.stringify(toRow(ctx.identity, event, receivedAt))),
  )
  await ctx.spool.append(Buffer.from(lines.join('')), events.length)
  ctx.counters.accepted.inc(events.length)
  return { accepted: events.length }
}
