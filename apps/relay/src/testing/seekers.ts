import { QueueRules, type TicketWish, type WaitingTicket } from '@aethex/shared/matchmaking'
import type { z } from 'zod'

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
