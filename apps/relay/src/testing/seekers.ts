import { QueueRules, type TicketWish, type WaitingTicket } from '@aethex/shared/matchmaking'
import type { z } from 'zod'

/** A repeatable stream of numbers from 0 up to 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Traits = Partial<TicketWish['players'][number]>

/** A ticket of players with these traits, who came `waitedMs` before `now`. */
export function seeker(
  ticketId: string,
  players: readonly Traits[],
  now: number,
  waitedMs = 0,
): WaitingTicket {
  return {
    ticketId,
    since: now - waitedMs,
    nodeId: 'node',
    wish: {
      players: players.map((traits, index) => ({
        player_id: `${ticketId}.${index}`,
        username: ticketId,
        attributes: {},
        ranges: {},
        latencies_ms: {},
        roles: [],
        ...traits,
      })),
    },
  }
}

export const declare = (rules: Omit<z.input<typeof QueueRules>, 'name'>) =>
  QueueRules.parse({ name: 'ranked', ...rules })
