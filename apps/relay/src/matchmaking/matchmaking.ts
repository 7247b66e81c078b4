import { randomUUID } from 'node:crypto'
import { Problem } from '@aethex/shared/errors'
import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Redis } from '@aethex/shared/redis'
import type { TicketHolder } from '@aethex/shared/tickets'
import type { Recipient } from '../delivery/recipient.js'
import { type ClientMessageOf, replyingTo } from '../protocol/messages.js'
import type { MatchRecord } from '../rooms/match-records.js'
import type { Traffic } from '../traffic.js'
import type { Tuning } from '../tuning.js'
import { type KeptTicket, KeptTickets } from './kept-tickets.js'
import { startMatchmaker } from './matchmaker.js'
import { cancel, enqueue, refresh, settle, type Wish } from './queue-store.js'
import { listenForMatches } from './told-matches.js'

export interface Matchmaking extends Closable {
  join(from: Recipient, message: ClientMessageOf<'join_queue'>): Promise<void>
  leave(from: Recipient, message: ClientMessageOf<'leave_queue'>): Promise<void>
  /** The player has come to the room of the match. */
  settle(holder: TicketHolder, match: MatchRecord): Promise<void>
  /** The socket is gone. */
  forget(recipient: Recipient): void
}

export interface MatchmakingOptions {
  redis: Redis
  subscriber: Redis
  nodeId: string
  traffic: Traffic
  tuning: Tuning
  log: Logger
}

/** Queues the players of this node's sockets, keeps their tickets alive, and tells them their match. */
export function startMatchmaking(options: MatchmakingOptions): Matchmaking {
  const { redis, subscriber, nodeId, traffic, tuning, log } = options
  const kept = new KeptTickets()
  const lastTold = new WeakMap<Recipient, string>()

  const tellMatch = (recipient: Recipient, { match_id, room_id, players }: MatchRecord) => {
    lastTold.set(recipient, match_id)
    recipient.send({
      type: 'match_found',
      match_id,
      room_id,
      players: players.map(({ player_id, username }) => ({ player_id, username })),
    })
  }
  const tellKeepers = (ticket: KeptTicket, match: MatchRecord) => {
    kept.drop(ticket)
    for (const recipient of ticket.recipients) tellMatch(recipient, match)
  }
  listenForMatches(subscriber, log, match => {
    for (const { player_id, ticket_id } of match.players) {
      const ticket = kept.find(match.environment_id, player_id)
      if (ticket?.ticketId === ticket_id) tellKeepers(ticket, match)
    }
  })

  const refreshOne = async (ticket: KeptTicket) => {
    const { wish, ticketId, queuedAt } = ticket
    const now = await refresh(redis, wish, ticketId, queuedAt)
    // While Redis answered the player may have left, or asked for something else.
    if (kept.find(wish.queue.environmentId, wish.playerId)?.ticketId !== ticketId) return
    if (now.state === 'matched') tellKeepers(ticket, now.match)
    if (now.state === 'closed') {
      kept.drop(ticket)
      for (const recipient of ticket.recipients) recipient.send({ type: 'queue_left' })
    }
  }
  const refreshing = setInterval(() => {
    for (const ticket of kept.all()) {
      refreshOne(ticket).catch(error => log.debug({ err: error }, 'a ticket was not refreshed'))
    }
  }, tuning.refreshTicketsMs)

  const matchmaker = startMatchmaker(
    redis,
    () => kept.queues(),
    made => {
      traffic.matches += made
    },
    log,
    tuning.matchRoundMs,
  )

  return {
    async join(from, message) {
      const { environment_id: environmentId, player_id: playerId, username } = from.holder
      const { mode, region, players, skill_range: skillRange } = message
      const queue = { environmentId, mode, region, players }
      const wish: Wish = { queue, playerId, username, nodeId, skillRange }
      const now = await enqueue(redis, wish, randomUUID())
      if (now.state === 'queued') {
        if (from.isOpen) kept.keep({ wish, ...now }, from)
      } else if (now.state !== 'matched') throw new Problem('already_queued')
      from.send({ type: 'queue_joined', ...replyingTo(message), ticket_id: now.ticketId })
      if (now.state === 'matched') tellMatch(from, now.match)
    },

    async leave(from, message) {
      const { environment_id: environmentId, player_id: playerId } = from.holder
      const ticket = kept.find(environmentId, playerId)
      const before = await cancel(redis, environmentId, playerId)
      if (before.state === 'matched') {
        const isToldAnyway = ticket?.recipients.has(from) === true
        if (!isToldAnyway && lastTold.get(from) !== before.match.match_id) {
          tellMatch(from, before.match)
        }
        throw new Problem('already_matched')
      }
      // Known here but not there: Redis has lost it, and it will not be brought back.
      if (before.state !== 'queued' && ticket === undefined) throw new Problem('not_queued')
      if (ticket !== undefined) kept.drop(ticket)
      from.send({ type: 'queue_left', ...replyingTo(message) })
      for (const recipient of ticket?.recipients ?? []) {
        if (recipient !== from) recipient.send({ type: 'queue_left' })
      }
    },

    async settle({ environment_id: environmentId, player_id: playerId }, match) {
      const own = match.players.find(player => player.player_id === playerId)
      if (own === undefined) return
      await settle(redis, environmentId, playerId, own.ticket_id).catch(error =>
        log.debug({ err: error }, 'a match is offered again until it runs out'),
      )
    },

    forget: recipient => kept.forget(recipient),

    close: async () => {
      clearInterval(refreshing)
      await matchmaker.close()
    },
  }
}
