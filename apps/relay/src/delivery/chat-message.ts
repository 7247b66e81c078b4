import type { ChatEvent } from '@aethex/shared/chat'
import type { ServerMessage } from '../protocol/messages.js'

/** What an event is on the wire; undefined for one that only says to look. */
export function messageOfChat(event: ChatEvent): ServerMessage | undefined {
  const { channel } = event
  switch (event.type) {
    case 'message':
      return { type: 'chat_message', message: event.message }
    case 'changed':
      return { type: 'chat_changed', message: event.message }
    case 'typing':
      return { type: 'chat_typing', channel, player_id: event.player_id, username: event.username }
    case 'read':
      return { type: 'chat_read', channel, player_id: event.player_id, number: event.number }
    case 'missed':
      return undefined
  }
}

/** The change of the channel that the event tells of; undefined for what is nothing of its history. */
export const changeOf = (event: ChatEvent): number | undefined =>
  event.type === 'message' || event.type === 'changed' ? event.message.change : undefined
