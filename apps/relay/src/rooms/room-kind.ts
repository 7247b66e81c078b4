import type { PlayerState } from '../protocol/messages.js'
import type { Member, Room } from './room.js'

/** What a room does, as a handful of hooks. Sockets, seats and nodes are not its business. */
export interface RoomKind {
  onJoin(room: Room, member: Member): void
  /** `bytes` is the size of the frame that brought the state. */
  onState(room: Room, member: Member, state: PlayerState, bytes: number): void
  onMessage(room: Room, member: Member, data: unknown): void
  onLeave(room: Room, member: Member): void
}
