import { randomUUID } from 'node:crypto'
import { Problem } from '@aethex/shared/errors'
import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import {
  answerProposal,
  cancel,
  enqueue,
  type MatchRecord,
  type NewTicket,
  readOpenName,
  readTicket,
  refresh,
  restoreMatch,
  settle,
  type Told,
} from '@aethex/shared/matchmaking'
import type { Redis } from '@aethex/shared/redis'
import type { TicketHolder } from '@aethex/shared/tickets'
import type { Recipient } from '../delivery/recipient.js'
import { type ClientMessageOf, replyingTo } from '../protocol/messages.js'
import type { Traffic } from '../traffic.js'
import type { Tuning } from '../tuning.js'
import { Backfill, type RoomOf } from './backfill.js'
import { explainTickets } from './explaining.js'
import { type KeptTicket, KeptTickets } from './kept-tickets.js'
import { startMatchmaker } from './matchmaker.js'
import { QueueBook } from './queue-book.js'
import { Tellings } from './tellings.js'
import { listenForTickets } from './told-tickets.js'
import { askedBy } from './wishes.js'

export interface Matchmaking extends Closable {
  readonly backfill: Backfill
  join(from: Recipient, message: ClientMessageOf<'join_queue'>): Promise<void>
  leave(from: Recipient, message: ClientMessageOf<'leave_queue'>): Promise<void>
  explain(from: Recipient, message: ClientMessageOf<'explain_queue'>): Promise<void>
  answer(
    from: Recipient,
    message: ClientMessageOf<'accept_match'> | ClientMessageOf<'decline_match'>,
  ): Promise<void>
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
  /** The sockets of a player on this node. */
  socketsOf(environmentId: string, playerId: string): readonly Recipient[]
  roomOf: RoomOf
  /** A running match may have more players from here on. */
  onMatch?(match: MatchRecord): void
}

/** So long after it was told, a match is put back into a Redis that forgot everything. */
const restoredForMs = 15_000
/** So many are explained in one go; the next ones the next time. */
const mostExplained = 500

const modeOf = (name: string) => readOpenName(name)?.mode ?? name

