import { type Identity, identityHeader, readIdentity } from '@aethex/shared/auth'
import { Problem } from '@aethex/shared/errors'
import { type PipelineContext, type RequestFacts, type Route, routesFor } from '@aethex/shared/http'
import type { EventStore } from './clickhouse/client.js'
import type { Counters } from './counters.js'
import type { Spool } from './ingest/spool/spool.js'

/** What the process has opened; the same for every request. */
export interface Parts {
  spool: Spool
  store: EventStore
  counters: Counters
}

/** The first argument of every verb: who asks, as the gateway signed it, and what is at hand. */
export interface AnalyticsContext extends PipelineContext, Parts {
  identity: Identity
}

export const route = routesFor<AnalyticsContext>()

function assertAdmitted(identity: Identity, { auth, scope }: Route<AnalyticsContext>): void {
  if (!auth.includes(identity.caller)) throw new Problem('wrong_key_kind')
  const lacksScope = scope !== undefined && !identity.scopes.includes(scope)
  if (identity.caller === 'server' && lacksScope) {
    throw new Problem('insufficient_scope', { detail: `The key lacks the scope ${scope}.` })
  }
}

/** The context of one request. Only a header that the gateway signed just now says who calls. */
export const contextFor =
  (parts: Parts, secret: string) =>
  async (route: Route<AnalyticsContext>, facts: RequestFacts): Promise<AnalyticsContext> => {
    const identity = readIdentity(secret, facts.request.headers[identityHeader])
    if (identity === undefined) throw new Problem('credential_missing')
    assertAdmitted(identity, route)
    return {
      ...parts,
      identity,
      requestId: facts.requestId,
      callerId: `${identity.environment_id}/${identity.player_id ?? identity.caller}`,
    }
  }
