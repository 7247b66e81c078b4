import { AeThexError, hasCode } from '../core/error.js'
import { within } from '../core/timer.js'
import type { ServerMessage } from '../generated/messages.js'
import { errorOfMessage } from './link.js'
import type { Socket } from './socket.js'

/** What the room answered to a message, if it does. */
export interface Taken {
  data?: unknown
}

interface Waiting {
  data: unknown
  /** It is on its way, or has arrived. */
  wasSaid: boolean
  resolve(taken: Taken): void
  reject(error: AeThexError): void
}

/** Messages to the room that the relay has not said to have taken. */
export interface Unacknowledged {
  /** Says it; resolves when the relay has taken it, also over a resumption, and then exactly once. */
  say(data: unknown): Promise<Taken>
  hear(message: ServerMessage): void
  /** The seat is back: everything is said again, and the relay tells what it had taken, or refused, before. */
  resume(): void
  /** Nobody knows what became of what was said; the rest waits on. */
  loseSaid(): void
  /** Nothing will be said any more. */
  lose(): void
}

const notKnown = () =>
  new AeThexError(
    'connection_lost',
    'The connection was lost; whether the room has heard it is not known.',
  )

const notInTime = () =>
  new AeThexError('timed_out', 'The relay did not take the message in time.', { retryable: true })

export function createUnacknowledged(
  socket: Socket,
  timeoutMs: number,
  /** The relay has this player in the room, on this connection. */
  isSeated: () => boolean,
): Unacknowledged {
  /** In the order in which they were said. */
  const waiting = new Map<number, Waiting>()

  function sayNow(id: number, message: Waiting): void {
    try {
      socket.send({ type: 'send_message', id, channel: 'room', data: message.data })
      message.wasSaid = true
    } catch (thrown) {
      // It is about to be known that the connection is gone.
      if (!hasCode(thrown, 'connection_lost', 'not_connected')) throw thrown
    }
  }

  function settle(id: number, end: (waiting: Waiting) => void): void {
    const found = waiting.get(id)
    if (found === undefined) return
    waiting.delete(id)
    end(found)
  }

  function refuse(id: number, error: AeThexError): void {
    const found = waiting.get(id)
    // The room is moving to another node: the seat there is on its way, and this was not taken.
    if (found !== undefined && error.code === 'not_in_room') found.wasSaid = false
    else settle(id, ({ reject }) => reject(error))
  }

  return {
    say(data) {
      const id = socket.nextId()
      const taken = new Promise<Taken>((resolve, reject) => {
        const message = { data, wasSaid: false, resolve, reject }
        waiting.set(id, message)
        // Before the seat is back, what was said earlier would come later.
        if (isSeated()) sayNow(id, message)
      })
      return within(timeoutMs, taken, notInTime).finally(() => waiting.delete(id))
    },
    hear(message) {
      if (message.type === 'ack' && message.reply_to !== undefined) {
        const { data } = message
        settle(message.reply_to, ({ resolve }) => resolve(data === undefined ? {} : { data }))
      } else if (message.type === 'error' && message.reply_to !== undefined) {
        refuse(message.reply_to, errorOfMessage(message))
      }
    },
    resume() {
      for (const [id, message] of waiting) sayNow(id, message)
    },
    loseSaid() {
      for (const [id, { wasSaid }] of [...waiting]) {
        if (wasSaid) settle(id, ({ reject }) => reject(notKnown()))
      }
    },
    lose() {
      for (const id of [...waiting.keys()]) settle(id, ({ reject }) => reject(notKnown()))
    },
  }
}
