import { createEmitter, type Listenable } from '../core/emitter.js'
import { AeThexError, asAeThexError, hasCode } from '../core/error.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import { later } from '../core/timer.js'
import type { ServerMessage } from '../generated/messages.js'
import type { components } from '../generated/openapi.js'
import type { MatchmakingEvents, QueueUpdate } from './events.js'
import { measureRegions } from './matchmaking-latencies.js'
import { createMatchTeller, toUpdate } from './matchmaking-news.js'
import type { Socket } from './socket.js'

/** What kind of match is wanted. */
export interface QueueWish {
  /** The name of a queue that the studio has declared, or any other word. */
  mode: string
  /** Only players of one region meet. Not needed where `latencies_ms` are given. */
  region?: string
  /** Lowest and highest skill of opponents; widens while the player waits. Needed in modes that no queue declares. */
  skill_range?: [number, number]
  /** How many players make a match, in modes that no queue declares; 2 unless said. */
  players?: number
  /** What the rules of the queue ask for. */
  attributes?: Record<string, number | string | boolean | string[]>
  /** What the same attributes of others should lie in. */
  ranges?: Record<string, [number, number]>
  /** There and back, by region: see `measureLatencies`. */
  latencies_ms?: Record<string, number>
  /** Which roles the player takes; none: any. */
  roles?: string[]
  /** The whole party, of which this player is the leader. All its members hear of it. */
  party?: boolean
  /** The queue goes by the platform's own rating, which only the platform may say. */
  rated?: boolean
}

/** Finds others to play with. */
export interface Matchmaking extends Listenable<MatchmakingEvents> {
  /**
   * Begins to wait, connecting first if need be; `match_found` tells the end. The place is taken again after a lost connection.
   * Errors: `already_queued` (with another wish), `cancelled` (by `leaveQueue` or `disconnect`, meanwhile), `not_signed_in`,
   * `invalid_request` (what the queue asks for is missing), `forbidden` (not the leader of the party).
   */
  joinQueue(wish: QueueWish): Promise<Result<{ ticket_id: string }>>
  /** Waits no longer, also when `joinQueue` is still under way. Errors: `already_matched`, with the match told by `match_found`. */
  leaveQueue(): Promise<Result>
  /** Why the player waits still. Errors: `not_queued`, `already_matched`. */
  explain(): Promise<Result<QueueUpdate>>
  /** Says yes to a `match_proposed`. Errors: `not_found` when it is too late. */
  accept(matchId: string): Promise<Result>
  /** Says no: the player waits no longer, the others do. */
  decline(matchId: string): Promise<Result>
  /** Offers the free seats of the match in whose room the player is, until they are taken or the player leaves. Errors: `not_in_room`, `forbidden`, `room_full`, `already_queued`. */
  offerBackfill(): Promise<Result<{ ticket_id: string; free_seats: number }>>
  stopBackfill(): Promise<Result>
  /** Measures the way to every region of a queue that names an address for it, in milliseconds: the least of three. */
  measureLatencies(queue: string): Promise<Result<{ latencies_ms: Record<string, number> }>>
}

/** Between tries of a resumption that the relay could not serve. */
const patienceMs = 1_000

export interface Queue extends Matchmaking {
  /** Back into the queue on a new connection. */
  resume(): void
  hear(message: ServerMessage): void
  forget(error?: AeThexError): void
  close(): void
}

const leftMeanwhile = () => new AeThexError('cancelled', 'The queue was left.')

/** The promise, or what the signal is aborted with, whichever comes first. */
function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** Such tickets are made by REST: the API knows parties and ratings, the relay does not. */
const isByRest = ({ party, rated }: QueueWish) => party === true || rated === true

