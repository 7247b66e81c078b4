import { maxMembers } from '../protocol/messages.js'
import type { Tuning } from '../tuning.js'

/** The figures of one room. */
export interface RoomSettings {
  maxMembers: number
  /** How often frames leave the room; 0 is at once. */
  tickMs: number
  /** How long the seat of a dropped connection is kept. */
  reconnectMs: number
  /** What all members together may be sent. */
  bytesPerSecond: number
  /** What all members together may say. */
  messagesPerSecond: number
}

export const usualRoom = (tuning: Tuning): RoomSettings => ({
  maxMembers,
  tickMs: tuning.roomTickMs,
  reconnectMs: tuning.reconnectMs,
  bytesPerSecond: tuning.roomBytesPerSecond,
  messagesPerSecond: tuning.roomMessagesPerSecond,
})
