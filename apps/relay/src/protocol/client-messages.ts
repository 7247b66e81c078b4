import type { z } from 'zod'
import { unionOf } from './atoms.js'
import { chatMessages } from './chat-messages.js'
import { datagramMessages } from './datagram-messages.js'
import { lobbyMessages } from './lobby-messages.js'
import { presenceMessages } from './presence-messages.js'
import { queueMessages } from './queue-messages.js'
import { type PackedStateUpdate, roomMessages } from './room-messages.js'
import { sessionMessages } from './session-messages.js'
import { signalMessages } from './signal-messages.js'

/** Every message a client may send, by its type. Unknown fields are refused. */
export const clientMessages = {
  ...sessionMessages.client,
  ...roomMessages.client,
  ...datagramMessages.client,
  ...lobbyMessages.client,
  ...queueMessages.client,
  ...chatMessages.client,
  ...presenceMessages.client,
  ...signalMessages.client,
}

/** Client → server. */
export const ClientMessage = unionOf(clientMessages)
export type ClientMessage = z.output<typeof ClientMessage> | PackedStateUpdate
export type ClientMessageOf<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>
