import { brokenRule, compileQueue, fewestOf, type WaitingTicket } from '@aethex/shared/matchmaking'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { declare, seeker } from '../testing/seekers.js'
import { type Made, makeMatches } from './matcher.js'
import { randomFrom } from './simulation/random.js'

const now = 10_000_000
const regions = ['eu', 'us', 'asia']

const ranked = declare({
  teams: [
    {
      name: 'red',
      size: 3,
      min_after: [{ after_seconds: 20, min: 2 }],
      roles: [
        { name: 'healer', min: 1, max: 1 },
        { name: 'fighter', max: 2 },
      ],
    },
    {
      name: 'blue',
      size: 3,
      min_after: [{ after_seconds: 20, min: 2 }],
      roles: [
        { name: 'healer', min: 1, max: 1 },
        { name: 'fighter', max: 2 },
      ],
    },
  ],
  skill: {
    attribute: 'skill',
    max_distance: {
      value: 50,
      steps: [
        { after_seconds: 10, value: 100 },
        { after_seconds: 40, value: null },
      ],
    },
  },
  rules: [
    { type: 'equal', attribute: 'mode', off_after_seconds: 30 },
    { type: 'overlap', attribute: 'maps', off_after_seconds: 50 },
    { type: 'range', attribute: 'level', widen: { value: 0, per_second: 1 } },
  ],
  regions: { list: regions.map(name => ({ name })), max_latency_ms: { value: 80, per_second: 5 } },
  parties: { max_size: 3 },
})

const word = (...words: string[]) => fc.constantFrom(...words)
const player = fc.record({
  skill: fc.integer({ min: 0, max: 300 }),
  level: fc.integer({ min: 1, max: 30 }),
  level_range: fc.tuple(fc.integer({ min: 1, max: 15 }), fc.integer({ min: 10, max: 30 })),
  latencies: fc.tuple(...regions.map(() => fc.integer({ min: 10, max: 250 }))),
  roles: fc.subarray(['healer', 'fighter']),
})
const ticket = fc.record({
  players: fc.array(player, { minLength: 1, maxLength: 3 }),
  mode: word('casual', 'hard'),
  maps: fc.subarray(['lake', 'fort', 'mine'], { minLength: 1 }),
  waitedMs: fc.integer({ min: 0, max: 60_000 }),
})
const queue = fc.array(ticket, { maxLength: 30 }).map(tickets =>
  tickets.map(({ players, mode, maps, waitedMs }, index) =>
    seeker(
      `t${index}`,
      players.map(({ skill, level, level_range: [low, high], latencies, roles }) => ({
        attributes: { skill, level, mode, maps },
        ranges: { level: [Math.min(low, high), Math.max(low, high)] },
        latencies_ms: Object.fromEntries(regions.map((name, at) => [name, latencies[at] ?? 0])),
        roles,
      })),
      now,
      waitedMs,
    ),
  ),
)

const compiled = compileQueue(ranked)
const idsOf = (matches: readonly Made[]) =>
  matches.map(({ members }) => members.map(m => m.ticket.ticketId))
const match = (tickets: readonly WaitingTicket[]) => makeMatches(compiled, tickets, now).matches

function teamsOf({ seating }: Made) {
  const teams = new Map<string, (string | undefined)[]>()
  for (const seats of seating.values()) {
    for (const { team, role } of seats.values()) teams.set(team, [...(teams.get(team) ?? []), role])
  }
  return teams
}

