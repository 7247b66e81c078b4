import { z } from 'zod'
import { unionOf } from './atoms.js'
import { chatMessages } from './chat-messages.js'
import { datagramMessages } from './datagram-messages.js'
import { lobbyMessages } from './lobby-messages.js'
import { newsMessages } from './news-messages.js'
import { presenceMessages } from './presence-messages.js'
import { queueMessages } from './queue-messages.js'
import { roomMessages, States } from './room-messages.js'
import { sessionMessages } from './session-messages.js'
import { signalMessages } from './signal-messages.js'

/** Every message the server may send, by its type. */
export const serverMessages = {
  ...sessionMessages.server,
  ...roomMessages.server,
  ...datagramMessages.server,
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

/**
 * What a whole frame holds for those who have said hello: a message, states, or several of both in the order in which
 * they count. An array that begins with a number is states.
 */
export const Frame = z.union([ServerMessage, States, z.array(z.union([ServerMessage, States]))])
export type Frame = z.output<typeof Frame>

const isStates = (frame: Exclude<Frame, ServerMessage>): frame is States =>
  typeof frame[0] === 'number'

/** What a frame holds, one by one. */
export function contentsOf(frame: Frame): (ServerMessage | States)[] {
  if (!Array.isArray(frame)) return [frame]
  return isStates(frame) ? [frame] : frame
}
