import {
  brokenRule,
  type Candidate,
  type CompiledQueue,
  capacityOf,
  fewestOf,
  type WaitingTicket,
} from '@aethex/shared/matchmaking'
import { anywhere, SkillIndex } from './matcher/skill-index.js'
import { fitTogether, type Seating, seatTeams } from './matcher/teams.js'

/** A match as the matcher sees it. */
export interface Made {
  /** Who is new in it, the longest waiting first found. */
  members: Candidate[]
  /** The running match that they are added to. */
  opening: Candidate | undefined
  seating: Seating
  region: string | undefined
}

/** Where a round stopped that had too much to try; the next one goes on behind it. */
export interface Mark {
  since: number
  ticketId: string
}

/** What one round leaves for the next. */
export interface Experience {
  /** Where it stopped, when there was too much to try. */
  stoppedAt: Mark | undefined
  /** When tickets that still wait were last tried in vain, by their ids. */
  triedAt: ReadonlyMap<string, number>
}

export interface Round extends Experience {
  matches: Made[]
}

/**
 * Who was tried in vain waits this long, or this share of the waiting so far, for the next try: in between nothing but
 * the own limits can have changed, and who comes new tries those who wait.
 */
const restMs = 1_000
const restShare = 0.05

/** So many companions are looked at for one ticket in one region. */
const mostExamined = 2_000
/** A first companion may suit the ticket and nobody else: then others are tried first. */
const mostStarts = 3
/** About a second of work. What is left is tried in the next round. */
const mostChecks = 250_000
/** To place a group into teams costs as much as so many looks at the rules. */
const checksToSeat = 12

const isBehind = (one: Mark, other: Mark) =>
  one.since > other.since || (one.since === other.since && one.ticketId > other.ticketId)

const byAge = (a: Candidate, b: Candidate) => (isBehind(a.ticket, b.ticket) ? 1 : -1)

/** The region that all of them can reach, where the slowest way is the quickest. */
function bestRegion(members: readonly Candidate[]): string | undefined {
  const [first, ...others] = members
  let [best, least]: [string | undefined, number] = [undefined, Number.POSITIVE_INFINITY]
  for (const [region, latency] of first?.regions ?? []) {
    const slowest = Math.max(
      latency,
      ...others.map(({ regions }) => regions?.get(region) ?? Number.POSITIVE_INFINITY),
    )
    if (slowest < least) [best, least] = [region, slowest]
  }
  return best
}

class Matching {
  checks = 0
  private readonly index: SkillIndex
  private readonly capacity: number
  /** Of all waitings; the candidates come in the order of theirs. */
  private readonly longest: number

  constructor(
    private readonly compiled: CompiledQueue,
    candidates: readonly Candidate[],
  ) {
    this.index = new SkillIndex(candidates, compiled.keyOf)
    this.capacity = capacityOf(compiled.queue)
    this.longest = Math.max(0, ...candidates.slice(0, 1).map(({ waitedSeconds }) => waitedSeconds))
  }

  isFree(candidate: Candidate): boolean {
    return this.index.isFree(candidate)
  }

  /** The best match around a ticket, or around a running match; its tickets are taken. */
  matchFor(anchor: Candidate): Made | undefined {
    const regions =
      anchor.regions === null
        ? [anywhere]
        : [...anchor.regions].sort(([, a], [, b]) => a - b).map(([region]) => region)
    for (const region of regions) {
      const made = this.matchIn(anchor, region)
      if (made === undefined) continue
      for (const member of made.members) this.index.take(member)
      return made
    }
    return undefined
  }

  private suits(group: readonly Candidate[]): boolean {
    this.checks++
    return brokenRule(this.compiled, group) === undefined
  }

  /** Whom the rules allow beside a ticket, nearest first, found as far as they are asked for. */
  private companionsOf(anchor: Candidate, region: string): (at: number) => Candidate | undefined {
    const { compiled } = this
    const most = 32 + 4 * this.capacity
    const seconds = anchor.waitedSeconds
    const furthest = compiled.queue.skill === null ? null : compiled.rules[0]?.limitAt(seconds)
    const near = this.index.near(
      anchor,
      region,
      furthest ?? Number.POSITIVE_INFINITY,
      compiled.isStrictAt(seconds),
    )
    const found: Candidate[] = []
    let examined = 0
    return at => {
      while (found.length <= at && found.length < most && examined++ < mostExamined) {
        const { value } = near.next()
        if (value === undefined) break
        if (this.suits([anchor, value])) found.push(value)
      }
      return found[at]
    }
  }

