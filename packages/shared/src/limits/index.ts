export { addressClaims, type Sender, senderOf } from './addresses.js'
export {
  type Budget,
  type BudgetState,
  type Claim,
  overBudget,
  rateLimitHeaders,
} from './budget.js'
export { createLanes } from './lanes.js'
export { LocalCounter } from './local-counter.js'
export { countingFailures, createLimits, type Limits } from './shared-limits.js'
