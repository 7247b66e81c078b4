import { createEmitter, type Listenable } from '../core/emitter.js'
import { type AeThexError, asAeThexError, hasCode } from '../core/error.js'
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
   * Errors: `already_queued` (with another wish), `not_signed_in`.
   */
  joinQueue(wish: QueueWish): Promise<Result<{ ticket_id: string }>>
  /** Waits no longer. Errors: `already_matched`, with the match told by `match_found`. */
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

export function createMatchmaking(socket: Socket, onFault: (thrown: unknown) => void): Queue {
  const events = createEmitter<MatchmakingEvents>(onFault)
  let wanted: QueueWish | undefined
  let asking: QueueWish | undefined

  async function ask(wish: QueueWish, resumed: boolean): Promise<{ ticket_id: string }> {
    asking = wish
    try {
      for (;;) {
        await socket.open()
        try {
          const message = { type: 'join_queue', ...wish } as const
          const { ticket_id } = await socket.request(message, 'queue_joined')
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
      await socket.request({ type: 'leave_queue' }, 'queue_left')
    } catch (thrown) {
      if (!hasCode(thrown, 'not_queued', 'connection_lost', 'not_connected')) throw thrown
    }
  }

  function forget(error?: AeThexError): void {
    if (wanted === undefined) return
    wanted = undefined
    events.emit('queue_left', error === undefined ? {} : { error })
  }

  function resume(): void {
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
        const before = wanted
        const mine = { ...wish }
        wanted = mine
        try {
          return await ask(mine, false)
        } catch (thrown) {
          // Refused: an earlier wish stands.
          if (wanted === mine) wanted = before
          throw thrown
        }
      }),
    leaveQueue: () =>
      attempt(async () => {
        const wasWaiting = wanted !== undefined
        wanted = undefined
        if (wasWaiting && socket.state() === 'open') await askToLeave()
        if (wasWaiting) events.emit('queue_left', {})
        return {}
      }),
    hear(message) {
      if (message.type === 'queue_left') forget()
      if (message.type !== 'match_found') return
      wanted = undefined
      const { match_id, room_id, players } = message
      events.emit('match_found', { match_id, room_id, players })
    },
  }
}