  private fits(members: readonly Candidate[], opening: Candidate | undefined): boolean {
    this.checks += checksToSeat
    return fitTogether(this.compiled.queue, members, opening)
  }

  private matchIn(anchor: Candidate, region: string): Made | undefined {
    const opening = anchor.ticket.wish.opening === undefined ? undefined : anchor
    const own = opening === undefined ? [anchor] : []
    const seated = opening === undefined ? 0 : anchor.ticket.wish.players.length
    const full = this.capacity - seated
    const fewest = opening === undefined ? this.fewestFor(anchor) : 1
    const companion = this.companionsOf(anchor, region)
    for (let start = 0; start < mostStarts && (start === 0 || companion(start)); start++) {
      const members = [...own]
      let isRefused = false
      let size = own.reduce((sum, one) => sum + one.size, 0)
      for (let at = start; size < full; at++) {
        const next = companion(at)
        if (next === undefined) break
        if (size + next.size > full) continue
        members.push(next)
        const group = opening === undefined ? members : [anchor, ...members]
        if (this.suits(group) && this.fits(members, opening)) size += next.size
        else {
          members.pop()
          isRefused = true
        }
      }
      const made = size < fewest ? undefined : this.conclude(members, own.length, opening)
      if (made !== undefined) return made
      // Everybody who could come was together: in another order they would be the same.
      if (!isRefused) return undefined
    }
    return undefined
  }

  /** Below so many players there is no match around a ticket, however long the others have waited. */
  private fewestFor({ waitedSeconds }: Candidate): number {
    const { queue } = this.compiled
    const seconds = queue.relax_by === 'oldest' ? this.longest : waitedSeconds
    return queue.teams.reduce((sum, team) => sum + fewestOf(team, seconds), 0)
  }

  /** The match of these, or of fewer of them when not all can be seated. */
  private conclude(
    members: Candidate[],
    fewest: number,
    opening: Candidate | undefined,
  ): Made | undefined {
    for (; members.length > 0 && members.length >= fewest; members.pop()) {
      const { compiled } = this
      this.checks += checksToSeat
      const seating = seatTeams(compiled.queue, members, compiled.secondsOf(members), opening)
      if (seating === undefined) continue
      const all = opening === undefined ? members : [opening, ...members]
      return { members, opening, seating, region: bestRegion(all) }
    }
    return undefined
  }
}

/** After so many looks at the rules others may run. */
const checksBetweenPauses = 4_000

/**
 * Makes the matches that a queue holds at `now`. Running matches with free seats come first, then who waits longest,
 * with those who are nearest in skill. The same tickets make the same matches, whatever their order. It pauses now
 * and then, so that whoever asks may do something else; `before` is what the last round has left.
 */
export function* matching(
  compiled: CompiledQueue,
  tickets: readonly WaitingTicket[],
  now: number,
  before?: Experience,
): Generator<undefined, Round> {
  const all = tickets.map(ticket => compiled.prepare(ticket, now)).sort(byAge)
  const openings = all.filter(({ ticket }) => ticket.wish.opening !== undefined)
  const seekers = all.filter(({ ticket }) => ticket.wish.opening === undefined)
  const work = new Matching(compiled, seekers)
  const after = before?.stoppedAt
  const first = after === undefined ? 0 : seekers.findIndex(({ ticket }) => isBehind(ticket, after))
  const start = Math.max(0, first)
  const matches: Made[] = []
  const triedAt = new Map<string, number>()
  const mayRest = ({ ticket, waitedSeconds }: Candidate): boolean => {
    const last = before?.triedAt.get(ticket.ticketId)
    if (last === undefined) return false
    triedAt.set(ticket.ticketId, last)
    return now < last + Math.max(restMs, restShare * waitedSeconds * 1_000)
  }
  let pauseAt = checksBetweenPauses
  for (const anchor of [...openings, ...seekers.slice(start), ...seekers.slice(0, start)]) {
    const { since, ticketId } = anchor.ticket
    if (work.checks > mostChecks) {
      return { matches, stoppedAt: { since: since - 1, ticketId }, triedAt }
    }
    if (work.checks > pauseAt) {
      pauseAt = work.checks + checksBetweenPauses
      yield
    }
    if (!work.isFree(anchor) || mayRest(anchor)) continue
    const made = work.matchFor(anchor)
    if (made !== undefined) matches.push(made)
    else triedAt.set(ticketId, now)
  }
  return { matches, stoppedAt: undefined, triedAt }
}

/** The same in one go. */
export function makeMatches(...given: Parameters<typeof matching>): Round {
  const steps = matching(...given)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}
