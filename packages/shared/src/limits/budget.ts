import { Problem } from '../errors/index.js'

/** `quota` units per `windowSeconds`, counted under `name`. */
export interface Budget {
  name: string
  quota: number
  windowSeconds: number
  /**
   * While the shared count is out: each process grants a quarter of the quota (`share`, unless said), or
   * nobody gets anything (`refuse`: 503), for what must not be guessed even a little more often.
   */
  whenBlind?: 'share' | 'refuse'
}

export interface BudgetState {
  budget: Budget
  /** May be negative when more was asked than there was. */
  remaining: number
  resetSeconds: number
}

/** One unit of a budget for one subject: an address, an account, an environment. */
export type Claim = readonly [budget: Budget, subject: string]

/** IETF draft-ietf-httpapi-ratelimit-headers: what is left, and the policy. */
export function rateLimitHeaders(state: BudgetState): Record<string, string> {
  const { name, quota, windowSeconds } = state.budget
  return {
    ratelimit: `"${name}";r=${Math.max(0, state.remaining)};t=${state.resetSeconds}`,
    'ratelimit-policy': `"${name}";q=${quota};w=${windowSeconds}`,
  }
}

export const overBudget = (state: BudgetState) =>
  new Problem('rate_limited', {
    detail: `More than ${state.budget.quota} in ${state.budget.windowSeconds} seconds; come back in ${state.resetSeconds} seconds.`,
    headers: { ...rateLimitHeaders(state), 'retry-after': String(state.resetSeconds) },
  })