/** Queues the players of this node's sockets, keeps their tickets alive, and tells them their match. */
export function startMatchmaking(options: MatchmakingOptions): Matchmaking {
  const { redis, subscriber, nodeId, traffic, tuning, log, socketsOf, roomOf } = options
  const kept = new KeptTickets()
  const tellings = new Tellings()
  const book = new QueueBook(redis, tuning.queueRulesMs)
  const backfill = new Backfill({ redis, nodeId, book, tellings, roomOf })
  const toldLately = new Map<string, { match: MatchRecord; ticketIds: string[]; until: number }>()

  const tellMatch = (ticket: KeptTicket, match: MatchRecord, ticketIds: string[]) => {
    kept.drop(ticket)
    const until = performance.now() + restoredForMs
    toldLately.set(match.match_id, { match, ticketIds, until })
    for (const recipient of ticket.recipients) tellings.found(recipient, match)
  }
  const tellLeft = (ticket: KeptTicket, reason: string, except?: Recipient) => {
    kept.drop(ticket)
    for (const recipient of ticket.recipients) {
      if (recipient !== except) recipient.send({ type: 'queue_left', reason })
    }
  }
  const tellProposed = (ticket: KeptTicket, match: MatchRecord, seconds: number) => {
    if (ticket.proposed?.match_id === match.match_id) return
    ticket.proposed = match
    for (const recipient of ticket.recipients) tellings.proposed(recipient, match, seconds)
  }
  const tellCancelled = (ticket: KeptTicket, requeued: boolean) => {
    const match_id = ticket.proposed?.match_id
    ticket.proposed = undefined
    if (match_id === undefined) return
    for (const recipient of ticket.recipients) {
      recipient.send({ type: 'match_cancelled', match_id, requeued })
    }
  }
  const keptOf = (ticketIds: readonly string[]) =>
    ticketIds.flatMap(ticketId => kept.find(ticketId) ?? [])

  /** Keeps a ticket that was made elsewhere for the player's sockets here. */
  const adopt = async (
    environmentId: string,
    playerId: string,
    recipients: readonly Recipient[],
  ) => {
    const stored = await readTicket(redis, environmentId, { holder: playerId })
    if (stored === undefined || stored.state === 'closed') return undefined
    if (stored.state === 'matched' || stored.wish.opening !== undefined) return stored
    const { ticketId, queue, wish, isByRest, timeoutSeconds, queuedAt } = stored
    const ticket: NewTicket = {
      ticketId,
      queue,
      wish,
      nodeId: isByRest ? undefined : nodeId,
      timeoutSeconds,
    }
    const proposed = stored.state === 'proposed' ? stored.match : undefined
    const open = recipients.filter(({ isOpen }) => isOpen)
    if (open.length > 0) {
      kept.keep({ ticket, queuedAt, mode: modeOf(queue.name), proposed }, open)
    }
    return stored
  }

  const hearQueued = async (told: Extract<Told, { kind: 'queued' }>) => {
    const { environment_id: environmentId, ticket_id, player_ids } = told
    for (const playerId of player_ids) {
      const recipients = socketsOf(environmentId, playerId)
      if (recipients.length === 0) continue
      const stored = await adopt(environmentId, playerId, recipients)
      if (stored?.ticketId !== ticket_id) continue
      const mode = modeOf(stored.queue.name)
      for (const recipient of recipients) {
        recipient.send({ type: 'queue_joined', ticket_id, mode })
        if (stored.state === 'matched' && stored.match !== undefined) {
          tellings.found(recipient, stored.match)
        }
      }
    }
  }

  listenForTickets(subscriber, log, told => {
    switch (told.kind) {
      case 'matched':
        options.onMatch?.(told.match)
        for (const ticketId of told.tickets) backfill.hearMatch(ticketId, told.match)
        for (const ticket of keptOf(told.tickets)) tellMatch(ticket, told.match, told.tickets)
        return
      case 'proposed':
        for (const ticket of keptOf(told.tickets)) tellProposed(ticket, told.match, told.seconds)
        return
      case 'accepted':
        for (const { recipients } of keptOf(told.tickets)) {
          const { match_id, accepted, players } = told
          for (const recipient of recipients) {
            recipient.send({ type: 'match_progress', match_id, accepted, players })
          }
        }
        return
      case 'dissolved':
        for (const ticket of keptOf(told.back)) tellCancelled(ticket, true)
        for (const ticket of keptOf(told.out)) {
          if (told.by === nodeId && told.by !== '') continue
          tellCancelled(ticket, false)
          tellLeft(ticket, 'declined')
        }
        return
      case 'closed':
        backfill.hearClosed(told.ticket_id, told.reason)
        if (told.by === nodeId && told.by !== '') return
        for (const ticket of keptOf([told.ticket_id])) tellLeft(ticket, told.reason)
        return
      case 'queued':
        return hearQueued(told)
    }
  })

  const refreshOne = async (ticket: KeptTicket) => {
    const { ticketId } = ticket.ticket
    const now = await refresh(redis, ticket.ticket, ticket.queuedAt)
    // While Redis answered the player may have left, or asked for something else.
    if (kept.find(ticketId) !== ticket) return
    if (now.state === 'matched') tellMatch(ticket, now.match, [ticketId])
    if (now.state === 'closed') tellLeft(ticket, now.reason)
    if (now.state === 'queued') tellCancelled(ticket, true)
    if (now.state === 'proposed') {
      const rules = (await book.of(ticket.ticket.queue.environmentId)).find(ticket.mode)
      tellProposed(ticket, now.match, rules?.queue.ready_check?.seconds ?? 0)
    }
  }
  const restoreOne = async (matchId: string) => {
    const told = toldLately.get(matchId)
    if (told === undefined) return
    if (performance.now() > told.until) toldLately.delete(matchId)
    else await restoreMatch(redis, told.match, told.ticketIds)
  }
  const refreshing = setInterval(() => {
    const quietly = (work: Promise<void>) =>
      work.catch(error => log.debug({ err: error }, 'a ticket was not refreshed'))
    // First what is settled, or a ticket of a match that was told would be brought back to life.
    const restored = Promise.all([...toldLately.keys()].map(id => quietly(restoreOne(id))))
    void restored.then(() => {
      for (const ticket of kept.all()) void quietly(refreshOne(ticket))
      void quietly(backfill.refreshAll())
    })
  }, tuning.refreshTicketsMs)

  const sayWhy = async (tickets: readonly KeptTicket[], reply: object = {}) => {
    const [first] = tickets
    if (first === undefined) return
    const ids = tickets.map(({ ticket }) => ticket.ticketId)
    const explained = await explainTickets(redis, book, first.ticket.queue, ids)
    for (const { ticket, mode, proposed, recipients } of tickets) {
      const explanation = explained.get(ticket.ticketId)
      if (explanation === undefined) continue
      const state = proposed === undefined ? 'queued' : 'proposed'
      const ticket_id = ticket.ticketId
      const update = { type: 'queue_update', ticket_id, mode, state, ...explanation } as const
      for (const recipient of recipients) recipient.send({ ...update, ...reply })
    }
  }
  let explainedUpTo = 0
  const explaining = setInterval(() => {
    const all = kept.all()
    if (explainedUpTo >= all.length) explainedUpTo = 0
    const some = all.slice(explainedUpTo, explainedUpTo + mostExplained)
    explainedUpTo += mostExplained
    const byQueue = new Map<string, KeptTicket[]>()
    for (const ticket of some) {
      const { environmentId, name } = ticket.ticket.queue
      const beside = byQueue.get(`${environmentId}:${name}`) ?? []
      byQueue.set(`${environmentId}:${name}`, [...beside, ticket])
    }
    for (const tickets of byQueue.values()) {
      sayWhy(tickets).catch(error => log.debug({ err: error }, 'a queue was not explained'))
    }
  }, tuning.explainQueuesMs)

  const matchmaker = startMatchmaker({
    redis,
    nodeId,
    book,
    queuesHere: () => [...kept.queues(), ...backfill.queues()],
    onMatches: made => {
      traffic.matches += made
    },
    log,
    everyMs: tuning.matchRoundMs,
  })

  return {
    backfill,
    async join(from, message) {
      const { environment_id: environmentId } = from.holder
      const asked = askedBy(from.holder, message, await book.of(environmentId))
      const { name, ...rest } = asked
      const ticketId = randomUUID()
      const ticket = { ticketId, queue: { environmentId, name }, nodeId, ...rest }
      const now = await enqueue(redis, ticket)
      if (now.state === 'full') throw new Problem('busy')
      if (now.state === 'otherwise' || now.state === 'closed') throw new Problem('already_queued')
      if (now.state !== 'matched' && from.isOpen) {
        const proposed = now.state === 'proposed' ? now.match : undefined
        const own = { ...ticket, ticketId: now.ticketId }
        kept.keep({ ticket: own, queuedAt: now.queuedAt, mode: message.mode, proposed }, [from])
      }
      from.send({ type: 'queue_joined', ...replyingTo(message), ticket_id: now.ticketId })
      if (now.state === 'matched') tellings.found(from, now.match)
      if (now.state === 'proposed') tellings.proposed(from, now.match, 0)
    },

    async leave(from, message) {
      const { environment_id: environmentId, player_id: playerId } = from.holder
      const ticket = kept.ofPlayer(environmentId, playerId)
      const before = await cancel(redis, environmentId, { holder: playerId }, nodeId)
      if (before.state === 'matched') {
        const isToldAnyway = ticket?.recipients.has(from) === true
        if (!isToldAnyway && !tellings.wasTold(from, before.match)) {
          tellings.found(from, before.match)
        }
        throw new Problem('already_matched')
      }
      // Known here but not there: Redis has lost it, and it will not be brought back.
      if (before.state !== 'queued' && ticket === undefined) throw new Problem('not_queued')
      from.send({ type: 'queue_left', ...replyingTo(message) })
      if (ticket !== undefined) tellLeft(ticket, 'cancelled', from)
    },

    async explain(from, message) {
      const { environment_id: environmentId, player_id: playerId } = from.holder
      const stored = await adopt(environmentId, playerId, [from])
      if (stored === undefined) throw new Problem('not_queued')
      if (stored.state === 'matched' && stored.match !== undefined) {
        tellings.found(from, stored.match)
        throw new Problem('already_matched')
      }
      const { ticketId } = stored
      const explained = await explainTickets(redis, book, stored.queue, [ticketId])
      const explanation = explained.get(ticketId) ?? {
        waiting_seconds: Math.max(0, stored.now - stored.queuedAt) / 1_000,
        candidates: 0,
        compatible: 0,
        estimated_seconds: null,
        rules: [],
      }
      from.send({
        type: 'queue_update',
        ...replyingTo(message),
        ticket_id: ticketId,
        mode: modeOf(stored.queue.name),
        state: stored.state === 'proposed' ? 'proposed' : 'queued',
        ...explanation,
      })
    },

    async answer(from, message) {
      const { environment_id: environmentId, player_id: playerId } = from.holder
      const { match_id } = message
      const accepted = message.type === 'accept_match'
      const own = kept.ofPlayer(environmentId, playerId)
      const outcome = await answerProposal(
        redis,
        environmentId,
        match_id,
        playerId,
        accepted,
        nodeId,
      )
      if (outcome === 'gone') {
        throw new Problem('not_found', { detail: 'No such match waits for this player.' })
      }
      from.send({ type: 'match_answered', ...replyingTo(message), match_id, accepted })
      if (!accepted && own !== undefined) {
        tellCancelled(own, false)
        tellLeft(own, 'declined')
      }
    },

    async settle({ environment_id: environmentId, player_id: playerId }, match) {
      const own = match.players.find(player => player.player_id === playerId)
      if (own === undefined) return
      await settle(redis, environmentId, playerId, own.ticket_id).catch(error =>
        log.debug({ err: error }, 'a match is offered again until it runs out'),
      )
    },

    forget(recipient) {
      kept.forget(recipient)
      backfill.forget(recipient)
    },

    close: async () => {
      clearInterval(refreshing)
      clearInterval(explaining)
      await matchmaker.close()
    },
  }
}
