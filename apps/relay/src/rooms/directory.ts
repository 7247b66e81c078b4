import { Problem } from '@aethex/shared/errors'
import { claimRoom, releaseRoom } from '@aethex/shared/fleet'
import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Redis } from '@aethex/shared/redis'
import type { Recipient } from '../delivery/recipient.js'
import { closeCodes } from '../protocol/close-codes.js'
import { findMatchOfRoom, renewMatchRecord } from './match-records.js'
import { relayRoom } from './relay-room.js'
import { type Member, Room } from './room.js'

const claimSeconds = 15

// Two environments may use the same room id and never meet.
const keyOf = (environmentId: string, roomId: string) => `${environmentId}:${roomId}`

export interface Seat {
  room: Room
  member: Member
}

/** The rooms that live on this node, and which socket is in which. */
export class RoomDirectory implements Closable {
  private readonly rooms = new Map<string, Room>()
  private readonly opening = new Map<string, Promise<Room>>()
  private readonly whereabouts = new Map<Recipient, Seat>()
  private readonly timer: NodeJS.Timeout

  constructor(
    private readonly redis: Redis,
    private readonly nodeId: string,
    private readonly log: Logger,
    renewMs: number,
  ) {
    this.timer = setInterval(() => void this.renew(), renewMs)
  }

  get size(): number {
    return this.rooms.size
  }

  seatOf(recipient: Recipient): Seat | undefined {
    return this.whereabouts.get(recipient)
  }

  /**
   * Brings a socket into a room, out of the one it was in. Answers undefined when the socket closed meanwhile.
   * Throws `room_elsewhere`, `room_forbidden`, `room_full`, or `unavailable` when Redis is out.
   */
  async enter(
    recipient: Recipient,
    roomId: string,
    tellJoiner: (room: Room) => void,
  ): Promise<Room | undefined> {
    const { environment_id: environmentId, player_id: playerId } = recipient.holder
    const room = await this.obtain(environmentId, roomId)
    try {
      if (!recipient.isOpen) return undefined
      room.assertAdmits(playerId)
      if (this.whereabouts.get(recipient)?.room !== room) this.leave(recipient)
      const { member, former } = room.seat(recipient, () => tellJoiner(room))
      this.whereabouts.set(recipient, { room, member })
      if (former !== undefined) {
        this.whereabouts.delete(former)
        former.send({ type: 'room_left', room_id: roomId })
      }
      return room
    } finally {
      if (room.isEmpty) this.dissolve(room)
    }
  }

  /** Takes a socket out of its room. Answers the room, undefined when it was in none. */
  leave(recipient: Recipient): Room | undefined {
    const seat = this.whereabouts.get(recipient)
    if (seat === undefined) return undefined
    this.whereabouts.delete(recipient)
    seat.room.unseat(seat.member)
    if (seat.room.isEmpty) this.dissolve(seat.room)
    return seat.room
  }

  /** The same sockets, those of one room beside each other. */
  groupByRoom<R extends Recipient>(recipients: readonly R[]): R[] {
    const groups = new Map<Room | undefined, R[]>()
    for (const recipient of recipients) {
      const room = this.whereabouts.get(recipient)?.room
      const group = groups.get(room)
      if (group === undefined) groups.set(room, [recipient])
      else group.push(recipient)
    }
    return [...groups.values()].flat()
  }

  async close(): Promise<void> {
    clearInterval(this.timer)
    await Promise.all([...this.rooms.values()].map(room => this.dissolve(room)))
  }

  private async obtain(environmentId: string, roomId: string): Promise<Room> {
    const key = keyOf(environmentId, roomId)
    for (;;) {
      const room = this.rooms.get(key) ?? (await this.openOnce(key, environmentId, roomId))
      // Whoever waited beside us may have gone and dissolved it again.
      if (this.rooms.get(key) === room) return room
    }
  }

  private openOnce(key: string, environmentId: string, roomId: string): Promise<Room> {
    const underway = this.opening.get(key)
    if (underway !== undefined) return underway
    const opened = this.open(environmentId, roomId).finally(() => this.opening.delete(key))
    this.opening.set(key, opened)
    return opened
  }

  private async open(environmentId: string, roomId: string): Promise<Room> {
    const [holder, match] = await Promise.all([
      claimRoom(this.redis, environmentId, roomId, this.nodeId, claimSeconds),
      findMatchOfRoom(this.redis, environmentId, roomId),
    ])
    if (holder !== this.nodeId) throw new Problem('room_elsewhere')
    const room = new Room(environmentId, roomId, relayRoom, match)
    this.rooms.set(keyOf(environmentId, roomId), room)
    return room
  }

  private forget(room: Room): boolean {
    const key = keyOf(room.environmentId, room.roomId)
    return this.rooms.get(key) === room && this.rooms.delete(key)
  }

  private async dissolve(room: Room): Promise<void> {
    if (!this.forget(room)) return
    try {
      await releaseRoom(this.redis, room.environmentId, room.roomId, this.nodeId)
    } catch (error) {
      this.log.debug({ err: error }, 'a claim is left to run out')
    }
  }

  private async renew(): Promise<void> {
    await Promise.all([...this.rooms.values()].map(room => this.renewOne(room)))
  }

  private async renewOne(room: Room): Promise<void> {
    const { environmentId, roomId, match } = room
    try {
      const holder = await claimRoom(this.redis, environmentId, roomId, this.nodeId, claimSeconds)
      if (holder !== this.nodeId) this.evacuate(room)
      else if (match !== undefined) await renewMatchRecord(this.redis, match)
    } catch (error) {
      // While Redis is out nobody else can claim either: those who play go on playing.
      this.log.debug({ err: error }, 'a room could not be renewed')
    }
  }

  /** The room lives on another node now: its members are sent after it. */
  private evacuate(room: Room): void {
    if (!this.forget(room)) return
    this.log.warn({ environment_id: room.environmentId, room_id: room.roomId }, 'room lost')
    for (const { recipient } of room.members) {
      this.whereabouts.delete(recipient)
      recipient.close(closeCodes.restart, 'the room moved')
    }
  }
}
