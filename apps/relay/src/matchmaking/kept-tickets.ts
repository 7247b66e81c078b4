import type { MatchRecord, NewTicket, Queue } from '@aethex/shared/matchmaking'
import type { Recipient } from '../delivery/recipient.js'

/** A ticket of whose players at least one has a socket on this node, which keeps it alive. */
export interface KeptTicket {
  ticket: NewTicket
  queuedAt: number
  /** The mode or queue, as the players know it. */
  mode: string
  /** The match that is to be accepted. */
  proposed: MatchRecord | undefined
  recipients: Set<Recipient>
}

const keyOf = (environmentId: string, playerId: string) => `${environmentId}:${playerId}`

/** The tickets that this node keeps alive, one per player at most. */
export class KeptTickets {
  private readonly tickets = new Map<string, KeptTicket>()
  private readonly byPlayer = new Map<string, string>()

  all(): KeptTicket[] {
    return [...this.tickets.values()]
  }

  queues(): Queue[] {
    const queues = new Map<string, Queue>()
    for (const { ticket } of this.tickets.values()) {
      queues.set(`${ticket.queue.environmentId}:${ticket.queue.name}`, ticket.queue)
    }
    return [...queues.values()]
  }

  find(ticketId: string): KeptTicket | undefined {
    return this.tickets.get(ticketId)
  }

  ofPlayer(environmentId: string, playerId: string): KeptTicket | undefined {
    const ticketId = this.byPlayer.get(keyOf(environmentId, playerId))
    return ticketId === undefined ? undefined : this.tickets.get(ticketId)
  }

  /** Keeps a ticket for sockets; those of before go on hearing of it. */
  keep(kept: Omit<KeptTicket, 'recipients'>, recipients: Iterable<Recipient>): KeptTicket {
    const { ticketId } = kept.ticket
    const before = this.tickets.get(ticketId)
    const all = new Set([...(before?.recipients ?? []), ...recipients])
    const now = { ...kept, recipients: all }
    this.tickets.set(ticketId, now)
    for (const { holder } of all) {
      const key = keyOf(holder.environment_id, holder.player_id)
      const other = this.byPlayer.get(key)
      if (other !== undefined && other !== ticketId) this.tickets.delete(other)
      this.byPlayer.set(key, ticketId)
    }
    return now
  }

  drop({ ticket, recipients }: KeptTicket): void {
    this.tickets.delete(ticket.ticketId)
    for (const { holder } of recipients) {
      const key = keyOf(holder.environment_id, holder.player_id)
      if (this.byPlayer.get(key) === ticket.ticketId) this.byPlayer.delete(key)
    }
  }

  /** A closed socket keeps nothing alive: its ticket runs out unless the player comes back. */
  forget(recipient: Recipient): void {
    const { environment_id: environmentId, player_id: playerId } = recipient.holder
    const kept = this.ofPlayer(environmentId, playerId)
    if (!kept?.recipients.delete(recipient)) return
    const isHere = [...kept.recipients].some(({ holder }) => holder.player_id === playerId)
    if (!isHere) this.byPlayer.delete(keyOf(environmentId, playerId))
    if (kept.recipients.size === 0) this.drop(kept)
  }
}
