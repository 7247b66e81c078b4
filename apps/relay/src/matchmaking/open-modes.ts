import { widened } from '@aethex/shared/matchmaking'

/** A player who waits in a mode that no queue declares. */
export interface OpenTicket {
  ticketId: string
  /** The skills of opponents the player wishes for, lowest and highest. */
  skillRange: readonly [number, number]
  /** Milliseconds since 1970, by the clock of Redis. */
  queuedAt: number
}

interface Candidate<T> {
  ticket: T
  low: number
  high: number
  /** 0 for the one who waits longest. */
  place: number
  isTaken: boolean
}

/** The skills that a ticket accepts at `now`. */
export function acceptedSkills(
  { skillRange, queuedAt }: Pick<OpenTicket, 'skillRange' | 'queuedAt'>,
  now: number,
): [low: number, high: number] {
  return widened(skillRange, (now - queuedAt) / 1_000)
}

function toCandidates<T extends OpenTicket>(tickets: readonly T[], now: number): Candidate<T>[] {
  return [...tickets]
    .sort((a, b) => a.queuedAt - b.queuedAt || (a.ticketId < b.ticketId ? -1 : 1))
    .map((ticket, place) => {
      const [low, high] = acceptedSkills(ticket, now)
      return { ticket, low, high, place, isTaken: false }
    })
}

/**
 * Makes matches of `players` tickets each, any two of which accept a common skill. Who waits longest is served first,
 * with those who wait longest among the possible companions. A ticket that finds no company waits on.
 */
export function findMatches<T extends OpenTicket>(
  tickets: readonly T[],
  players: number,
  now: number,
): T[][] {
  const candidates = toCandidates(tickets, now)
  const byLow = [...candidates].sort((a, b) => a.low - b.low)
  const byHigh = [...candidates].sort((a, b) => a.high - b.high)
  const others = players - 1

  // Intervals that overlap pairwise share a point (Helly's theorem on the line), so it is enough to
  // look for a point within the anchor's interval that enough others cover. Those older than the
  // anchor have been tried in vain.
  const isCompanion = (anchor: Candidate<T>, other: Candidate<T>, last: number) =>
    !other.isTaken &&
    other.place > anchor.place &&
    other.place <= last &&
    other.low <= anchor.high &&
    other.high >= anchor.low

  const findPoint = (anchor: Candidate<T>, last: number): number | undefined => {
    let covering = 0
    let ended = 0
    for (const next of byLow) {
      if (!isCompanion(anchor, next, last)) continue
      const point = Math.max(next.low, anchor.low)
      for (let end = byHigh[ended]; end !== undefined && end.high < point; end = byHigh[ended]) {
        if (isCompanion(anchor, end, last)) covering--
        ended++
      }
      covering++
      if (covering === others) return point
    }
    return undefined
  }

  // The fewest of the longest waiting that still hold a match: with one less there was none,
  // so exactly `others` of them cover the point.
  const companionsOf = (anchor: Candidate<T>): Candidate<T>[] | undefined => {
    let high = candidates.length - 1
    let point = findPoint(anchor, high)
    if (point === undefined) return undefined
    let low = anchor.place + others
    while (low < high) {
      const middle = (low + high) >> 1
      const found = findPoint(anchor, middle)
      if (found === undefined) low = middle + 1
      else {
        high = middle
        point = found
      }
    }
    const at = point
    return candidates.filter(
      other => isCompanion(anchor, other, high) && other.low <= at && other.high >= at,
    )
  }

  const matches: T[][] = []
  for (const anchor of candidates) {
    if (anchor.isTaken) continue
    const companions = companionsOf(anchor)
    if (companions === undefined) continue
    const group = [anchor, ...companions]
    for (const member of group) member.isTaken = true
    matches.push(group.map(({ ticket }) => ticket))
  }
  return matches
}
