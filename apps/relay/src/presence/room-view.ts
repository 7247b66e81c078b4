import type { Recipient } from '../delivery/recipient.js'

/** What presence needs to know of rooms: in which one a socket is, and who else. */
export type RoomView = (
  of: Recipient,
) => { roomId: string; members: Iterable<{ playerId: string }> } | undefined
