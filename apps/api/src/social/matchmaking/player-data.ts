import { cancel, readTicket } from '@aethex/shared/matchmaking'
import type { PlayerData } from '../../gateway/player-data.js'

/** The ticket of a player who waits. What was matched is told for some minutes, and runs out by itself. */
export const playerData: PlayerData = {
  name: 'matchmaking',
  tables: [],
  async *exportFor({ redis }, environmentId, playerId) {
    const ticket = await readTicket(redis, environmentId, { holder: playerId })
    if (ticket === undefined || ticket.state === 'closed') return
    const { ticketId, state, queue, wish, queuedAt } = ticket
    const own = wish.players.find(({ player_id }) => player_id === playerId)
    const at = new Date(queuedAt).toISOString()
    const content = { ticket_id: ticketId, state, queue: queue.name, queued_at: at, wish: own }
    yield { name: 'ticket.json', content }
  },
  // Also one that a server has made, which would wait on without its player.
  async eraseFor({ redis }, environmentId, playerId) {
    const { state } = await cancel(redis, environmentId, { holder: playerId })
    return { 'redis:matchmaking': state === 'queued' ? 1 : 0 }
  },
}
