import type { RoomKindMaker } from './room.js'
import { saying } from './room-message.js'

/** Hands on what its members say, and decides nothing. Identity and order come from the server. */
export const relayRoom: RoomKindMaker = () => ({
  onState: (room, ...shown) => room.show(...shown),
  onMessage(room, member, data) {
    room.broadcast(saying(member.playerId, data))
  },
})
