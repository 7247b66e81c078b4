import type { AccessTokens, RefreshTokens, Vault } from '@aethex/shared/auth'
import type { Blobs } from '@aethex/shared/blobs'
import type { OutboxCourier } from '@aethex/shared/bus'
import type { DataKeys } from '@aethex/shared/data-keys'
import type { Database } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { type PipelineContext, routesFor, type Scope } from '@aethex/shared/http'
import type { RepeatedJob, RunningJob } from '@aethex/shared/jobs'
import type { Limits } from '@aethex/shared/limits'
import type { Logger } from '@aethex/shared/log'
import type { Mailer, MailOutbox } from '@aethex/shared/mail'
import type { GuardedFetch } from '@aethex/shared/outgoing'
import type { Redis } from '@aethex/shared/redis'
import type { AskAnalytics } from './analytics-client.js'
import type { FormatSandbox } from './format-sandbox.js'
import type { IceProvider } from './ice-provider.js'
import type { Payments } from './payments.js'
import type { Revocations } from './revocations.js'
import type { Role } from './roles.js'
import type { Usage } from './usage.js'

/** The organisation that a member's request is about, and what the member may do there. */
export interface Tenant {
  organizationId: string
  /** When the path names a project or one of its environments. */
  projectId: string | undefined
  /** When the path names an environment. */
  environmentId: string | undefined
  roles: readonly Role[]
  scopes: ReadonlySet<Scope>
}

/** Who asks. */
export type Actor =
  | { kind: 'public' }
  | { kind: 'client'; environmentId: string }
  | { kind: 'player'; environmentId: string; playerId: string; sessionId: string }
  | { kind: 'server'; environmentId: string; keyId: string; scopes: readonly Scope[] }
  | { kind: 'member'; memberId: string; sessionId: string; tenant?: Tenant }
  // What works by the clock, on behalf of somebody who asked for it.
  | { kind: 'job'; environmentId: string; jobId: string }

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
  vault: Vault
  /** What players' data is sealed with, a key for each environment. */
  dataKeys: DataKeys
  mail: MailOutbox
  /** The way to the mail server; undefined without SMTP_URL: then letters wait in the outbox. */
  mailer: Mailer | undefined
  /** Starts a job by the clock, on one process of many at a time; whoever starts it closes it. */
  repeat(job: RepeatedJob): RunningJob
  /** The only way to call an address that a studio or a player has chosen. */
  guardedFetch: GuardedFetch
  /** Whether `guardedFetch` would try that address at all. */
  mayCall(url: string): boolean
  /** Where a sign-in provider is found instead of at its own address, by its name. */
  providerStandIns: ReadonlyMap<string, string>
  /** Where the code of studios runs that brings saves to another format. */
  formatSandbox: FormatSandbox
  /** Counts what organisations use, and knows what they may use. */
  usage: Usage
  /** Who takes the organisations' money. */
  payments: Payments
  /** Who helps players to reach each other directly. */
  ice: IceProvider
  /** Asks the analytics app what no caller may ask: to hand out or to erase a player's events. */
  askAnalytics: AskAnalytics
  /** Where the world reaches us: the only base of links in letters and redirects. Without a slash at its end. */
  publicUrl: string
  /** The time; tests move it. */
  now: () => Date
}

/** The first argument of every verb: who asks, under which request, with what at hand. */
export interface Ctx extends PipelineContext, Parts {
  actor: Actor
  /** The caller's network address, for budgets. */
  address: string
  /** What the device calls itself (X-Device-Name, else its User-Agent), for its owner to recognise. */
  deviceName: string | null
  log: Logger
}

export const route = routesFor<Ctx>()

const environmentIn = (actor: Actor) => ('environmentId' in actor ? actor.environmentId : undefined)

/** The environment the request belongs to: that of the key, or the one in a member's path. */
export function environmentOf({ actor }: Ctx): string {
  const environmentId = actor.kind === 'member' ? actor.tenant?.environmentId : environmentIn(actor)
  if (environmentId !== undefined) return environmentId
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

/** Where the member's request happens; the gateway has checked that the member may be there. */
export function tenantOf(ctx: Ctx): Tenant {
  const { tenant } = memberOf(ctx)
  if (tenant === undefined) throw new Problem('not_found')
  return tenant
}

/** Who did it, as the audit log names them. */
export function auditActorOf({ actor }: Ctx): { kind: string; id?: string } {
  switch (actor.kind) {
    case 'player':
      return { kind: 'player', id: actor.playerId }
    case 'server':
      return { kind: 'server', id: actor.keyId }
    case 'member':
      return { kind: 'member', id: actor.memberId }
    case 'job':
      return { kind: 'job', id: actor.jobId }
    default:
      return { kind: actor.kind }
  }
}
