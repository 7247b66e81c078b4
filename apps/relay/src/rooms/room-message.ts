import type { ServerMessageOf } from '../protocol/messages.js'

/** What all members hear, in one order. */
export type RoomMessage = ServerMessageOf<
  'message' | 'player_joined' | 'player_left' | 'player_away' | 'room_updated'
>
/** What one member alone hears. */
export type OwnMessage = ServerMessageOf<'message' | 'signal'>

export const sizeOf = (message: RoomMessage | OwnMessage) =>
  Buffer.byteLength(JSON.stringify(message))

/** What a room or a member says to the room. */
export const saying = (from: string | null, data: unknown) =>
  ({ type: 'message', channel: 'room', from, data }) as const

/** Without what only those can use who have said hello. */
export function plainly(message: RoomMessage): RoomMessage {
  if (message.type !== 'player_joined') return message
  const { ref: _ref, ...plain } = message
  return plain
}
