export { type Entitlements, Features, Limits, Overrides, withOverrides } from './entitlements.js'
export {
  beyond,
  type Degraded,
  degradation,
  degradedAt,
  type MonthlyMeter,
  type MonthlyUsage,
  monthlyMeters,
  overage,
  overageOf,
  overagePrices,
  sampleOneIn,
} from './overage.js'
export {
  type Agreement,
  graceMs,
  isSpent,
  type Month,
  type Standing,
  withGrace,
} from './standing.js'
export { gigabyte, grace, type Tier, type TierName, terabyte, tierNames, tiers } from './tiers.js'
