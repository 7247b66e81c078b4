import type { AccessTokens, RefreshTokens } from '@aethex/shared/auth'
import type { Blobs } from '@aethex/shared/blobs'
import type { OutboxCourier } from '@aethex/shared/bus'
import type { Database } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { type PipelineContext, routesFor, type Scope } from '@aethex/shared/http'
import type { Limits } from '@aethex/shared/limits'
import type { Logger } from '@aethex/shared/log'
import type { Redis } from '@aethex/shared/redis'
import type { Revocations } from './revocations.js'

/** Who asks. */
export type Actor =
  | { kind: 'public' }
  | { kind: 'client'; environmentId: string }
  | { kind: 'player'; environmentId: string; playerId: string; sessionId: string }
  | { kind: 'server'; environmentId: string; keyId: string; scopes: readonly Scope[] }
  | { kind: 'member'; memberId: string; sessionId: string }

/** What the process has opened; the same for every request. */
export interface Parts {
  db: Database
  redis: Redis
  blobs: Blobs
  limits: Limits
  tokens: AccessTokens
  refresh: RefreshTokens
  revocations: Revocations
  outbox: OutboxCourier
}

/** The first argument of every verb: who asks, under which request, with what at hand. */
export interface Ctx extends PipelineContext, Parts {
  actor: Actor
  /** The caller's network address, for budgets. */
  address: string
  log: Logger
}

export const route = routesFor<Ctx>()

/** The environment the request belongs to. */
export function environmentOf(ctx: Ctx): string {
  if ('environmentId' in ctx.actor) return ctx.actor.environmentId
  throw new Problem('credential_missing')
}

export function playerOf(ctx: Ctx) {
  if (ctx.actor.kind === 'player') return ctx.actor
  throw new Problem('credential_missing')
}

export function memberOf(ctx: Ctx) {
  if (ctx.actor.kind === 'member') return ctx.actor
  throw new Problem('credential_missing')
}
