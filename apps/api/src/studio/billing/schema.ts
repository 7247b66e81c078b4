import { degradation, Features, Limits, monthlyMeters, tierNames } from '@aethex/shared/tiers'
import { z } from 'zod'
import { Id, Page } from '../../gateway/shapes.js'

export const OfOrganization = z.strictObject({ organization_id: Id })
export const OfEnvironment = z.strictObject({ environment_id: Id })
export const LedgerPage = Page

const MonthKey = z.string().regex(/^20\d{2}-(0[1-9]|1[0-2])$/, 'is not a month such as 2026-11')

/** Left out: the month that is running, by UTC. */
export const OfMonth = z.strictObject({ month: MonthKey.optional() })

const currency = z.literal('USD')

export const Tier = z
  .object({
    name: z.enum(tierNames),
    title: z.string(),
    /** For a month, in minor units; null is agreed by contract. */
    price_minor: z.int().nullable(),
    currency,
    /** null is without a limit. */
    limits: Limits,
    features: Features,
  })
  .meta({ id: 'Tier' })
export const TierList = z.object({ items: z.array(Tier), next_cursor: z.null() })

export const Subscription = z
  .object({
    tier: z.enum(tierNames),
    /** `past_due`: a payment failed, and the provider tries again. */
    status: z.enum(['active', 'past_due', 'ended']),
    /** Since when it has this tier; null since ever. */
    since: z.iso.datetime().nullable(),
    provider: z.string(),
    price_minor: z.int().nullable(),
    currency,
    limits: Limits,
    features: Features,
    contract: z
      .object({ valid_from: z.iso.datetime(), valid_until: z.iso.datetime().nullable() })
      .nullable(),
  })
  .meta({ id: 'Subscription' })
export const SubscriptionAnswer = z.object({ subscription: Subscription })

/** What a studio may choose by itself; the enterprise tier comes with a contract. */
export const TierChange = z.strictObject({ tier: z.enum(['free', 'pro']) })
export const Purchase = z.strictObject({ tier: z.literal('pro') })
export const HostedPage = z.object({ url: z.url() })

const UsageOfDay = z.object({
  day: z.iso.date(),
  /** Players who were seen for the first time in the month. */
  monthly_active_players: z.int(),
  cdn_bytes: z.int(),
  analytics_events: z.int(),
})

const InEnvironment = z.object({
  environment_id: z.uuid(),
  project_id: z.uuid(),
  name: z.string(),
  monthly_active_players: z.int(),
  cdn_bytes: z.int(),
  analytics_events: z.int(),
  /** What living saves take now, as stored: this is held against the limit per player. */
  save_bytes: z.int(),
  /** All versions that are kept. */
  kept_save_bytes: z.int(),
  saving_players: z.int(),
})

export const OrganizationUsage = z.object({
  usage: z
    .object({
      month: z.string(),
      resets_at: z.iso.datetime(),
      tier: z.enum(tierNames),
      meters: z.array(
        z.object({
          meter: z.enum(monthlyMeters),
          used: z.int(),
          allowed: z.int().nullable(),
          percent: z.int().nullable(),
        }),
      ),
      save_bytes_per_player: z.object({ allowed: z.int().nullable() }),
      /** Of the running month only. */
      overage: z
        .object({ spent_minor: z.int(), cap_minor: z.int().nullable(), currency })
        .nullable(),
      days: z.array(UsageOfDay),
      environments: z.array(InEnvironment),
    })
    .meta({ id: 'OrganizationUsage' }),
})

export const EnvironmentUsage = z.object({
  usage: InEnvironment.extend({
    month: z.string(),
    days: z.array(UsageOfDay),
    /** Of the last two days; hours in which nothing was counted are left out. */
    hours: z.array(z.object({ kind: z.string(), hour: z.iso.datetime(), amount: z.int() })),
  }).meta({ id: 'EnvironmentUsage' }),
})

const feature = z.enum(degradation.map(step => step.feature))
const Price = z.object({ unit: z.int(), price_minor: z.int() })

export const SpendCap = z
  .object({
    /** What overage may cost in a month, in minor units; null allows none. */
    cap_minor: z.int().nullable(),
    currency,
    /** False while the tier has no paid overage. */
    is_in_force: z.boolean(),
    spent_minor: z.int(),
    switched_off: z.array(feature),
    /** What goes at which share of the cap, in this order. */
    degradation: z.array(z.object({ feature, at_percent: z.int() })),
    prices: z.object({
      monthly_active_players: Price,
      cdn_bytes: Price,
      analytics_events: Price,
    }),
    /** `trips_on` is null when the cap holds to the month's end. */
    forecast: z.object({ trips_on: z.iso.date().nullable(), method: z.string() }),
  })
  .meta({ id: 'SpendCap' })
export const SpendCapAnswer = z.object({ spend_cap: SpendCap })
export const NewSpendCap = z.strictObject({ cap_minor: z.int().min(0).max(100_000_000).nullable() })

export const LedgerEntry = z
  .object({
    id: z.uuid(),
    kind: z.string(),
    /** Of invoices and settled overage. */
    month: z.string().nullable(),
    /** Owed by an invoice, paid by a payment; 0 for what only tells of a change. */
    amount_minor: z.int(),
    currency: z.string(),
    details: z.record(z.string(), z.unknown()),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'LedgerEntry' })
export const LedgerList = z.object({
  items: z.array(LedgerEntry),
  next_cursor: z.string().nullable(),
})
