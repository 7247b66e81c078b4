import type { RoomKind } from './room.js'

// The last states of a full room must fit what may wait for one reader, or joining would cut the joiner.
const maxKeptStateBytes = 8 * 1024

/** Hands on what its members say, and decides nothing. Identity and order come from the server. */
export const relayRoom: RoomKind = {
  onJoin(room, member) {
    room.broadcast(
      {
        type: 'player_joined',
        room_id: room.roomId,
        player_id: member.playerId,
        username: member.username,
      },
      member,
    )
  },
  onState(room, member, state, bytes) {
    member.state = bytes > maxKeptStateBytes ? null : state
    room.broadcast(
      { type: 'state_update', player_id: member.playerId, state, seq: room.nextSeq() },
      member,
    )
  },
  onMessage(room, member, data) {
    room.broadcast({ type: 'message', channel: 'room', from: member.playerId, data })
  },
  onLeave(room, member) {
    room.broadcast({ type: 'player_left', room_id: room.roomId, player_id: member.playerId })
  },
}
