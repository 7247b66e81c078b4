import type { Budget, BudgetState, Claim } from './budget.js'

interface Window {
  used: number
  endsAt: number
}

/** Counts in this process only: the stand-in while Redis is out, and the cheap throttle of every request. */
export class LocalCounter {
  private readonly windows = new Map<string, Window>()

  constructor(private readonly maxSubjects = 50_000) {}

  /** Takes `units` and answers what is left; 0 only looks, less than 0 gives back what was taken. */
  count(budget: Budget, subject: string, units = 1, now = performance.now()): BudgetState {
    const window = this.windowOf(budget, subject, now)
    window.used = Math.max(0, window.used + units)
    return {
      budget,
      remaining: budget.quota - window.used,
      resetSeconds: Math.max(1, Math.ceil((window.endsAt - now) / 1_000)),
    }
  }

  /** One unit of each, or none when one of them has run out: that one is answered with less than 0 left. */
  takeAll(claims: readonly Claim[], now = performance.now()): BudgetState[] {
    const seen = claims.map(([budget, subject]) => this.count(budget, subject, 0, now))
    const short = seen.find(state => state.remaining <= 0)
    if (short !== undefined) return [{ ...short, remaining: -1 }]
    return claims.map(([budget, subject]) => this.count(budget, subject, 1, now))
  }

  private windowOf(budget: Budget, subject: string, now: number): Window {
    const key = `${budget.name}:${subject}`
    const known = this.windows.get(key)
    if (known !== undefined && known.endsAt > now) return known
    // Last in the order again: the first ones are the oldest.
    this.windows.delete(key)
    if (this.windows.size >= this.maxSubjects) this.makeRoom(now)
    const window = { used: 0, endsAt: now + budget.windowSeconds * 1_000 }
    this.windows.set(key, window)
    return window
  }

  /** Forgets what has ended; when nothing has, the oldest: a flood of subjects must not forgive all the others. */
  private makeRoom(now: number): void {
    for (const [key, window] of this.windows) {
      if (this.windows.size >= this.maxSubjects || window.endsAt <= now) this.windows.delete(key)
      else break
    }
  }
}
