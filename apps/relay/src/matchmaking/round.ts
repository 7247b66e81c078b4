import { randomBytes, randomUUID } from 'node:crypto'
import { setImmediate as pause } from 'node:timers/promises'
import { claimRoom, listNodes, type RelayNode, releaseRoom } from '@aethex/shared/fleet'
import {
  type CompiledQueue,
  commitMatch,
  listWaiting,
  type MatchPlayer,
  type MatchRecord,
  type Queue,
  readOpenName,
  readWishes,
  type SeekingPlayer,
  type TicketWish,
  type WaitingTicket,
} from '@aethex/shared/matchmaking'
import type { Redis } from '@aethex/shared/redis'
import { findMatchOfRoom } from '../rooms/match-records.js'
import { type Experience, type Made, matching } from './matcher.js'
import { findMatches } from './open-modes.js'

/** As long as a matched player may take to come. */
const comeSeconds = 60
/** The longest a player who was matched keeps a seat without coming. */
const seatHeldMs = comeSeconds * 1_000
// More would make a round slow; the others move up as these are matched.
const mostTickets = { declared: 10_000, open: 1_000 }
const commitsAtOnce = 32

/** What a matchmaker remembers of a queue from one round to the next. */
export interface QueueMemory {
  wishes: Map<string, { nodeId: string; wish: TicketWish }>
  experience: Experience | undefined
}

export const newMemory = (): QueueMemory => ({
  wishes: new Map(),
  experience: undefined,
})

export interface RoundOptions {
  redis: Redis
  queue: Queue
  /** Undefined in a mode that no queue declares. */
  compiled: CompiledQueue | undefined
  /** Where rooms go whose players have no sockets yet. */
  nodeId: string
  memory: QueueMemory
  /** The lease's. Without one whoever commits first wins. */
  token?: string
  /** Has the lease renewed when the matches were found; false: it is lost. */
  renew?(): Promise<boolean>
}

interface Group {
  tickets: WaitingTicket[]
  made: Made | undefined
}

/**
 * The node where most of these players are already; of a match in a region that has nodes, one of those, the least loaded
 * when none of the players is there.
 */
function homeOf({ tickets, made }: Group, nodes: readonly RelayNode[], otherwise: string): string {
  const near = nodes.filter(({ region }) => region !== undefined && region === made?.region)
  const isNear = new Set(near.map(({ node_id }) => node_id))
  const counts = new Map<string, number>()
  for (const { nodeId } of tickets) {
    if (nodeId === '' || (near.length > 0 && !isNear.has(nodeId))) continue
    counts.set(nodeId, (counts.get(nodeId) ?? 0) + 1)
  }
  const [busiest] = [...counts].sort(([, a], [, b]) => b - a)
  return busiest?.[0] ?? near[0]?.node_id ?? otherwise
}

async function readTickets(
  redis: Redis,
  { environmentId }: Queue,
  places: readonly { ticketId: string; since: number }[],
  memory: QueueMemory,
): Promise<WaitingTicket[]> {
  const unknown = places.filter(({ ticketId }) => !memory.wishes.has(ticketId))
  const read = await readWishes(
    redis,
    environmentId,
    unknown.map(({ ticketId }) => ticketId),
  )
  const wishes: QueueMemory['wishes'] = new Map()
  for (const { ticketId } of places) {
    const wish = memory.wishes.get(ticketId) ?? read.get(ticketId)
    if (wish !== undefined) wishes.set(ticketId, wish)
  }
  memory.wishes = wishes
  return places.flatMap(({ ticketId, since }) => {
    const known = wishes.get(ticketId)
    return known === undefined ? [] : [{ ticketId, since, ...known }]
  })
}

function findOpen(tickets: readonly WaitingTicket[], players: number, now: number): Group[] {
  const seekers = tickets.flatMap(ticket => {
    const { skill_range: skillRange } = ticket.wish
    const { ticketId, since: queuedAt } = ticket
    return skillRange === undefined ? [] : [{ ticketId, queuedAt, skillRange, ticket }]
  })
  return findMatches(seekers, players, now).map(group => ({
    tickets: group.map(({ ticket }) => ticket),
    made: undefined,
  }))
}

async function findDeclared(
  compiled: CompiledQueue,
  tickets: readonly WaitingTicket[],
  now: number,
  memory: QueueMemory,
): Promise<Group[]> {
  const steps = matching(compiled, tickets, now, memory.experience)
  for (;;) {
    const step = steps.next()
    if (!step.done) {
      await pause()
      continue
    }
    const { stoppedAt, triedAt } = step.value
    memory.experience = { stoppedAt, triedAt }
    return step.value.matches.map(made => ({
      tickets: made.members.map(({ ticket }) => ticket),
      made,
    }))
  }
}

const traitsOf = ({ player_id: _id, username: _name, ...traits }: SeekingPlayer) => traits

