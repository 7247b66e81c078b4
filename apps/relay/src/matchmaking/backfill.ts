import { randomUUID } from 'node:crypto'
import { Problem } from '@aethex/shared/errors'
import {
  assertAdmissible,
  cancel,
  capacityOf,
  enqueue,
  type MatchRecord,
  type NewTicket,
  type Queue,
  refresh,
  roomHolder,
  type Seat,
  type SeekingPlayer,
} from '@aethex/shared/matchmaking'
import type { Redis } from '@aethex/shared/redis'
import type { Recipient } from '../delivery/recipient.js'
import { type ClientMessageOf, replyingTo } from '../protocol/messages.js'
import { findMatchOfRoom } from '../rooms/match-records.js'
import type { QueueBook } from './queue-book.js'
import type { Tellings } from './tellings.js'

/** Who is in the room of a socket now. */
export type RoomOf = (
  recipient: Recipient,
) => { roomId: string; playerIds: ReadonlySet<string> } | undefined

/** A room that offers its free seats; the socket that asked for it keeps the offer alive. */
interface Offer {
  ticket: NewTicket
  queuedAt: number
  by: Recipient
  match: MatchRecord
}

interface BackfillParts {
  redis: Redis
  nodeId: string
  book: QueueBook
  tellings: Tellings
  roomOf: RoomOf
}

const traitsAtLeast = { attributes: {}, ranges: {}, latencies_ms: {}, roles: [] }

/** Whoever came, or may still come: these keep their seats. */
const keepsSeat = (
  player: MatchRecord['players'][number],
  present: ReadonlySet<string>,
  now: number,
) => present.has(player.player_id) || (player.held_until ?? 0) > now

/** The free seats of running matches, as their players offer them. */
export class Backfill {
  private readonly offers = new Map<string, Offer>()

  constructor(private readonly parts: BackfillParts) {}

  queues(): Queue[] {
    return [...this.offers.values()].map(({ ticket }) => ticket.queue)
  }

  async offer(from: Recipient, message: ClientMessageOf<'offer_backfill'>): Promise<void> {
    const { redis, nodeId, book, roomOf } = this.parts
    const { environment_id: environmentId, player_id: playerId } = from.holder
    const room = roomOf(from)
    if (room === undefined) throw new Problem('not_in_room')
    const match = await findMatchOfRoom(redis, environmentId, room.roomId)
    const queue =
      match?.queue === undefined
        ? undefined
        : (await book.of(environmentId)).find(match.queue)?.queue
    if (match === undefined || queue?.backfill !== 'players') {
      throw new Problem('forbidden', { detail: 'The queue of this match takes no more players.' })
    }
    const seated = match.players.filter(one => keepsSeat(one, room.playerIds, Date.now()))
    if (seated.every(({ player_id }) => player_id !== playerId)) throw new Problem('room_forbidden')
    const free = capacityOf(queue) - seated.length
    if (free <= 0) throw new Problem('room_full')
    const seats: Record<string, Seat> = {}
    for (const { player_id, team = '', role } of seated) {
      seats[player_id] = role === undefined ? { team } : { team, role }
    }
    const players = seated.map(
      ({ player_id, username, traits }): SeekingPlayer => ({
        ...traitsAtLeast,
        ...traits,
        player_id,
        username,
      }),
    )
    const { room_id, match_id, region } = match
    const opening = { room_id, match_id, seats, ...(region === undefined ? {} : { region }) }
    const wish = { players, opening }
    assertAdmissible(queue, wish)
    const ticket: NewTicket = {
      ticketId: randomUUID(),
      queue: { environmentId, name: queue.name },
      wish,
      nodeId,
      timeoutSeconds: 0,
    }
    const now = await enqueue(redis, ticket)
    if (now.state !== 'queued') throw new Problem('already_queued')
    const { ticketId, queuedAt } = now
    if (from.isOpen) {
      this.offers.set(ticketId, { ticket: { ...ticket, ticketId }, queuedAt, by: from, match })
    }
    from.send({
      type: 'backfill_offered',
      ...replyingTo(message),
      ticket_id: ticketId,
      free_seats: free,
    })
  }

  async stop(from: Recipient, message: ClientMessageOf<'stop_backfill'>): Promise<void> {
    const { redis, nodeId, roomOf } = this.parts
    const room = roomOf(from)
    if (room === undefined) throw new Problem('not_in_room')
    const offer = [...this.offers.values()].find(({ match }) => match.room_id === room.roomId)
    if (offer === undefined) throw new Problem('not_queued')
    this.offers.delete(offer.ticket.ticketId)
    const holder = roomHolder(room.roomId)
    await cancel(redis, from.holder.environment_id, { holder }, nodeId)
    from.send({ type: 'backfill_stopped', ...replyingTo(message) })
  }

  /** Somebody gets a seat: the one who offered it hears, and may offer what is left. */
  hearMatch(ticketId: string, match: MatchRecord): void {
    const offer = this.offers.get(ticketId)
    if (offer === undefined) return
    this.offers.delete(ticketId)
    this.parts.tellings.backfilled(offer.by, match)
  }

  hearClosed(ticketId: string, reason: string): void {
    const offer = this.offers.get(ticketId)
    if (offer === undefined) return
    this.offers.delete(ticketId)
    offer.by.send({ type: 'backfill_stopped', reason })
  }

  /** Keeps the offers of this node alive, and ends those of rooms that their player has left. */
  async refreshAll(): Promise<void> {
    const { redis, nodeId, roomOf } = this.parts
    for (const [ticketId, { ticket, queuedAt, by, match }] of this.offers) {
      const { environmentId } = ticket.queue
      if (roomOf(by)?.roomId !== match.room_id) {
        this.offers.delete(ticketId)
        await cancel(redis, environmentId, { ticketId }, nodeId)
        continue
      }
      const now = await refresh(redis, ticket, queuedAt)
      if (now.state === 'matched') this.hearMatch(ticketId, now.match)
      if (now.state === 'closed') this.hearClosed(ticketId, now.reason)
    }
  }

  forget(recipient: Recipient): void {
    for (const [ticketId, { by }] of this.offers) if (by === recipient) this.offers.delete(ticketId)
  }
}
