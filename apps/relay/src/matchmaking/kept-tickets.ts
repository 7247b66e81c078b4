import type { Recipient } from '../delivery/recipient.js'
import { type Queue, queueName, type Wish } from './queue-store.js'

/** A ticket whose player's sockets are on this node, which keeps it alive. */
export interface KeptTicket {
  wish: Wish
  ticketId: string
  queuedAt: number
  recipients: Set<Recipient>
}

const keyOf = (environmentId: string, playerId: string) => `${environmentId}:${playerId}`

/** The tickets that this node keeps alive, one per player at most. */
export class KeptTickets {
  private readonly tickets = new Map<string, KeptTicket>()

  all(): KeptTicket[] {
    return [...this.tickets.values()]
  }

  queues(): Queue[] {
    const queues = new Map<string, Queue>()
    for (const { wish } of this.tickets.values()) {
      queues.set(`${wish.queue.environmentId}:${queueName(wish.queue)}`, wish.queue)
    }
    return [...queues.values()]
  }

  find(environmentId: string, playerId: string): KeptTicket | undefined {
    return this.tickets.get(keyOf(environmentId, playerId))
  }

  /** Keeps a ticket for a socket; a second socket of the player joins the first. */
  keep(ticket: Omit<KeptTicket, 'recipients'>, recipient: Recipient): void {
    const { queue, playerId } = ticket.wish
    const kept = this.find(queue.environmentId, playerId)
    const others = kept?.ticketId === ticket.ticketId ? kept.recipients : []
    const recipients = new Set([...others, recipient])
    this.tickets.set(keyOf(queue.environmentId, playerId), { ...ticket, recipients })
  }

  drop({ wish: { queue, playerId } }: KeptTicket): void {
    this.tickets.delete(keyOf(queue.environmentId, playerId))
  }

  /** A closed socket keeps nothing alive: its ticket runs out unless the player comes back. */
  forget(recipient: Recipient): void {
    const { environment_id: environmentId, player_id: playerId } = recipient.holder
    const kept = this.find(environmentId, playerId)
    if (kept?.recipients.delete(recipient) && kept.recipients.size === 0) this.drop(kept)
  }
}
