import type { ClientMessage, ClientMessageOf } from '../protocol/messages.js'
import type { Recipient } from './recipient.js'

/** What one message does. `bytes` is the size of the frame that brought it. Who asks is known from the ticket. */
export type Action<M extends ClientMessage> = (
  from: Recipient,
  message: M,
  bytes: number,
) => void | Promise<void>

/** What the messages of an area do, by their type. */
export type ActionsFor<T extends ClientMessage['type']> = { [K in T]: Action<ClientMessageOf<K>> }

/** The table of everything a client can ask for. */
export type Actions = ActionsFor<ClientMessage['type']>
