/** Lets `perSecond` through on average, and a second's worth at once; what was overdrawn is waited for. */
export class Allowance {
  private left: number
  private filledAt: number

  constructor(
    private readonly perSecond: number,
    now = performance.now(),
  ) {
    this.left = perSecond
    this.filledAt = now
  }

  get isSpent(): boolean {
    return this.left < 0
  }

  /** Answers how many milliseconds to rest before the next time. */
  spend(amount: number, now = performance.now()): number {
    const filled = this.left + ((now - this.filledAt) / 1_000) * this.perSecond
    this.left = Math.min(this.perSecond, filled) - amount
    this.filledAt = now
    return this.left < 0 ? (-this.left / this.perSecond) * 1_000 : 0
  }

  /** Takes so much if it is there. */
  take(amount: number, now = performance.now()): boolean {
    this.spend(0, now)
    if (this.left < amount) return false
    this.left -= amount
    return true
  }
}