describe('the matcher of declared queues', () => {
  test('makes only matches that break no rule at what has been relaxed by then, in a region for all', () => {
    let made = 0
    fc.assert(
      fc.property(queue, tickets => {
        for (const one of match(tickets)) {
          made++
          expect(brokenRule(compiled, one.members)).toBeUndefined()
          for (const { regions: reachable } of one.members) {
            expect(reachable?.has(one.region ?? '')).toBe(true)
          }
        }
      }),
      { numRuns: 300 },
    )
    expect(made).toBeGreaterThan(50)
  })

  test('puts no ticket into two matches, and the whole party into one team', () => {
    fc.assert(
      fc.property(queue, tickets => {
        const matches = match(tickets)
        const used = idsOf(matches).flat()
        expect(new Set(used).size).toBe(used.length)
        for (const { members, seating } of matches) {
          for (const member of members) {
            const { size } = member
            const seats = [...(seating.get(member)?.values() ?? [])]
            expect(seats).toHaveLength(size)
            expect(new Set(seats.map(({ team }) => team)).size).toBe(1)
          }
        }
      }),
    )
  })

  test('fills teams to their sizes, evenly, with the roles that they need and that players take', () => {
    fc.assert(
      fc.property(queue, tickets => {
        for (const one of match(tickets)) {
          const seconds = compiled.secondsOf(one.members)
          const teams = teamsOf(one)
          expect(teams.size).toBe(2)
          expect(new Set([...teams.values()].map(seats => seats.length)).size).toBe(1)
          for (const team of ranked.teams) {
            const taken = teams.get(team.name) ?? []
            expect(taken.length).toBeLessThanOrEqual(team.size)
            expect(taken.length).toBeGreaterThanOrEqual(fewestOf(team, seconds))
            expect(taken.filter(role => role === 'healer')).toHaveLength(1)
          }
          for (const [candidate, seats] of one.seating) {
            for (const { player_id, roles } of candidate.ticket.wish.players) {
              const role = seats.get(player_id)?.role ?? ''
              if (roles.length > 0) expect(roles).toContain(role)
            }
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  test('answers the same whatever the order of the tickets', () => {
    fc.assert(
      fc.property(queue, tickets => {
        expect(idsOf(match([...tickets].reverse()))).toEqual(idsOf(match(tickets)))
      }),
    )
  })

  test('never passes over who waits longest, when everybody suits everybody', () => {
    const open = compileQueue(declare({ teams: [{ name: 'all', size: 4, min: 2 }] }))
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9_000 }), { minLength: 2, maxLength: 40 }),
        waits => {
          const tickets = waits.map((waited, index) => seeker(`t${index}`, [{}], now, waited))
          const { matches } = makeMatches(open, tickets, now)
          const oldest = [...tickets].sort(
            (a, b) => a.since - b.since || (a.ticketId < b.ticketId ? -1 : 1),
          )[0]
          expect(idsOf(matches)[0]).toContain(oldest?.ticketId)
        },
      ),
    )
  })

  test('finds a pair for a ticket of two whenever there is one', () => {
    const duel = compileQueue(
      declare({
        teams: [
          { name: 'a', size: 1 },
          { name: 'b', size: 1 },
        ],
        skill: { attribute: 'skill', max_distance: { value: 20, per_second: 10 } },
        rules: [{ type: 'equal', attribute: 'mode', off_after_seconds: 4 }],
      }),
    )
    const entry = fc.tuple(
      fc.integer({ min: 0, max: 500 }),
      word('x', 'y', 'z'),
      fc.integer({ min: 0, max: 6_000 }),
    )
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), entries => {
        const tickets = entries.map(([skill, mode, waited], index) =>
          seeker(`t${index}`, [{ attributes: { skill, mode } }], now, waited),
        )
        const { matches } = makeMatches(duel, tickets, now)
        const used = new Set(idsOf(matches).flat())
        const left = tickets
          .filter(({ ticketId }) => !used.has(ticketId))
          .map(one => duel.prepare(one, now))
        for (const a of left) {
          for (const b of left) {
            if (a !== b) expect(brokenRule(duel, [a, b])).toBeDefined()
          }
        }
      }),
    )
  })

  test('balances the teams of a match', () => {
    const teams = compileQueue(
      declare({
        teams: [
          { name: 'a', size: 2 },
          { name: 'b', size: 2 },
        ],
        skill: { attribute: 'skill', max_distance: { value: 1_000 } },
      }),
    )
    const tickets = [100, 200, 300, 400].map(skill =>
      seeker(`s${skill}`, [{ attributes: { skill } }], now, skill),
    )
    const [one] = makeMatches(teams, tickets, now).matches
    const sums = new Map<string, number>()
    for (const [{ skill }, seats] of one?.seating ?? []) {
      for (const { team } of seats.values()) sums.set(team, (sums.get(team) ?? 0) + skill)
    }
    expect([...sums.values()]).toEqual([500, 500])
  })

  test('fills the free seats of a running match before it makes new ones', () => {
    const pairs = compileQueue(
      declare({
        teams: [
          { name: 'a', size: 2 },
          { name: 'b', size: 2 },
        ],
        backfill: 'servers',
      }),
    )
    const running = seeker('room', [{}, {}, {}], now)
    running.wish.opening = {
      room_id: 'r',
      match_id: 'm',
      seats: { 'room.0': { team: 'a' }, 'room.1': { team: 'a' }, 'room.2': { team: 'b' } },
    }
    const seekers = Array.from({ length: 4 }, (_, index) =>
      seeker(`t${index}`, [{}], now, 100 - index),
    )
    const { matches } = makeMatches(pairs, [...seekers, running], now)
    expect(idsOf(matches)).toEqual([['t0']])
    expect([...(matches[0]?.seating.values() ?? [])].flatMap(seats => [...seats.values()])).toEqual(
      [{ team: 'b' }],
    )
  })

  test('goes through 10,000 tickets of one queue in a second, and stops where too much is to be tried', {
    timeout: 60_000,
  }, () => {
    const random = randomFrom(7)
    const many = Array.from({ length: 10_000 }, (_, index) =>
      seeker(
        `t${index}`,
        [
          {
            attributes: {
              skill: Math.round(random() * 3_000),
              level: 10,
              mode: random() < 0.5 ? 'casual' : 'hard',
              maps: ['lake'],
            },
            latencies_ms: Object.fromEntries(regions.map(name => [name, 20 + random() * 200])),
            roles: random() < 0.3 ? ['healer'] : [],
          },
        ],
        now,
        random() * 30_000,
      ),
    )
    // What the work takes, and not the waiting for a processor.
    const begun = process.cpuUsage()
    const { matches } = makeMatches(compiled, many, now)
    const spent = process.cpuUsage(begun)
    const took = (spent.user + spent.system) / 1_000
    expect(matches.length).toBeGreaterThan(1_000)
    expect(took).toBeLessThan(3_000)
    // Nobody heals: every ticket tries in vain.
    const hopeless = many.map(one => ({
      ...one,
      wish: { ...one.wish, players: one.wish.players.map(p => ({ ...p, roles: ['fighter'] })) },
    }))
    const first = makeMatches(compiled, hopeless, now)
    expect(first.matches).toEqual([])
    expect(first.stoppedAt).toBeDefined()
    const second = makeMatches(compiled, hopeless, now, first)
    expect(second.stoppedAt).not.toEqual(first.stoppedAt)
    console.info(`10,000 tickets: ${matches.length} matches in ${Math.round(took)} ms`)
  })
})
