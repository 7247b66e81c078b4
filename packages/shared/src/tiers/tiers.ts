import type { Entitlements } from './entitlements.js'

/**
 * A gigabyte is 2^30 bytes here. The word is read both ways; who reads 10^9 gets seven percent more than they
 * expected, and nobody is refused below what they read.
 */
export const gigabyte = 2 ** 30
export const terabyte = 2 ** 40

export const tierNames = ['free', 'pro', 'enterprise'] as const
export type TierName = (typeof tierNames)[number]

export interface Tier extends Entitlements {
  name: TierName
  title: string
  /** For a month, in minor units of `currency`; null is agreed by contract. */
  price_minor: number | null
  currency: 'USD'
}

// Ours, not promised anywhere else: a thousand events a month for every player, about thirty a day; and as many
// requests as a tenth of a month's players cause who play at once and ask every two or three seconds.
const eventsPerPlayer = 1_000

/** What is sold. Every limit in the house is read from here, or from a contract on top of it. */
export const tiers: Readonly<Record<TierName, Tier>> = {
  free: {
    name: 'free',
    title: 'Free',
    price_minor: 0,
    currency: 'USD',
    limits: {
      monthly_active_players: 5_000,
      save_bytes_per_player: gigabyte,
      cdn_bytes: 100 * gigabyte,
      analytics_events: 5_000 * eventsPerPlayer,
      requests_per_second: 200,
    },
    features: {
      analytics: 'basic',
      support: 'community',
      branding: 'none',
      sla_uptime_percent: null,
      dedicated_servers: null,
      custom_storage: false,
      paid_overage: false,
    },
  },
  pro: {
    name: 'pro',
    title: 'Pro',
    price_minor: 9_900,
    currency: 'USD',
    limits: {
      monthly_active_players: 50_000,
      save_bytes_per_player: 5 * gigabyte,
      cdn_bytes: terabyte,
      analytics_events: 50_000 * eventsPerPlayer,
      requests_per_second: 2_000,
    },
    features: {
      analytics: 'advanced',
      support: 'priority',
      branding: 'custom',
      sla_uptime_percent: null,
      dedicated_servers: null,
      custom_storage: false,
      paid_overage: true,
    },
  },
  // Without a contract that says otherwise, what is agreed case by case has no limit; players never have one.
  enterprise: {
    name: 'enterprise',
    title: 'Enterprise',
    price_minor: null,
    currency: 'USD',
    limits: {
      monthly_active_players: null,
      save_bytes_per_player: null,
      cdn_bytes: null,
      analytics_events: null,
      requests_per_second: 10_000,
    },
    features: {
      analytics: 'advanced',
      support: '24x7',
      branding: 'white_label',
      sla_uptime_percent: 99.9,
      dedicated_servers: null,
      custom_storage: true,
      paid_overage: true,
    },
  },
}

/**
 * What happens at a limit before anything is refused: a warning, then a letter, then a grace that is over when
 * either of its bounds is passed.
 */
export const grace = { warnings_percent: [80, 100], over_percent: 10, days: 14 } as const