/** `open` connects the signed-in player. */
export function createMatchmaking(
  socket: Socket,
  session: Session,
  open: () => Promise<unknown>,
  onFault: (thrown: unknown) => void,
): Queue {
  const events = createEmitter<MatchmakingEvents>(onFault)
  let wanted: QueueWish | undefined
  /** The last wish that the relay has taken. */
  let standing: QueueWish | undefined
  let asking: QueueWish | undefined
  /** Ends what has been asked so far. */
  let leaving = new AbortController()
  /** The relay may still keep a place that was left while it could not be told. */
  let isLeaveOwed = false
  /** The ticket that was made by REST, by this player or by somebody else. */
  let made: { ticket_id: string; byOthers: boolean } | undefined
  const tell = createMatchTeller(events)

  async function takePlace(wish: QueueWish): Promise<{ ticket_id: string }> {
    const { party, rated: _rated, ...plain } = wish
    if (!isByRest(wish)) return socket.request({ type: 'join_queue', ...plain }, 'queue_joined')
    try {
      // It may be waiting still, and from here on this connection hears of it.
      if (made !== undefined) return await socket.request({ type: 'explain_queue' }, 'queue_update')
    } catch (thrown) {
      if (!hasCode(thrown, 'not_queued') || made?.byOthers) throw thrown
    }
    const body = party === true ? { ...plain, party } : plain
    const { ticket } = await session.request<{
      ticket: components['schemas']['MatchmakingTicket']
    }>({
      method: 'POST',
      path: '/matchmaking/tickets',
      body,
    })
    made = { ticket_id: ticket.ticket_id, byOthers: false }
    return made
  }

  async function ask(wish: QueueWish, resumed: boolean): Promise<{ ticket_id: string }> {
    const { signal } = leaving
    asking = wish
    try {
      for (;;) {
        await open()
        signal.throwIfAborted()
        try {
          const { ticket_id } = await takePlace(wish)
          signal.throwIfAborted()
          standing = wish
          events.emit('queue_joined', { ticket_id, resumed })
          return { ticket_id }
        } catch (thrown) {
          const isGone = hasCode(thrown, 'connection_lost', 'not_connected')
          if (!isGone || wanted !== wish) throw thrown
        }
      }
    } finally {
      if (asking === wish) asking = undefined
    }
  }

  async function askToLeave(): Promise<void> {
    try {
      // The relay takes messages in order: this one ends a `join_queue` that it has not answered, too.
      await socket.request({ type: 'leave_queue' }, 'queue_left')
    } catch (thrown) {
      isLeaveOwed = hasCode(thrown, 'connection_lost', 'not_connected')
      if (!isLeaveOwed && !hasCode(thrown, 'not_queued')) throw thrown
    }
  }

  /** Waits no longer, as far as this side is concerned; answers what for, if it did. */
  function stopWaiting(reason: AeThexError): QueueWish | undefined {
    const wish = wanted
    wanted = undefined
    standing = undefined
    made = undefined
    leaving.abort(reason)
    leaving = new AbortController()
    return wish
  }

  function forget(error?: AeThexError, reason?: string): void {
    isLeaveOwed = false
    if (stopWaiting(error ?? leftMeanwhile()) === undefined) return
    events.emit('queue_left', {
      ...(error === undefined ? {} : { error }),
      ...(reason === undefined ? {} : { reason }),
    })
  }

  /** Somebody else has queued this player, or this player's own call is about to say so. */
  function hearQueued(ticketId: string, mode: string): void {
    if (made?.ticket_id === ticketId) return
    if (asking !== undefined) return
    wanted = { mode, party: true }
    standing = wanted
    made = { ticket_id: ticketId, byOthers: true }
    events.emit('queue_joined', { ticket_id: ticketId, resumed: false })
  }

  function resume(): void {
    if (isLeaveOwed) {
      isLeaveOwed = false
      askToLeave().catch(() => {})
    }
    const wish = wanted
    if (wish === undefined || asking !== undefined) return
    ask(wish, true).catch(thrown => {
      const error = asAeThexError(thrown)
      if (wanted !== wish) return
      if (!error.retryable) forget(error)
      else if (socket.state() === 'open') later(patienceMs * (1 + Math.random()), resume)
    })
  }

  const answer = (type: 'accept_match' | 'decline_match', match_id: string) =>
    attempt(async () => {
      await socket.request({ type, match_id }, 'match_answered')
      return {}
    })

  return {
    on: events.on,
    resume,
    forget,
    close: events.clear,
    joinQueue: wish =>
      attempt(async () => {
        const mine = { ...wish }
        wanted = mine
        try {
          return await unlessAborted(leaving.signal, ask(mine, false))
        } catch (thrown) {
          // Refused: an earlier wish stands.
          if (wanted === mine) wanted = standing
          throw thrown
        }
      }),
    leaveQueue: () =>
      attempt(async () => {
        const wish = stopWaiting(leftMeanwhile())
        if (wish === undefined) return {}
        const mine = leaving
        try {
          // Before the first connection there is nobody to tell.
          if (socket.state() !== 'connecting') await askToLeave()
        } catch (thrown) {
          // Not heard, so the player may be waiting still, and may leave again.
          if (!hasCode(thrown, 'already_matched') && leaving === mine) wanted ??= wish
          throw thrown
        }
        events.emit('queue_left', {})
        return {}
      }),
    explain: () =>
      attempt(async () => {
        await open()
        return toUpdate(await socket.request({ type: 'explain_queue' }, 'queue_update'))
      }),
    accept: match_id => answer('accept_match', match_id),
    decline: match_id => answer('decline_match', match_id),
    offerBackfill: () =>
      attempt(async () => {
        const { ticket_id, free_seats } = await socket.request(
          { type: 'offer_backfill' },
          'backfill_offered',
        )
        return { ticket_id, free_seats }
      }),
    stopBackfill: () =>
      attempt(async () => {
        await socket.request({ type: 'stop_backfill' }, 'backfill_stopped')
        return {}
      }),
    measureLatencies: queue =>
      attempt(async () => ({ latencies_ms: await measureRegions(session, queue) })),
    hear(message) {
      // While a new place is asked for, the old one does not matter.
      if (message.type === 'queue_left' && asking === undefined) forget(undefined, message.reason)
      if (message.type === 'queue_joined') hearQueued(message.ticket_id, message.mode ?? '')
      if (message.type === 'match_found') {
        wanted = undefined
        standing = undefined
        made = undefined
        leaving = new AbortController()
      }
      tell(message)
    },
  }
}
