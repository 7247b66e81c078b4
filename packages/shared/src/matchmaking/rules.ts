import { type AttributeRule, type QueueRules, ruleName } from './queue-rules.js'
import { limitAt, offIn, widensIn } from './relaxation.js'
import type { AttributeValue, TicketWish, WaitingTicket } from './wish.js'

/** A ticket with everything that the rules ask of it, worked out once. */
export interface Candidate<T extends WaitingTicket = WaitingTicket> {
  ticket: T
  /** How many players it brings. */
  size: number
  /** By the clock of the round. */
  waitedSeconds: number
  /** What the queue calls skill; 0 in a queue without. */
  skill: number
  /** The regions that it can play in, with the slowest of its ways there; null in a queue without regions. */
  regions: ReadonlyMap<string, number> | null
  numbers: readonly { low: number; high: number; mean: number }[]
  wants: readonly (readonly [number, number])[]
  words: readonly ReadonlySet<string>[]
}

/** One rule of a queue: may these be in one match, when the waiting that counts has lasted `seconds`? */
export interface Rule {
  name: string
  allows(members: readonly Candidate[], seconds: number): boolean
  /** Null: no limit, or none that is a number. */
  limitAt(seconds: number): number | null
  /** In how many seconds it allows more; null: never. */
  widensIn(seconds: number): number | null
}

export interface CompiledQueue {
  queue: QueueRules
  rules: readonly Rule[]
  prepare<T extends WaitingTicket>(ticket: T, now: number): Candidate<T>
  /** What the equal rules ask for, as one text; undefined in a queue without such rules. */
  keyOf: ((candidate: Candidate) => string) | undefined
  /** All equal rules still count after so many seconds. */
  isStrictAt(seconds: number): boolean
  /** The seconds that count for a match of these. */
  secondsOf(members: readonly Candidate[]): number
}

const nowhere: ReadonlySet<string> = new Set()
const finite = (limit: number) => (Number.isFinite(limit) ? limit : null)

const asWords = (value: AttributeValue | undefined): readonly string[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [String(value)]

const attributeOf = (attributes: Record<string, AttributeValue>, name: string) =>
  Object.hasOwn(attributes, name) ? attributes[name] : undefined

function numbersOf({ players }: TicketWish, attribute: string) {
  let [low, high, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  for (const { attributes } of players) {
    const value = attributeOf(attributes, attribute)
    const number = typeof value === 'number' ? value : 0
    low = Math.min(low, number)
    high = Math.max(high, number)
    sum += number
  }
  return players.length === 0
    ? { low: 0, high: 0, mean: 0 }
    : { low, high, mean: sum / players.length }
}

function wantedRange({ players }: TicketWish, attribute: string): readonly [number, number] {
  let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (const { ranges } of players) {
    const range = Object.hasOwn(ranges, attribute) ? ranges[attribute] : undefined
    if (range === undefined) continue
    low = Math.max(low, range[0])
    high = Math.min(high, range[1])
  }
  return [low, high]
}

/** What all players of a ticket have in common. */
function sharedWords({ players }: TicketWish, attribute: string): ReadonlySet<string> {
  const [first, ...others] = players.map(({ attributes }) =>
    asWords(attributeOf(attributes, attribute)),
  )
  return new Set((first ?? []).filter(word => others.every(other => other.includes(word))))
}

function spread(members: readonly Candidate[], at: number): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { numbers } of members) {
    const mean = numbers[at]?.mean ?? 0
    if (mean < low) low = mean
    if (mean > high) high = mean
  }
  return high - low
}

function commonWords(members: readonly Candidate[], at: number): number {
  const [first, ...others] = members
  let count = 0
  for (const word of first?.words[at] ?? nowhere) {
    if (others.every(({ words }) => words[at]?.has(word))) count++
  }
  return count
}

function liesInWishes(members: readonly Candidate[], number: number, want: number, give: number) {
  return members.every(one => {
    const [low, high] = one.wants[want] ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
    return members.every(other => {
      const values = other.numbers[number]
      if (other === one || values === undefined) return true
      return values.low >= low - give && values.high <= high + give
    })
  })
}

function regionsOf({ regions }: QueueRules, wish: TicketWish, waitedSeconds: number) {
  if (regions === null) return null
  const most = limitAt(regions.max_latency_ms, waitedSeconds)
  const reachable = new Map<string, number>()
  if (wish.opening?.region !== undefined) return reachable.set(wish.opening.region, 0)
  for (const { name } of regions.list) {
    const ways = wish.players.map(({ latencies_ms }) =>
      Object.hasOwn(latencies_ms, name)
        ? (latencies_ms[name] ?? Number.POSITIVE_INFINITY)
        : // Without a measurement the wished region is taken at its word.
          Object.keys(latencies_ms).length === 0 && wish.region === name
          ? 0
          : Number.POSITIVE_INFINITY,
    )
    const slowest = Math.max(...ways)
    if (Number.isFinite(slowest) && slowest <= most) reachable.set(name, slowest)
  }
  return reachable
}

