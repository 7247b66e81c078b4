import type { RoomDefinition } from '@aethex/shared/rooms'
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

/** The figures of a room that was made with some of its own. */
export const settingsOf = (usual: RoomSettings, definition: RoomDefinition | undefined) => ({
  ...usual,
  maxMembers: Math.min(usual.maxMembers, definition?.max_members ?? usual.maxMembers),
  tickMs: definition?.tick_ms ?? usual.tickMs,
  reconnectMs:
    definition?.reconnect_seconds === undefined
      ? usual.reconnectMs
      : definition.reconnect_seconds * 1_000,
})

export const usualRoom = (tuning: Tuning): RoomSettings => ({
  maxMembers,
  tickMs: tuning.roomTickMs,
  reconnectMs: tuning.reconnectMs,
  bytesPerSecond: tuning.roomBytesPerSecond,
  messagesPerSecond: tuning.roomMessagesPerSecond,
})
