/**
 * The moments at which the versions of a slot came to be, as far as they are known. Versions give the order, so a
 * history is linearizable exactly when moments can be found that rise with the versions, each within its bounds.
 */
export interface Bounds {
  /** Index 0 is the slot before its first version. */
  earliest: number[]
  latest: number[]
}

/** A choice between explanations, each of which narrows the bounds. The first that fits all others wins. */
export interface Choice {
  name: string
  options: readonly Explanation[]
}

export interface Explanation {
  narrow: readonly Narrowing[]
  /** Something that may explain one thing only, such as an operation that writes at most one version. */
  uses?: string | undefined
}

export interface Narrowing {
  version: number
  notBefore?: number
  notAfter?: number
}

export const freeBounds = (versions: number): Bounds => ({
  earliest: Array.from({ length: versions + 1 }, () => Number.NEGATIVE_INFINITY),
  latest: Array.from({ length: versions + 1 }, () => Number.POSITIVE_INFINITY),
})

/** The bounds after a narrowing; what lies beyond the last version narrows nothing. */
export function narrowed(bounds: Bounds, narrowing: readonly Narrowing[]): Bounds {
  const earliest = [...bounds.earliest]
  const latest = [...bounds.latest]
  for (const { version, notBefore, notAfter } of narrowing) {
    const [low, high] = [earliest[version], latest[version]]
    if (low === undefined || high === undefined) continue
    if (notBefore !== undefined) earliest[version] = Math.max(low, notBefore)
    if (notAfter !== undefined) latest[version] = Math.min(high, notAfter)
  }
  return { earliest, latest }
}

/** The first version that has no moment: everything before it came as early as it could, and still it is too late. */
export function firstWithoutMoment({ earliest, latest }: Bounds): number | undefined {
  let moment = Number.NEGATIVE_INFINITY
  for (const [version, low] of earliest.entries()) {
    moment = Math.max(moment, low)
    if (moment > (latest[version] ?? Number.POSITIVE_INFINITY)) return version
  }
  return undefined
}

const mostSteps = 50_000

export type Found =
  | { kind: 'order' }
  /** The name of the choice that could not be made, at the deepest point that was reached. */
  | { kind: 'none'; stuck: string }
  | { kind: 'too many steps' }

/** Looks for one explanation of each choice so that all versions have their moment. */
export function findOrder(bounds: Bounds, choices: readonly Choice[]): Found {
  // What has the fewest explanations is settled first: most have one, and bound all others.
  const sorted = [...choices].sort((a, b) => a.options.length - b.options.length)
  let steps = 0
  let deepest = -1

  function settle(at: number, within: Bounds, used: ReadonlySet<string>): boolean {
    const choice = sorted[at]
    deepest = Math.max(deepest, at)
    if (choice === undefined) return true
    for (const { narrow, uses } of choice.options) {
      if (uses !== undefined && used.has(uses)) continue
      if (++steps > mostSteps) return false
      const next = narrowed(within, narrow)
      if (firstWithoutMoment(next) !== undefined) continue
      if (settle(at + 1, next, uses === undefined ? used : new Set([...used, uses]))) return true
    }
    return false
  }

  if (firstWithoutMoment(bounds) === undefined && settle(0, bounds, new Set())) {
    return { kind: 'order' }
  }
  if (steps > mostSteps) return { kind: 'too many steps' }
  return { kind: 'none', stuck: sorted[deepest]?.name ?? 'the acknowledged writes' }
}
