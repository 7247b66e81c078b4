import type { ActionsFor } from '../delivery/action.js'
import { replyingTo } from '../protocol/messages.js'
import type { sessionMessages } from '../protocol/session-messages.js'

/** What concerns the connection itself. */
export const createSessionActions = (): ActionsFor<keyof typeof sessionMessages.client> => ({
  hello(from, message) {
    from.takeFrames()
    from.send({ type: 'ack', ...replyingTo(message) })
  },
  ping(from, message) {
    from.send({ type: 'pong', ...replyingTo(message), time: new Date().toISOString() })
  },
})
