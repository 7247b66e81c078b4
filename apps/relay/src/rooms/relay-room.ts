import type { RoomKindMaker } from './room.js'

/** Hands on what its members say, and decides nothing. Identity and order come from the server. */
export const relayRoom: RoomKindMaker = () => ({
  onState: (room, ...shown) => room.show(...shown),
  onMessage(room, member, data) {
    room.broadcast({ type: 'message', channel: 'room', from: member.playerId, data })
  },
})
