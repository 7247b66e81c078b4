/** How long to wait between tries: at most `firstMs`, then twice as long each time, up to `maxMs`. */
export interface Backoff {
  firstMs: number
  maxMs: number
}

/** A delay in milliseconds, spread over the whole span so that many clients never come back at once ("full jitter"). */
export const backoffMs = (
  attempt: number,
  { firstMs, maxMs }: Backoff,
  random: () => number = Math.random,
): number => random() * Math.min(maxMs, firstMs * 2 ** attempt)

/** Waits as long as the server asked, and a jittered while on top. */
export const delayBeforeRetry = (
  attempt: number,
  backoff: Backoff,
  retryAfterMs = 0,
  random: () => number = Math.random,
): number => retryAfterMs + backoffMs(attempt, backoff, random)

/** The milliseconds of a Retry-After header: seconds or a date (RFC 9110 §10.2.3). */
export function retryAfterMs(header: string | null, now = Date.now()): number | undefined {
  if (header === null || header.trim() === '') return undefined
  const seconds = Number(header)
  const ms = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1000
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
