/** A stretch of one list that stands where a stretch of the other list stood. */
export interface Gap {
  from: { start: number; length: number }
  to: { start: number; length: number }
}

/** The places of those members that occur once, from `start` to before `end`. */
function placesOfSingles(names: readonly number[], start: number, end: number) {
  const places = new Map<number, number>()
  const repeated = new Set<number>()
  for (let at = start; at < end; at++) {
    const name = names[at] ?? 0
    if (places.has(name)) repeated.add(name)
    places.set(name, at)
  }
  for (const name of repeated) places.delete(name)
  return places
}

interface Link {
  from: number
  to: number
  before: Link | undefined
}

/** The longest run of pairs that rises in both lists, of pairs that rise in the first. Costs n log n. */
function longestRise(
  pairs: readonly { from: number; to: number }[],
): { from: number; to: number }[] {
  /** For every length, the run of that length that ends lowest. */
  const runs: Link[] = []
  for (const { from, to } of pairs) {
    let low = 0
    let high = runs.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((runs[middle]?.to ?? 0) < to) low = middle + 1
      else high = middle
    }
    runs[low] = { from, to, before: runs[low - 1] }
  }
  const rise: Link[] = []
  for (let link = runs.at(-1); link !== undefined; link = link.before) rise.push(link)
  return rise.reverse()
}

/**
 * Where two lists of names differ, in order: what is alike at both ends is set aside, then what stays in between is
 * found by the members that occur exactly once in each.
 */
export function gapsBetween(from: readonly number[], to: readonly number[]): Gap[] {
  const shorter = Math.min(from.length, to.length)
  let start = 0
  while (start < shorter && from[start] === to[start]) start++
  let tail = 0
  while (tail < shorter - start && from.at(-1 - tail) === to.at(-1 - tail)) tail++
  const end = { from: from.length - tail, to: to.length - tail }
  const inTo = placesOfSingles(to, start, end.to)
  const pairs = [...placesOfSingles(from, start, end.from)].flatMap(([name, place]) => {
    const other = inTo.get(name)
    return other === undefined ? [] : [{ from: place, to: other }]
  })
  const gaps: Gap[] = []
  let at = { from: start, to: start }
  for (const stay of [...longestRise(pairs), end]) {
    const gap = {
      from: { start: at.from, length: stay.from - at.from },
      to: { start: at.to, length: stay.to - at.to },
    }
    if (gap.from.length > 0 || gap.to.length > 0) gaps.push(gap)
    at = { from: stay.from + 1, to: stay.to + 1 }
  }
  return gaps
}
