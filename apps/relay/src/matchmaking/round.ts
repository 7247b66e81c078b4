import { randomBytes, randomUUID } from 'node:crypto'
import { claimRoom, releaseRoom } from '@aethex/shared/fleet'
import type { Redis } from '@aethex/shared/redis'
import type { MatchRecord } from '../rooms/match-records.js'
import { findMatches, type WaitingTicket } from './matcher.js'
import { commitMatch, listWaiting, type Queue } from './queue-store.js'

/** As long as a matched player may take to come. */
const claimSeconds = 60

/** The node where most of these players are already. */
function busiestNode(tickets: readonly WaitingTicket[]): string {
  const counts = new Map<string, number>()
  for (const { nodeId } of tickets) counts.set(nodeId, (counts.get(nodeId) ?? 0) + 1)
  const [busiest] = [...counts].sort(([, a], [, b]) => b - a)
  return busiest?.[0] ?? ''
}

function toRecord(queue: Queue, tickets: readonly WaitingTicket[]): MatchRecord {
  return {
    environment_id: queue.environmentId,
    match_id: randomUUID(),
    room_id: randomBytes(16).toString('base64url'),
    players: tickets.map(({ playerId, username, ticketId }) => ({
      player_id: playerId,
      username,
      ticket_id: ticketId,
    })),
  }
}

/**
 * Makes the matches that a queue holds now, and answers how many. Safe to run anywhere at any time,
 * also twice at once: only one commit per ticket succeeds.
 */
export async function runRound(redis: Redis, queue: Queue): Promise<number> {
  const { now, tickets } = await listWaiting(redis, queue)
  let made = 0
  for (const group of findMatches(tickets, queue.players, now)) {
    const match = toRecord(queue, group)
    const { environment_id: environmentId, room_id: roomId } = match
    const nodeId = busiestNode(group)
    // Before the match is told, so that a ticket for the room leads to the right node at once.
    await claimRoom(redis, environmentId, roomId, nodeId, claimSeconds)
    if (await commitMatch(redis, queue, match)) made++
    else await releaseRoom(redis, environmentId, roomId, nodeId)
  }
  return made
}
