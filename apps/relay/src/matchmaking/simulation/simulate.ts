import {
  compileQueue,
  type QueueEvent,
  type QueueRules,
  type WaitingTicket,
} from '@aethex/shared/matchmaking'
import { type Experience, type Made, makeMatches } from '../matcher.js'
import { randomFrom } from './random.js'
import { type Report, reportOn, type SimulatedMatch } from './report.js'

export interface SimulationOptions {
  /** The same seed, events and rules give the same report. */
  seed: number
  /** How often matches are made; a second unless said. */
  everyMs?: number
  /** 2: everybody comes twice; 0.5: every second one stays away. */
  load?: number
  /** Arrivals move by up to so much, to see how much hangs on chance. */
  jitterMs?: number
}

interface Seeker {
  ticket: WaitingTicket
  /** When the player gave up, in what was recorded. */
  leavesAt: number
}

function callIn(events: readonly QueueEvent[], options: SimulationOptions): Seeker[] {
  const { seed, load = 1, jitterMs = 0 } = options
  const random = randomFrom(seed)
  const left = new Map<string, number>()
  for (const { kind, ticket, at } of events) if (kind === 'left') left.set(ticket, at)
  const seekers: Seeker[] = []
  for (const { kind, ticket: id, at, wish } of events) {
    if (kind !== 'came' || wish === undefined || wish.opening !== undefined) continue
    const times = Math.floor(load) + (random() < load % 1 ? 1 : 0)
    for (let time = 0; time < times; time++) {
      const late = Math.round((random() * 2 - 1) * jitterMs)
      // A twin comes at another moment, or it would only ever meet itself.
      const since = Math.max(0, at + late + (time === 0 ? 0 : Math.round(random() * 60_000)))
      const players = wish.players.map(player => ({
        ...player,
        player_id: `${id}.${time}.${player.player_id}`,
      }))
      const patience = (left.get(id) ?? Number.POSITIVE_INFINITY) - at
      seekers.push({
        ticket: { ticketId: `${id}.${time}`, since, nodeId: '', wish: { ...wish, players } },
        leavesAt: since + patience,
      })
    }
  }
  return seekers.sort(
    (a, b) => a.ticket.since - b.ticket.since || (a.ticket.ticketId < b.ticket.ticketId ? -1 : 1),
  )
}

const toSimulated = ({ members, seating, region }: Made): SimulatedMatch => {
  const teams = new Map<string, { skill: number; players: number }>()
  for (const [{ skill }, seats] of seating) {
    for (const { team } of seats.values()) {
      const sum = teams.get(team) ?? { skill: 0, players: 0 }
      teams.set(team, { skill: sum.skill + skill, players: sum.players + 1 })
    }
  }
  const means = [...teams.values()].map(({ skill, players }) => skill / players)
  const skills = members.map(({ skill }) => skill)
  return {
    players: members.reduce((sum, { size }) => sum + size, 0),
    waits: members.map(({ waitedSeconds }) => waitedSeconds),
    skillSpread: Math.max(...skills) - Math.min(...skills),
    teamDifference: Math.max(...means) - Math.min(...means),
    latencyMs:
      region === undefined
        ? undefined
        : Math.max(...members.map(({ regions }) => regions?.get(region) ?? 0)),
  }
}

/** Plays what happened in a queue, or was made up, against other rules, by a clock of its own. */
export function simulate(
  queue: QueueRules,
  events: readonly QueueEvent[],
  options: SimulationOptions,
): Report {
  const { everyMs = 1_000 } = options
  const compiled = compileQueue(queue)
  const coming = callIn(events, options)
  const [first] = coming
  const matches: SimulatedMatch[] = []
  const ends = { left: 0, timed_out: 0 }
  let waiting: Seeker[] = []
  let experience: Experience | undefined
  let next = 0
  let now = first?.ticket.since ?? 0
  const timeoutMs = queue.ticket_timeout_seconds * 1_000
  while (next < coming.length || waiting.length > 0) {
    now += everyMs
    for (let one = coming[next]; one !== undefined && one.ticket.since <= now; one = coming[next]) {
      waiting.push(one)
      next++
    }
    waiting = waiting.filter(({ ticket, leavesAt }) => {
      const isLeaving = leavesAt <= now
      const isOver = now - ticket.since >= timeoutMs
      if (isLeaving) ends.left++
      else if (isOver) ends.timed_out++
      return !isLeaving && !isOver
    })
    const round = makeMatches(
      compiled,
      waiting.map(({ ticket }) => ticket),
      now,
      experience,
    )
    experience = round
    const gone = new Set(
      round.matches.flatMap(({ members }) => members.map(({ ticket }) => ticket)),
    )
    waiting = waiting.filter(({ ticket }) => !gone.has(ticket))
    matches.push(...round.matches.map(toSimulated))
  }
  return reportOn(coming.length, matches, ends)
}
