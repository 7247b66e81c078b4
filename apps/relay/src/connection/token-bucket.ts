/** Lets `perSecond` through on average and `burst` at once. */
export class TokenBucket {
  private tokens: number
  private refilledAt: number
  private refusals = 0

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    now = performance.now(),
  ) {
    this.tokens = burst
    this.refilledAt = now
  }

  /** Takes one. `flooding` once a whole burst was refused since the bucket was last full. */
  take(now = performance.now()): 'granted' | 'refused' | 'flooding' {
    const refilled = this.tokens + ((now - this.refilledAt) / 1_000) * this.perSecond
    this.tokens = Math.min(this.burst, refilled)
    this.refilledAt = now
    if (this.tokens >= this.burst) this.refusals = 0
    if (this.tokens >= 1) {
      this.tokens -= 1
      return 'granted'
    }
    this.refusals += 1
    return this.refusals > this.burst ? 'flooding' : 'refused'
  }
}
