import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { acceptedSkills, findMatches, type OpenTicket } from './open-modes.js'

const now = 1_000_000

const ticket = (ticketId: string, low: number, high: number, waitedMs = 0): OpenTicket => ({
  ticketId,
  skillRange: [low, high],
  queuedAt: now - waitedMs,
})

const areCompatible = (a: OpenTicket, b: OpenTicket) => {
  const [lowA, highA] = acceptedSkills(a, now)
  const [lowB, highB] = acceptedSkills(b, now)
  return lowA <= highB && lowB <= highA
}

const byAge = (a: OpenTicket, b: OpenTicket) =>
  a.queuedAt - b.queuedAt || (a.ticketId < b.ticketId ? -1 : 1)

/** Tries every combination: can these companions, with those already chosen, make up a match? */
function canMatch(chosen: OpenTicket[], others: OpenTicket[], players: number): boolean {
  if (chosen.length === players) return true
  return others.some(
    (next, index) =>
      chosen.every(member => areCompatible(member, next)) &&
      canMatch([...chosen, next], others.slice(index + 1), players),
  )
}

const queue = fc
  .array(
    fc.record({
      low: fc.integer({ min: 0, max: 200 }),
      width: fc.integer({ min: 0, max: 60 }),
      waitedMs: fc.integer({ min: 0, max: 3_000 }),
    }),
    { maxLength: 12 },
  )
  .map(wishes =>
    wishes.map(({ low, width, waitedMs }, index) =>
      ticket(String.fromCharCode(97 + index), low, low + width, waitedMs),
    ),
  )
const players = fc.integer({ min: 2, max: 4 })
const idsOf = (matches: OpenTicket[][]) => matches.map(m => m.map(({ ticketId }) => ticketId))

describe('the matcher of undeclared modes', () => {
  test('puts no ticket into two matches', () => {
    fc.assert(
      fc.property(queue, players, (tickets, size) => {
        const used = idsOf(findMatches(tickets, size, now)).flat()
        expect(new Set(used).size).toBe(used.length)
      }),
    )
  })

  test('makes matches of the wanted size whose players all suit each other', () => {
    fc.assert(
      fc.property(queue, players, (tickets, size) => {
        for (const match of findMatches(tickets, size, now)) {
          expect(match).toHaveLength(size)
          for (const a of match) for (const b of match) expect(areCompatible(a, b)).toBe(true)
        }
      }),
    )
  })

  test('serves the longest waiting first, and leaves nobody behind who could be matched', () => {
    fc.assert(
      fc.property(queue, players, (tickets, size) => {
        const left = [...tickets].sort(byAge)
        for (const match of findMatches(tickets, size, now)) {
          const anchor = left.find((candidate, index) =>
            canMatch([candidate], left.slice(index + 1), size),
          )
          expect([...match].sort(byAge)[0]).toBe(anchor)
          for (const member of match) left.splice(left.indexOf(member), 1)
        }
        expect(canMatch([], left, size)).toBe(false)
      }),
    )
  })

  test('chooses the company that lets nobody wait longer than another company would', () => {
    fc.assert(
      fc.property(queue, players, (tickets, size) => {
        const sorted = [...tickets].sort(byAge)
        const [match] = findMatches(tickets, size, now)
        if (match === undefined) return
        const places = match.map(member => sorted.indexOf(member))
        const youngest = Math.max(...places)
        const anchor = sorted[Math.min(...places)]
        if (anchor === undefined) throw new Error('a match has members')
        const older = sorted.slice(Math.min(...places) + 1, youngest)
        expect(canMatch([anchor], older, size)).toBe(false)
      }),
    )
  })

  test('answers the same whatever the order of the tickets', () => {
    fc.assert(
      fc.property(queue, players, (tickets, size) => {
        const reversed = findMatches([...tickets].reverse(), size, now)
        expect(idsOf(reversed)).toEqual(idsOf(findMatches(tickets, size, now)))
      }),
    )
  })

  test('widens wishes by 25 points a second at both ends', () => {
    const strong = { ...ticket('strong', 1_500, 1_600), queuedAt: now }
    const weak = { ...ticket('weak', 1_000, 1_100), queuedAt: now }
    // 400 points apart, closing by 50 a second.
    expect(findMatches([strong, weak], 2, now + 7_999)).toEqual([])
    expect(findMatches([strong, weak], 2, now + 8_000)).toHaveLength(1)
  })

  test('pairs a new ticket with the one that has waited longest among those that suit', () => {
    const tickets = [
      ticket('new', 100, 200),
      ticket('young', 150, 160, 10),
      ticket('old', 199, 300, 20),
      ticket('elsewhere', 900, 950, 30),
    ]
    expect(idsOf(findMatches(tickets, 2, now))).toEqual([['old', 'new']])
  })

  test('goes through a thousand tickets that do not suit, and a thousand that do', () => {
    const apart = Array.from({ length: 1_000 }, (_, i) => ticket(`t${i}`, i * 10, i * 10 + 5, i))
    expect(findMatches(apart, 2, now).length).toBeLessThan(500)
    const together = Array.from({ length: 1_000 }, (_, i) => ticket(`t${i}`, 1_000, 1_100, i))
    expect(findMatches(together, 4, now)).toHaveLength(250)
  })
})
