import type { Codec } from '../protocol/codec.js'
import type { ServerMessage } from '../protocol/messages.js'
import type { Recipient } from './recipient.js'

/** Sends one message to many, encoded once per codec; answers the bytes. A state update may be dropped for a slow reader. */
export function broadcast(
  message: ServerMessage,
  audience: Iterable<{ recipient: Recipient }>,
  except?: Recipient,
): number {
  const mayBeDropped = message.type === 'state_update'
  const frames = new Map<Codec, Buffer>()
  let bytes = 0
  for (const { recipient } of audience) {
    if (recipient === except) continue
    let frame = frames.get(recipient.codec)
    if (frame === undefined) {
      frame = recipient.codec.encode(message)
      frames.set(recipient.codec, frame)
    }
    recipient.deliver(frame, mayBeDropped)
    bytes += frame.length
  }
  return bytes
}
