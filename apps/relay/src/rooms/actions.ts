import { Problem } from '@aethex/shared/errors'
import type { ActionsFor } from '../delivery/action.js'
import type { Recipient } from '../delivery/recipient.js'
import type { Matchmaking } from '../matchmaking/matchmaking.js'
import { replyingTo } from '../protocol/messages.js'
import type { roomMessages } from '../protocol/room-messages.js'
import type { RoomDirectory } from './directory.js'

/** What players do in rooms. */
export function createRoomActions(
  rooms: RoomDirectory,
  matchmaking: Pick<Matchmaking, 'settle'>,
): ActionsFor<keyof typeof roomMessages.client> {
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
  }
}
