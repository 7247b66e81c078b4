import type { Logger } from '@aethex/shared/log'
import type { Redis } from '@aethex/shared/redis'
import { keepRoom, listedAs } from '@aethex/shared/rooms'
import type { Room } from './room.js'

export interface KeeperParts {
  redis: Redis
  nodeId: string
  log: Logger
  /** Somebody has closed the room, and it was not heard. */
  onClosed(room: Room): void
}

/** Comings and goings within this are written down together. */
const soonMs = 200

/** Writes down in Redis what rooms were made to be, and how they stand: for lists, and for the node after this one. */
export class RoomKeeper {
  private readonly due = new Map<Room, NodeJS.Timeout>()

  constructor(private readonly parts: KeeperParts) {}

  /** Members have come or gone. */
  keepSoon(room: Room): void {
    if (room.lobby === undefined || this.due.has(room)) return
    this.due.set(room, setTimeout(() => this.keepNow(room), soonMs).unref())
  }

  /** Something was decided. What cannot be written is written when the room is renewed. */
  keepNow(room: Room): void {
    this.keep(room).catch(error => this.parts.log.debug({ err: error }, 'a room was not kept'))
  }

  /** Throws `unavailable` when Redis is out. */
  async keep(room: Room): Promise<void> {
    this.forget(room)
    if ((await this.write(room, room.size > 0)) === 'closed') this.parts.onClosed(room)
  }

  /** Nobody is in the room any more: it is in no list. */
  async takeOut(room: Room): Promise<void> {
    this.forget(room)
    // Lists show a room that nobody has come to yet.
    if (room.log.seq > 0) await this.write(room, false)
  }

  /** Another node writes from here on. */
  forget(room: Room): void {
    clearTimeout(this.due.get(room))
    this.due.delete(room)
  }

  private async write(room: Room, isShown: boolean) {
    const { environmentId, roomId, definition, settings, size } = room
    if (definition === undefined) return undefined
    definition.seated = Array.from(room.members, ({ playerId }) => playerId)
    const entry = isShown ? listedAs(roomId, definition, size, settings.maxMembers) : undefined
    const { redis, nodeId } = this.parts
    return keepRoom(redis, nodeId, { environmentId, roomId, definition, entry })
  }
}