/** The players of the tickets, with their seats where the queue has teams. */
function playersOf({ tickets, made }: Group, compiled: CompiledQueue | undefined, now: number) {
  const keepsTraits = compiled !== undefined && compiled.queue.backfill !== 'off'
  const taken = new Map<string, number>()
  for (const seat of Object.values(made?.opening?.ticket.wish.opening?.seats ?? {})) {
    taken.set(seat.team, (taken.get(seat.team) ?? 0) + 1)
  }
  const byTicket = new Map(made?.members.map(member => [member.ticket, made.seating.get(member)]))
  return tickets.flatMap(ticket =>
    ticket.wish.players.map((player): MatchPlayer => {
      const { player_id, username } = player
      const who = { player_id, username, ticket_id: ticket.ticketId }
      const place = byTicket.get(ticket)?.get(player_id)
      if (place === undefined) return who
      const seat = taken.get(place.team) ?? 0
      taken.set(place.team, seat + 1)
      return {
        ...who,
        ...place,
        seat,
        held_until: now + seatHeldMs,
        ...(keepsTraits ? { traits: traitsOf(player) } : {}),
      }
    }),
  )
}

/** Who still has a seat in the running match, and the new ones behind them. */
async function addToMatch(
  redis: Redis,
  { environmentId, name }: Queue,
  opening: WaitingTicket,
  joining: MatchPlayer[],
): Promise<MatchRecord | undefined> {
  const running = opening.wish.opening
  if (running === undefined) return undefined
  const { room_id, match_id, region, seats } = running
  const before = await findMatchOfRoom(redis, environmentId, room_id)
  const known = new Map(before?.players.map(player => [player.player_id, player]))
  const seated = opening.wish.players.map(player => ({
    ticket_id: opening.ticketId,
    ...known.get(player.player_id),
    player_id: player.player_id,
    username: player.username,
    ...seats[player.player_id],
  }))
  return {
    environment_id: environmentId,
    match_id,
    room_id,
    queue: name,
    ...(region === undefined ? {} : { region }),
    players: [...seated, ...joining],
  }
}

/**
 * Makes the matches that a queue holds now, and answers how many. Safe to run anywhere at any time,
 * also twice at once: only one commit per ticket succeeds.
 */
export async function runRound(options: RoundOptions): Promise<number> {
  const { redis, queue, compiled, memory, nodeId, token } = options
  const { environmentId, name } = queue
  const openName = readOpenName(name)
  const most = compiled === undefined ? mostTickets.open : mostTickets.declared
  const { now, places } = await listWaiting(redis, queue, most)
  if (openName === undefined && compiled === undefined) return 0
  const tickets = await readTickets(redis, queue, places, memory)
  const groups =
    compiled === undefined
      ? findOpen(tickets, openName?.players ?? 2, now)
      : await findDeclared(compiled, tickets, now, memory)
  if (groups.length > 0 && (await options.renew?.()) === false) return 0
  const hasRegions = groups.some(({ made }) => made?.region !== undefined)
  const nodes = hasRegions ? await listNodes(redis) : []

  const commitNew = async (group: Group) => {
    const match: MatchRecord = {
      environment_id: environmentId,
      match_id: randomUUID(),
      room_id: randomBytes(16).toString('base64url'),
      ...(compiled === undefined ? {} : { queue: name }),
      ...(group.made?.region === undefined ? {} : { region: group.made.region }),
      players: playersOf(group, compiled, now),
    }
    const acceptSeconds = compiled?.queue.ready_check?.seconds
    const home = homeOf(group, nodes, nodeId)
    const roomId = match.room_id
    // Before the match is told, so that a ticket for the room leads to the right node at once.
    await claimRoom(redis, environmentId, roomId, home, comeSeconds + (acceptSeconds ?? 0))
    const ticketIds = group.tickets.map(({ ticketId }) => ticketId)
    const fence = token === undefined ? {} : { token }
    if (await commitMatch(redis, { queue, match, ticketIds, acceptSeconds, ...fence })) return 1
    await releaseRoom(redis, environmentId, roomId, home)
    return 0
  }
  const commitMore = async (group: Group, opening: WaitingTicket) => {
    const match = await addToMatch(redis, queue, opening, playersOf(group, compiled, now))
    if (match === undefined) return 0
    const ticketIds = [opening, ...group.tickets].map(({ ticketId }) => ticketId)
    const fence = token === undefined ? {} : { token }
    return (await commitMatch(redis, { queue, match, ticketIds, ...fence })) ? 1 : 0
  }
  let made = 0
  for (let start = 0; start < groups.length; start += commitsAtOnce) {
    const counts = await Promise.all(
      groups.slice(start, start + commitsAtOnce).map(group => {
        const opening = group.made?.opening?.ticket
        return opening === undefined ? commitNew(group) : commitMore(group, opening)
      }),
    )
    for (const count of counts) made += count
  }
  return made
}
