import { z } from 'zod'

const amount = z.int().min(0).nullable()

/** What a tier lets an organisation use. `null` is without a limit. Bytes; GB is 2^30 of them. */
export const Limits = z.strictObject({
  /** Players who signed in within a calendar month (UTC); each environment's are counted, and all add up. */
  monthly_active_players: amount,
  /** What one player's living saves may take, as the player sees them; older versions of them are not counted. */
  save_bytes_per_player: amount,
  /** What the content network may deliver in a calendar month. */
  cdn_bytes: amount,
  /** Events that analytics takes in a calendar month. */
  analytics_events: amount,
  /** Requests that one environment may send to one process, in the long run; twenty seconds' worth at once. */
  requests_per_second: z.int().min(1).nullable(),
})
export type Limits = z.output<typeof Limits>

/** What a tier comes with. */
export const Features = z.strictObject({
  analytics: z.enum(['basic', 'advanced']),
  support: z.enum(['community', 'priority', '24x7']),
  /** `custom` themes dialogs, mails and pages; `white_label` also takes every mark of ours away. */
  branding: z.enum(['none', 'custom', 'white_label']),
  /** The uptime promised for a calendar month, in percent; null without a promise. */
  sla_uptime_percent: z.number().min(90).max(100).nullable(),
  /** The label of the nodes that serve this organisation alone; null shares the nodes of everybody. */
  dedicated_servers: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
    .nullable(),
  /** May keep its bytes in a bucket and a region of its own. */
  custom_storage: z.boolean(),
  /** May let usage beyond the limits be charged, up to a cap of its own. */
  paid_overage: z.boolean(),
})
export type Features = z.output<typeof Features>

export interface Entitlements {
  limits: Limits
  features: Features
}

/** What a contract says otherwise than the tier: any of the fields above. */
export const Overrides = z.strictObject({
  limits: Limits.partial().optional(),
  features: Features.partial().optional(),
})
export type Overrides = z.output<typeof Overrides>

// A field that is there but undefined says nothing.
const said = <T extends object>(fields: T | undefined): Partial<T> =>
  Object.fromEntries(
    Object.entries(fields ?? {}).filter(([, value]) => value !== undefined),
  ) as Partial<T>

/** The tier's entitlements with what a contract says otherwise. */
export const withOverrides = (tier: Entitlements, overrides: Overrides | undefined) => ({
  limits: Limits.parse({ ...tier.limits, ...said(overrides?.limits) }),
  features: Features.parse({ ...tier.features, ...said(overrides?.features) }),
})
