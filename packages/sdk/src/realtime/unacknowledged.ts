import { AeThexError } from '../core/error.js'
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
  resolve(taken: Taken): void
  reject(error: AeThexError): void
}

/** Messages to the room that the relay has not said to have taken. */
export interface Unacknowledged {
  /** Says it; resolves when the relay has taken it, also over a resumption, and then exactly once. */
  say(data: unknown): Promise<Taken>
  hear(message: ServerMessage): void
  /** The seat is back: what the relay has taken is told, the rest is said again. */
  resume(lastTaken: number): void
  /** Nobody knows what became of them. */
  lose(): void
}

const notKnown = () =>
  new AeThexError(
    'connection_lost',
    'The connection was lost; whether the room has heard it is not known.',
  )

const notInTime = () =>
  new AeThexError('timed_out', 'The relay did not take the message in time.', { retryable: true })

export function createUnacknowledged(socket: Socket, timeoutMs: number): Unacknowledged {
  /** In the order in which they were said. */
  const waiting = new Map<number, Waiting>()

  const sayNow = (id: number, data: unknown) =>
    socket.send({ type: 'send_message', id, channel: 'room', data })

  function settle(id: number, end: (waiting: Waiting) => void): void {
    const found = waiting.get(id)
    if (found === undefined) return
    waiting.delete(id)
    end(found)
  }

  return {
    say(data) {
      const id = socket.nextId()
      // While the connection is lost it waits for the seat.
      if (socket.state() === 'open') sayNow(id, data)
      const taken = new Promise<Taken>((resolve, reject) => {
        waiting.set(id, { data, resolve, reject })
      })
      return within(timeoutMs, taken, notInTime).finally(() => waiting.delete(id))
    },
    hear(message) {
      if (message.type === 'ack' && message.reply_to !== undefined) {
        const { data } = message
        settle(message.reply_to, ({ resolve }) => resolve(data === undefined ? {} : { data }))
      } else if (message.type === 'error' && message.reply_to !== undefined) {
        settle(message.reply_to, ({ reject }) => reject(errorOfMessage(message)))
      }
    },
    resume(lastTaken) {
      for (const [id, { data }] of waiting) {
        if (id <= lastTaken) settle(id, ({ resolve }) => resolve({}))
        else sayNow(id, data)
      }
    },
    lose() {
      for (const id of [...waiting.keys()]) settle(id, ({ reject }) => reject(notKnown()))
    },
  }
}
