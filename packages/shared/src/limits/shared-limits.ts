import { createHash } from 'node:crypto'
import { Problem, unavailable } from '../errors/index.js'
import type { Redis } from '../redis/index.js'
import { type Budget, type BudgetState, type Claim, overBudget } from './budget.js'
import { LocalCounter } from './local-counter.js'

// One step in Redis, so that a hundred parallel callers cannot all read the same count.
const countScript = `
local units = tonumber(ARGV[1])
if units < 0 then
  local used = tonumber(redis.call('GET', KEYS[1]) or '0')
  if used + units < 0 then units = 0 - used end
end
local used = redis.call('INCRBY', KEYS[1], units)
local ttl = redis.call('TTL', KEYS[1])
if ttl < 0 then
  redis.call('EXPIRE', KEYS[1], ARGV[2])
  ttl = tonumber(ARGV[2])
end
return { used, ttl }`

// First looks at all of them: who is refused by one budget must not have used up another.
const takeAllScript = `
for i = 1, #KEYS do
  local used = tonumber(redis.call('GET', KEYS[i]) or '0')
  if used >= tonumber(ARGV[2 * i - 1]) then
    return { i, used + 1, math.max(1, redis.call('TTL', KEYS[i])) }
  end
end
local answer = { 0 }
for i = 1, #KEYS do
  local used = redis.call('INCR', KEYS[i])
  local ttl = redis.call('TTL', KEYS[i])
  if ttl < 0 then
    ttl = tonumber(ARGV[2 * i])
    redis.call('EXPIRE', KEYS[i], ttl)
  end
  answer[#answer + 1] = used
  answer[#answer + 1] = ttl
end
return answer`

function numbersOf(answer: unknown): number[] {
  if (Array.isArray(answer) && answer.every(part => typeof part === 'number')) return answer
  throw new Error('the limiter answered something else')
}

export interface Limits {
  /** Takes `units` and answers what is left; over budget it still counts. 0 only looks, less than 0 gives back. */
  count(budget: Budget, subject: string, units?: number): Promise<BudgetState>
  /** Takes a unit, or refuses with `rate_limited` when nothing is left. */
  take(budget: Budget, subject: string): Promise<BudgetState>
  /** Takes a unit of each, or none: then refuses with the `rate_limited` of the first that has run out. */
  takeAll(claims: readonly Claim[]): Promise<BudgetState[]>
}

const leaveAloneMs = 1_000

// Addresses, accounts and players are counted, and not written down: who is erased is not named here either.
const hashed = (subject: string) =>
  createHash('sha256').update(subject).digest('base64url').slice(0, 22)
const keyOf = ([budget, subject]: Claim) => `limit:${budget.name}:${hashed(subject)}`

const stateOf = (budget: Budget, used = 0, ttl = 0): BudgetState => ({
  budget,
  remaining: budget.quota - used,
  resetSeconds: Math.max(1, ttl),
})

/** What one process grants while it counts alone. */
const quarterOf = (budget: Budget): Budget => ({
  ...budget,
  quota: Math.max(1, Math.floor(budget.quota / 4)),
})

/** Budgets shared by all processes. While Redis is out each process grants a quarter, so limits never fall open. */
export function createLimits(redis: Redis): Limits {
  const local = new LocalCounter()
  // After a failure Redis is left alone for a moment: a line of time-outs would be worse than a local count.
  let leftAloneUntil = 0

  /** What Redis answers; while it does not, what this process makes of it. */
  async function ask<T>(
    budgets: readonly Budget[],
    question: () => Promise<T>,
    alone: () => T,
  ): Promise<T> {
    let cause: unknown
    try {
      if (performance.now() >= leftAloneUntil) return await question()
    } catch (error) {
      cause = error
      leftAloneUntil = performance.now() + leaveAloneMs
    }
    if (budgets.some(budget => budget.whenBlind === 'refuse')) {
      throw unavailable('live state', cause)
    }
    return alone()
  }

  const count = (budget: Budget, subject: string, units = 1) =>
    ask(
      [budget],
      async () => {
        const key = keyOf([budget, subject])
        const [used, ttl] = numbersOf(
          await redis.eval(countScript, 1, key, units, budget.windowSeconds),
        )
        return stateOf(budget, used, ttl)
      },
      () => local.count(quarterOf(budget), subject, units),
    )

  async function askForAll(claims: readonly Claim[]): Promise<BudgetState[]> {
    const bounds = claims.flatMap(([budget]) => [budget.quota, budget.windowSeconds])
    const keys = claims.map(keyOf)
    const [short = 0, ...counts] = numbersOf(
      await redis.eval(takeAllScript, keys.length, ...keys, ...bounds),
    )
    const refusing = claims[short - 1]
    if (refusing !== undefined) return [stateOf(refusing[0], counts[0], counts[1])]
    return claims.map(([budget], at) => stateOf(budget, counts[2 * at], counts[2 * at + 1]))
  }

  async function takeAll(claims: readonly Claim[]): Promise<BudgetState[]> {
    const states = await ask(
      claims.map(([budget]) => budget),
      () => askForAll(claims),
      () => local.takeAll(claims.map(([budget, subject]) => [quarterOf(budget), subject])),
    )
    const short = states.find(state => state.remaining < 0)
    if (short !== undefined) throw overBudget(short)
    return states
  }

  return {
    count,
    takeAll,
    take: async (budget, subject) => {
      const [state] = await takeAll([[budget, subject]])
      return state ?? stateOf(budget)
    },
  }
}

/**
 * Runs an attempt that uses up its budgets only when it fails as `invalid_credentials`.
 * The units are taken before: of a hundred parallel guesses no more are judged than the budget allows.
 */
export async function countingFailures<T>(
  limits: Limits,
  claims: readonly Claim[],
  attempt: () => Promise<T>,
): Promise<T> {
  await limits.takeAll(claims)
  // A unit that cannot be given back is lost with its window: no reason to fail what has been done.
  const giveBack = async () => {
    for (const [budget, subject] of claims) {
      await limits.count(budget, subject, -1).catch(() => undefined)
    }
  }
  try {
    const answer = await attempt()
    await giveBack()
    return answer
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'invalid_credentials')) await giveBack()
    throw error
  }
}
