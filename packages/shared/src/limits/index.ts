import { Problem } from '../errors/index.js'
import type { Redis } from '../redis/index.js'

export { createLanes } from './lanes.js'

/** `quota` units per `windowSeconds`, counted under `name`. */
export interface Budget {
  name: string
  quota: number
  windowSeconds: number
}

export interface BudgetState {
  budget: Budget
  /** May be negative when more was asked than there was. */
  remaining: number
  resetSeconds: number
}

// One step in Redis, so that a hundred parallel callers cannot all read the same count.
const countScript = `
local used = redis.call('INCRBY', KEYS[1], ARGV[1])
local ttl = redis.call('TTL', KEYS[1])
if ttl < 0 then
  redis.call('EXPIRE', KEYS[1], ARGV[2])
  ttl = tonumber(ARGV[2])
end
return { used, ttl }`

const isCount = (answer: unknown): answer is [number, number] =>
  Array.isArray(answer) && typeof answer[0] === 'number' && typeof answer[1] === 'number'

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

/** Counts in this process only: the stand-in while Redis is out, and the cheap throttle of every request. */
export class LocalCounter {
  private windows = new Map<string, { used: number; endsAt: number }>()

  constructor(private readonly maxSubjects = 50_000) {}

  count(budget: Budget, subject: string, units = 1, now = performance.now()): BudgetState {
    const key = `${budget.name}:${subject}`
    let window = this.windows.get(key)
    if (window === undefined || window.endsAt <= now) {
      if (this.windows.size >= this.maxSubjects) this.dropEnded(now)
      window = { used: 0, endsAt: now + budget.windowSeconds * 1_000 }
      this.windows.set(key, window)
    }
    window.used += units
    return {
      budget,
      remaining: budget.quota - window.used,
      resetSeconds: Math.max(1, Math.ceil((window.endsAt - now) / 1_000)),
    }
  }

  private dropEnded(now: number): void {
    for (const [key, window] of this.windows) if (window.endsAt <= now) this.windows.delete(key)
    if (this.windows.size >= this.maxSubjects) this.windows.clear()
  }
}

export interface Limits {
  /** Takes `units` and answers what is left; over budget it still counts. `units` 0 only looks. */
  count(budget: Budget, subject: string, units?: number): Promise<BudgetState>
  /** As `count`, but refuses with `rate_limited` when nothing is left. */
  take(budget: Budget, subject: string): Promise<BudgetState>
}

const leaveAloneMs = 1_000

/** Budgets shared by all processes. While Redis is out each process grants a quarter, so limits never fall open. */
export function createLimits(redis: Redis): Limits {
  const local = new LocalCounter()
  // After a failure Redis is left alone for a moment: a line of time-outs would be worse than a local count.
  let leftAloneUntil = 0
  const count = async (budget: Budget, subject: string, units = 1): Promise<BudgetState> => {
    try {
      if (performance.now() < leftAloneUntil) throw new Error('Redis is left alone')
      const key = `limit:${budget.name}:${subject}`
      const answer = await redis.eval(countScript, 1, key, units, budget.windowSeconds)
      if (!isCount(answer)) throw new Error('the limiter answered something else')
      return { budget, remaining: budget.quota - answer[0], resetSeconds: Math.max(1, answer[1]) }
    } catch {
      if (performance.now() >= leftAloneUntil) leftAloneUntil = performance.now() + leaveAloneMs
      const quarter = { ...budget, quota: Math.max(1, Math.floor(budget.quota / 4)) }
      return local.count(quarter, subject, units)
    }
  }
  return {
    count,
    take: async (budget, subject) => {
      const state = await count(budget, subject)
      if (state.remaining < 0) throw overBudget(state)
      return state
    },
  }
}

/**
 * Runs an attempt that uses up its budgets only when it fails as `invalid_credentials`.
 * The units are taken before: of a hundred parallel guesses no more are judged than the budget allows.
 */
export async function countingFailures<T>(
  limits: Limits,
  budgets: readonly (readonly [budget: Budget, subject: string])[],
  attempt: () => Promise<T>,
): Promise<T> {
  const taken: (readonly [Budget, string])[] = []
  const giveBack = async () => {
    for (const [budget, subject] of taken) await limits.count(budget, subject, -1)
  }
  try {
    for (const [budget, subject] of budgets) {
      taken.push([budget, subject])
      await limits.take(budget, subject)
    }
    const answer = await attempt()
    await giveBack()
    return answer
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'invalid_credentials')) await giveBack()
    throw error
  }
}
