import type { Candidate } from '@aethex/shared/matchmaking'

/** Candidates by skill, of which those that are taken can be skipped at no cost. */
class Row {
  readonly places: number[] = []
  private readonly left: number[] = []
  private readonly right: number[] = []

  add(place: number): void {
    const at = this.places.length
    this.places.push(place)
    this.left.push(at)
    this.right.push(at)
  }

  /** The first free one from there on, or the length. Shortens the way for the next who asks. */
  next(at: number): number {
    return this.find(this.right, at, this.places.length)
  }

  before(at: number): number {
    return this.find(this.left, at, -1)
  }

  take(place: number): void {
    const at = this.at(place)
    if (this.places[at] !== place) return
    this.right[at] = at + 1
    this.left[at] = at - 1
  }

  /** Where a place of the whole order stands, or would stand, in this row. */
  at(place: number): number {
    let [low, high] = [0, this.places.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.places[middle] ?? 0) < place) low = middle + 1
      else high = middle
    }
    return low
  }

  private find(links: number[], from: number, end: number): number {
    let at = from
    while (at !== end && at >= 0 && at < links.length && links[at] !== at) at = links[at] ?? end
    for (let step = from; step !== at && step >= 0 && step < links.length; ) {
      const following = links[step] ?? at
      links[step] = at
      step = following
    }
    return at
  }
}

/** Nowhere in particular, for queues without regions. */
export const anywhere = ''

/** Who waits, by region and skill: the nearest in skill are found without looking at the others. */
export class SkillIndex {
  private readonly sorted: Candidate[]
  private readonly placeOf = new Map<Candidate, number>()
  private readonly rows = new Map<string, Row>()

  /** `keyOf` names what two candidates must have in common now; undefined when that is nothing. */
  constructor(
    candidates: readonly Candidate[],
    private readonly keyOf: ((candidate: Candidate) => string) | undefined,
  ) {
    this.sorted = [...candidates].sort(
      (a, b) =>
        a.skill - b.skill ||
        a.ticket.since - b.ticket.since ||
        (a.ticket.ticketId < b.ticket.ticketId ? -1 : 1),
    )
    this.sorted.forEach((candidate, place) => {
      this.placeOf.set(candidate, place)
      for (const name of this.rowsOf(candidate)) {
        const row = this.rows.get(name) ?? new Row()
        this.rows.set(name, row)
        row.add(place)
      }
    })
  }

  isFree(candidate: Candidate): boolean {
    return !this.taken.has(candidate)
  }

  private readonly taken = new Set<Candidate>()

  take(candidate: Candidate): void {
    const place = this.placeOf.get(candidate)
    if (place === undefined || this.taken.has(candidate)) return
    this.taken.add(candidate)
    for (const name of this.rowsOf(candidate)) this.rows.get(name)?.take(place)
  }

  /**
   * The others in a region, the nearest in skill first and no further away than `most`. With `isStrict` only those who
   * have everything in common that the rules ask for.
   */
  *near(anchor: Candidate, region: string, most: number, isStrict: boolean): Generator<Candidate> {
    const row = this.rows.get(this.nameOf(region, isStrict ? anchor : undefined))
    const place = this.placeOf.get(anchor)
    if (row === undefined) return
    const start = row.at(place ?? this.placeFor(anchor.skill))
    let up = row.next(row.places[start] === place ? start + 1 : start)
    let down = row.before(start - 1)
    for (;;) {
      const above = this.sorted[row.places[up] ?? -1]
      const below = down < 0 ? undefined : this.sorted[row.places[down] ?? -1]
      const toAbove = above === undefined ? Number.POSITIVE_INFINITY : above.skill - anchor.skill
      const toBelow = below === undefined ? Number.POSITIVE_INFINITY : anchor.skill - below.skill
      if (Math.min(toAbove, toBelow) > most) return
      if (above !== undefined && toAbove <= toBelow) {
        yield above
        up = row.next(up + 1)
      } else if (below !== undefined) {
        yield below
        down = row.before(down - 1)
      } else return
    }
  }

  private placeFor(skill: number): number {
    let [low, high] = [0, this.sorted.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.sorted[middle]?.skill ?? 0) < skill) low = middle + 1
      else high = middle
    }
    return low
  }

  private nameOf(region: string, strict: Candidate | undefined): string {
    return strict === undefined || this.keyOf === undefined
      ? region
      : `${region} ${this.keyOf(strict)}`
  }

  private rowsOf(candidate: Candidate): string[] {
    const regions = candidate.regions === null ? [anywhere] : [...candidate.regions.keys()]
    return regions.flatMap(region =>
      this.keyOf === undefined ? [region] : [region, this.nameOf(region, candidate)],
    )
  }
}
