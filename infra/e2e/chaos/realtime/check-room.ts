import { checkNumbers, checkWords, epochAt, isDegradedBetween } from './check-wire.js'
import type { Listener, RoomHistory, Sent, Violation } from './room-history.js'

/** How long something may be on its way; only told in favour of what is checked. */
export interface Tolerance {
  latencyMs: number
}

type Span = readonly [from: number, to: number]

const touches = ([a, b]: Span, [c, d]: Span) => a <= d && c <= b

/** When the listener may have missed something, and its game knew that it may. */
function absences({ told }: Listener, { latencyMs }: Tolerance): Span[] {
  const spans: Span[] = []
  let lastHeard = Number.NEGATIVE_INFINITY
  for (const { at, kind } of told) {
    if (kind === 'message' || kind === 'left') lastHeard = at
    else {
      spans.push([lastHeard - latencyMs, at])
      lastHeard = at
    }
  }
  const last = told.at(-1)
  if (last === undefined || last.kind === 'left') spans.push([lastHeard, Number.POSITIVE_INFINITY])
  return spans
}

const keysTo = ({ told }: Listener) =>
  told.flatMap(each => (each.kind === 'message' ? [each.key] : []))

/** Taken by two nodes that were cut off from each other, and said so: it counts on its own side only. */
function isOnOtherSide(message: Sent, listener: Listener, sender: Listener | undefined): boolean {
  if (sender === undefined) return false
  const { call, ret } = message
  if (!isDegradedBetween(sender.wire, [call, ret])) return false
  return epochAt(sender.wire, ret) !== epochAt(listener.wire, ret)
}

function checkKept(history: RoomHistory, tolerance: Tolerance): Violation[] {
  const found: Violation[] = []
  const senders = new Map(history.listeners.map(each => [each.name, each]))
  for (const listener of history.listeners) {
    const heard = new Set(keysTo(listener))
    const away = absences(listener, tolerance)
    for (const message of history.sent) {
      const { key, call, ret, outcome, by } = message
      if (outcome !== 'acked' || heard.has(key)) continue
      if (away.some(span => touches(span, [call, ret]))) continue
      if (isOnOtherSide(message, listener, senders.get(by))) continue
      found.push({ rule: 'kept', said: `${listener.name} never heard ${key}, acknowledged` })
    }
  }
  return found
}

function checkOnce(history: RoomHistory): Violation[] {
  const found: Violation[] = []
  const outcomes = new Map(history.sent.map(({ key, outcome }) => [key, outcome]))
  for (const listener of history.listeners) {
    const heard = new Set<string>()
    for (const key of keysTo(listener)) {
      const outcome = outcomes.get(key)
      if (heard.has(key)) found.push({ rule: 'once', said: `${listener.name} heard ${key} twice` })
      if (outcome === undefined || outcome === 'refused') {
        const what = outcome === undefined ? 'nobody said' : 'was refused'
        found.push({ rule: 'honest', said: `${listener.name} heard ${key}, which ${what}` })
      }
      heard.add(key)
    }
  }
  return found
}

/** The first two that come the other way round. */
function firstSwap(keys: readonly string[], rank: ReadonlyMap<string, number>) {
  let before: string | undefined
  let highest = -1
  for (const key of keys) {
    const place = rank.get(key)
    if (place === undefined) continue
    if (place < highest) return `${before} before ${key}`
    highest = place
    before = key
  }
  return undefined
}

const ranks = (keys: readonly string[]) => new Map(keys.map((key, index) => [key, index]))

/** All hear the same order, and of each sender the order in which it spoke. */
function checkOrder({ listeners, sent }: RoomHistory): Violation[] {
  const found: Violation[] = []
  const heard = listeners.map(listener => ({
    name: listener.name,
    keys: [...new Set(keysTo(listener))],
  }))
  for (const [index, one] of heard.entries()) {
    const rank = ranks(one.keys)
    for (const other of heard.slice(index + 1)) {
      const swap = firstSwap(other.keys, rank)
      if (swap === undefined) continue
      found.push({ rule: 'order', said: `${other.name} heard ${swap}, ${one.name} did not` })
    }
    for (const by of new Set(sent.map(message => message.by))) {
      const spoken = sent.filter(message => message.by === by).map(({ key }) => key)
      const swap = firstSwap(one.keys, ranks(spoken))
      if (swap === undefined) continue
      found.push({ rule: 'order', said: `${one.name} heard ${swap}, ${by} said it otherwise` })
    }
  }
  return found
}

function checkStates({ listeners, shown }: RoomHistory): Violation[] {
  const found: Violation[] = []
  for (const { name, finals } of listeners) {
    for (const player of new Set([...shown.keys(), ...finals.keys()])) {
      if (player === name || finals.get(player) === shown.get(player)) continue
      const saw = finals.get(player) ?? 'nobody'
      found.push({ rule: 'states', said: `${name} saw of ${player} at the end ${saw}` })
    }
  }
  return found
}

/**
 * What a room promises (C-SEQ): numbers rise by one or it says so; what was acknowledged is heard by everybody once,
 * in one order; no node speaks for a room that another has taken over; in the end all see the same.
 */
export function checkRoom(
  history: RoomHistory,
  tolerance: Tolerance = { latencyMs: 500 },
): Violation[] {
  return [
    ...history.listeners.flatMap(checkNumbers),
    ...checkWords(history.listeners, tolerance.latencyMs),
    ...checkKept(history, tolerance),
    ...checkOnce(history),
    ...checkOrder(history),
    ...checkStates(history),
  ]
}
