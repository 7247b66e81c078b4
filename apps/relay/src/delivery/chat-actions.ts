import { replyingTo } from '../protocol/atoms.js'
import type { chatMessages } from '../protocol/chat-messages.js'
import type { ActionsFor } from './action.js'
import type { ChatDesk } from './chat.js'

/** Beginning and ending to listen; what is said goes through the API. */
export const createChatActions = (
  chat: ChatDesk,
): ActionsFor<keyof typeof chatMessages.client> => ({
  async chat_subscribe(from, message) {
    const { channel } = message
    await chat.subscribe(from, channel)
    from.send({ type: 'chat_subscribed', ...replyingTo(message), channel })
  },
  chat_unsubscribe(from, message) {
    const { channel } = message
    chat.unsubscribe(from, channel)
    from.send({ type: 'chat_unsubscribed', ...replyingTo(message), channel })
  },
})
