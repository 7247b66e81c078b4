import { overBudget } from '@aethex/shared/limits'

interface Bucket {
  perSecond: number | null
  tokens: number
  at: number
  askedAt: number
}

// So much at once is fine as long as it is not kept up.
const burstSeconds = 20
const askAgainMs = 5_000
const maxEnvironments = 50_000

/**
 * Refuses the requests of an environment that sends more than its tier allows (`rate_limited`), so that others do not
 * feel it. A token bucket for each environment, in this process alone: a request costs a look into a map. How fast a bucket
 * fills is asked beside the requests; until it is known nobody is held up.
 * @param askRate requests per second, null without a limit
 */
export function createRequestRate(
  askRate: (environmentId: string) => Promise<number | null>,
  clock: () => number = () => performance.now(),
): (environmentId: string) => void {
  const buckets = new Map<string, Bucket>()

  function learn(environmentId: string, bucket: Bucket, now: number): void {
    bucket.askedAt = now
    askRate(environmentId).then(
      perSecond => {
        const wasFull = bucket.perSecond === null
        bucket.perSecond = perSecond
        const capacity = (perSecond ?? 0) * burstSeconds
        bucket.tokens = wasFull ? capacity : Math.min(bucket.tokens, capacity)
      },
      // Asked again a moment later; until then what was known holds.
      () => undefined,
    )
  }

  function bucketOf(environmentId: string, now: number): Bucket {
    const known = buckets.get(environmentId)
    if (known !== undefined) return known
    // Idle environments make room; a bucket that was away for a while is full again anyway.
    if (buckets.size >= maxEnvironments) buckets.clear()
    const made: Bucket = { perSecond: null, tokens: 0, at: now, askedAt: -Infinity }
    buckets.set(environmentId, made)
    return made
  }

  return environmentId => {
    const now = clock()
    const bucket = bucketOf(environmentId, now)
    if (now - bucket.askedAt > askAgainMs) learn(environmentId, bucket, now)
    const { perSecond } = bucket
    const elapsed = (now - bucket.at) / 1_000
    bucket.at = now
    if (perSecond === null) return
    const quota = perSecond * burstSeconds
    bucket.tokens = Math.min(quota, bucket.tokens + elapsed * perSecond)
    if (bucket.tokens < 1) {
      const resetSeconds = Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond))
      const budget = { name: 'environment', quota, windowSeconds: burstSeconds }
      throw overBudget({ budget, remaining: 0, resetSeconds })
    }
    bucket.tokens -= 1
  }
}
