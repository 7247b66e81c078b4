import type { z } from 'zod'
import { unionOf } from './atoms.js'
import { chatMessages } from './chat-messages.js'
import { lobbyMessages } from './lobby-messages.js'
import { newsMessages } from './news-messages.js'
import { presenceMessages } from './presence-messages.js'
import { queueMessages } from './queue-messages.js'
import { roomMessages } from './room-messages.js'
import { sessionMessages } from './session-messages.js'
import { signalMessages } from './signal-messages.js'

/** Every message the server may send, by its type. */
export const serverMessages = {
  ...sessionMessages.server,
  ...roomMessages.server,
  ...lobbyMessages.server,
  ...queueMessages.server,
  ...chatMessages.server,
  ...presenceMessages.server,
  ...signalMessages.server,
  ...newsMessages.server,
}

/** Server → client. */
export const ServerMessage = unionOf(serverMessages)
export type ServerMessage = z.output<typeof ServerMessage>
export type ServerMessageOf<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>
