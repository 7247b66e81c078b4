import { Problem } from '@aethex/shared/errors'
import type { Recipient } from '../delivery/recipient.js'
import type { Matchmaking } from '../matchmaking/matchmaking.js'
import { type ClientMessage, type ClientMessageOf, replyingTo } from '../protocol/messages.js'
import type { RoomDirectory } from '../rooms/directory.js'

/** What one message does. `bytes` is the size of the frame that brought it. */
export type Action<M extends ClientMessage> = (
  from: Recipient,
  message: M,
  bytes: number,
) => void | Promise<void>

export type Actions = { [T in ClientMessage['type']]: Action<ClientMessageOf<T>> }

/** The table of everything a client can ask for. Who asks is known from the ticket, never from the message. */
export function createActions(rooms: RoomDirectory, matchmaking: Matchmaking): Actions {
  const seatOf = (from: Recipient) => {
    const seat = rooms.seatOf(from)
    if (seat === undefined) throw new Problem('not_in_room')
    return seat
  }
  return {
    async join_room(from, message) {
      const room = await rooms.enter(from, message.room_id, ({ roomId, members }) =>
        from.send({
          type: 'room_joined',
          ...replyingTo(message),
          room_id: roomId,
          members: Array.from(members, ({ playerId, username, state }) => ({
            player_id: playerId,
            username,
            state,
          })),
        }),
      )
      if (room?.match !== undefined) await matchmaking.settle(from.holder, room.match)
    },
    leave_room(from, message) {
      const room = rooms.leave(from)
      if (room === undefined) throw new Problem('not_in_room')
      from.send({ type: 'room_left', ...replyingTo(message), room_id: room.roomId })
    },
    player_state_update(from, { state }, bytes) {
      const { room, member } = seatOf(from)
      room.kind.onState(room, member, state, bytes)
    },
    send_message(from, { data }) {
      const { room, member } = seatOf(from)
      room.kind.onMessage(room, member, data)
    },
    join_queue: (from, message) => matchmaking.join(from, message),
    leave_queue: (from, message) => matchmaking.leave(from, message),
    ping(from, message) {
      from.send({ type: 'pong', ...replyingTo(message), time: new Date().toISOString() })
    },
  }
}