const haveRegionInCommon = (members: readonly Candidate[]) => {
  const [first, ...others] = members
  if (first === undefined || first.regions === null) return true
  for (const region of first.regions.keys()) {
    if (others.every(({ regions }) => regions?.has(region))) return true
  }
  return false
}

/** Where the attributes of each rule stand in a candidate. */
class Columns {
  readonly numbers: string[] = []
  readonly wants: string[] = []
  readonly words: string[] = []

  static at(list: string[], attribute: string): number {
    const found = list.indexOf(attribute)
    return found >= 0 ? found : list.push(attribute) - 1
  }
}

function compileRule(rule: AttributeRule, columns: Columns): Rule {
  const name = ruleName(rule)
  switch (rule.type) {
    case 'distance': {
      const at = Columns.at(columns.numbers, rule.attribute)
      return {
        name,
        allows: (members, seconds) => spread(members, at) <= limitAt(rule.max, seconds),
        limitAt: seconds => finite(limitAt(rule.max, seconds)),
        widensIn: seconds => widensIn(rule.max, seconds),
      }
    }
    case 'range': {
      const at = Columns.at(columns.numbers, rule.attribute)
      const want = Columns.at(columns.wants, rule.attribute)
      return {
        name,
        allows: (members, seconds) => liesInWishes(members, at, want, limitAt(rule.widen, seconds)),
        limitAt: seconds => finite(limitAt(rule.widen, seconds)),
        widensIn: seconds => widensIn(rule.widen, seconds),
      }
    }
    case 'equal':
    case 'overlap': {
      const at = Columns.at(columns.words, rule.attribute)
      const least = rule.type === 'overlap' ? rule.min : 1
      const off = rule.off_after_seconds
      return {
        name,
        allows: (members, seconds) =>
          (off !== null && seconds >= off) || commonWords(members, at) >= least,
        limitAt: () => null,
        widensIn: seconds => offIn(off, seconds),
      }
    }
  }
}

/** Makes a queue's declaration into rules that can be asked quickly. */
export function compileQueue(queue: QueueRules): CompiledQueue {
  const columns = new Columns()
  const rules: Rule[] = []
  const { skill, regions } = queue
  if (skill !== null) {
    const { attribute, max_distance: max } = skill
    rules.push({ ...compileRule({ type: 'distance', attribute, max }, columns), name: 'skill' })
  }
  for (const rule of queue.rules) rules.push(compileRule(rule, columns))
  if (regions !== null) {
    rules.push({
      name: 'latency',
      allows: haveRegionInCommon,
      limitAt: seconds => finite(limitAt(regions.max_latency_ms, seconds)),
      widensIn: seconds => widensIn(regions.max_latency_ms, seconds),
    })
  }
  const equals = queue.rules.flatMap(rule => (rule.type === 'equal' ? [rule] : []))
  const places = equals.map(({ attribute }) => Columns.at(columns.words, attribute))
  return {
    queue,
    rules,
    keyOf:
      equals.length === 0
        ? undefined
        : ({ words }) => places.map(at => [...(words[at] ?? nowhere)].join()).join('\n'),
    isStrictAt: seconds =>
      equals.every(({ off_after_seconds: off }) => off === null || seconds < off),
    prepare(ticket, now) {
      const { wish, since } = ticket
      const waitedSeconds = Math.max(0, now - since) / 1_000
      return {
        ticket,
        size: wish.opening === undefined ? wish.players.length : 0,
        waitedSeconds,
        skill: skill === null ? 0 : numbersOf(wish, skill.attribute).mean,
        regions: regionsOf(queue, wish, waitedSeconds),
        numbers: columns.numbers.map(attribute => numbersOf(wish, attribute)),
        wants: columns.wants.map(attribute => wantedRange(wish, attribute)),
        words: columns.words.map(attribute => sharedWords(wish, attribute)),
      }
    },
    secondsOf(members) {
      let counts = members[0]?.waitedSeconds ?? 0
      for (const { waitedSeconds } of members) {
        counts =
          queue.relax_by === 'oldest'
            ? Math.max(counts, waitedSeconds)
            : Math.min(counts, waitedSeconds)
      }
      return counts
    },
  }
}

/** The name of the first rule that these break, undefined when they break none. */
export function brokenRule(
  { rules, secondsOf }: CompiledQueue,
  members: readonly Candidate[],
): string | undefined {
  const seconds = secondsOf(members)
  return rules.find(rule => !rule.allows(members, seconds))?.name
}

export { attributeOf }
