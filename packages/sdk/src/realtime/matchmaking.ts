import { createEmitter, type Listenable } from '../core/emitter.js'
import { AeThexError, asAeThexError, hasCode } from '../core/error.js'
import { attempt, type Result } from '../core/result.js'
import { later } from '../core/timer.js'
import type { ServerMessage } from '../generated/messages.js'
import type { MatchmakingEvents } from './events.js'
import type { Socket } from './socket.js'

/** What kind of match is wanted. */
export interface QueueWish {
  mode: string
  region: string
  /** Lowest and highest skill of opponents; widens while the player waits. */
  skill_range: [number, number]
  /** How many players make a match; 2 unless said. */
  players?: number
}

/** Finds others to play with. */
export interface Matchmaking extends Listenable<MatchmakingEvents> {
  /**
   * Begins to wait, connecting first if need be; `match_found` tells the end. The place is taken again after a lost connection.
   * Errors: `already_queued` (with another wish), `cancelled` (by `leaveQueue` or `disconnect`, meanwhile), `not_signed_in`.
   */
  joinQueue(wish: QueueWish): Promise<Result<{ ticket_id: string }>>
  /** Waits no longer, also when `joinQueue` is still under way. Errors: `already_matched`, with the match told by `match_found`. */
  leaveQueue(): Promise<Result>
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

/** `open` connects the signed-in player. */
export function createMatchmaking(
  socket: Socket,
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

  async function ask(wish: QueueWish, resumed: boolean): Promise<{ ticket_id: string }> {
    const { signal } = leaving
    asking = wish
    try {
      for (;;) {
        await open()
        signal.throwIfAborted()
        try {
          const message = { type: 'join_queue', ...wish } as const
          const { ticket_id } = await socket.request(message, 'queue_joined')
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
    leaving.abort(reason)
    leaving = new AbortController()
    return wish
  }

  function forget(error?: AeThexError): void {
    isLeaveOwed = false
    if (stopWaiting(error ?? leftMeanwhile()) === undefined) return
    events.emit('queue_left', error === undefined ? {} : { error })
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
    hear(message) {
      // While a new place is asked for, the old one does not matter.
      if (message.type === 'queue_left' && asking === undefined) forget()
      if (message.type !== 'match_found') return
      wanted = undefined
      standing = undefined
      leaving = new AbortController()
      const { match_id, room_id, players } = message
      events.emit('match_found', { match_id, room_id, players })
    },
  }
}
