import { notFound, Problem } from '@aethex/shared/errors'
import { claimRoom, forgetKept, handOverRoom, readKept, releaseRoom } from '@aethex/shared/fleet'
import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import { renewMatch } from '@aethex/shared/matchmaking'
import type { Redis } from '@aethex/shared/redis'
import { findDefinition, isClosed, isMintedRoomId, type RoomDefinition } from '@aethex/shared/rooms'
import type { Recipient } from '../delivery/recipient.js'
import { closeCodes } from '../protocol/close-codes.js'
import type { ServerMessage, ServerMessageOf } from '../protocol/messages.js'
import { assertNotForgotten } from './forgotten-rooms.js'
import { guardedKind } from './guarded-kind.js'
import { KeptRoom } from './kept-room.js'
import { Lease } from './lease.js'
import type { JoinWish } from './lobby.js'
import { findMatchOfRoom, type MatchRecord } from './match-records.js'
import type { Member } from './member.js'
import { relayRoom } from './relay-room.js'
import { Room, type RoomKindMaker } from './room.js'
import { RoomKeeper } from './room-keeper.js'
import { type RoomSettings, settingsOf } from './room-settings.js'

const claimSeconds = 15
const keptSeconds = 60
/** As long as it may take a node that is cut off to find out, and its members to come. */
const contestedMs = 10_000

// Two environments may use the same room id and never meet.
const keyOf = (environmentId: string, roomId: string) => `${environmentId}:${roomId}`

export interface Seat {
  room: Room
  member: Member
}

export interface ResumeWish {
  roomId: string
  token: string
  seq: number
  ownSeq: number
}

export interface DirectoryParts {
  redis: Redis
  nodeId: string
  settings: RoomSettings
  /** What rooms can be, besides `relay`. */
  kinds: ReadonlyMap<string, RoomKindMaker>
  renewMs: number
  log: Logger
}

/** The rooms that live on this node, and which socket is in which. */
export class RoomDirectory implements Closable {
  readonly lease: Lease
  private readonly rooms = new Map<string, Room>()
  private readonly opening = new Map<string, Promise<Room>>()
  /** What is being let go of is not taken again before that is done. */
  private readonly closing = new Map<string, Promise<void>>()
  private readonly contested = new Set<Room>()
  private readonly whereabouts = new Map<Recipient, Seat>()
  private readonly timer: NodeJS.Timeout
  private readonly keeper: RoomKeeper

  constructor(private readonly parts: DirectoryParts) {
    const { redis, nodeId, log } = parts
    this.keeper = new RoomKeeper({ redis, nodeId, log, onClosed: room => this.putAllOut(room) })
    this.lease = new Lease(
      () => this.renewAll(),
      degraded => this.tellAllDegraded(degraded),
    )
    this.timer = setInterval(() => {
      // While Redis is out nobody else can claim either: those who play go on playing.
      this.renewAll().catch(error => parts.log.debug({ err: error }, 'rooms were not renewed'))
    }, parts.renewMs)
  }

  get size(): number {
    return this.rooms.size
  }

  seatOf(recipient: Recipient): Seat | undefined {
    return this.whereabouts.get(recipient)
  }

  /** The seat of a socket. Throws `not_in_room`. */
  obtainSeat(recipient: Recipient): Seat {
    const seat = this.whereabouts.get(recipient)
    if (seat === undefined) throw new Problem('not_in_room')
    return seat
  }

  find(environmentId: string, roomId: string): Room | undefined {
    return this.rooms.get(keyOf(environmentId, roomId))
  }

  /**
   * Brings a socket into a room, out of the one it was in. Answers undefined when the socket closed meanwhile.
   * Throws `room_elsewhere`, `not_found`, `room_forbidden`, `room_full`, or `unavailable` when Redis is out.
   */
  async enter(
    recipient: Recipient,
    roomId: string,
    tellMember: (seat: Seat) => void,
    wish: JoinWish = {},
  ): Promise<Room | undefined> {
    const { environment_id: environmentId, player_id: playerId } = recipient.holder
    const room = await this.obtain(environmentId, roomId)
    try {
      if (!recipient.isOpen) return undefined
      room.assertAdmits(playerId, wish)
      const tell = (member: Member) => {
        member.taken.clear()
        tellMember({ room, member })
      }
      this.sit(room, recipient, tell, wish)
      return room
    } finally {
      this.dissolveIfEmpty(room)
    }
  }

  /**
   * Brings a member back to its seat. `tellMember` is given what it missed, undefined when that is not known. Whoever
   * has no seat any more is let in anew. Throws as `enter`, and `resume_refused` for the seat of another.
   */
  async resume(
    recipient: Recipient,
    { roomId, token, seq, ownSeq }: ResumeWish,
    tellMember: (seat: Seat, missed: ServerMessage[] | undefined) => void,
  ): Promise<Room | undefined> {
    const { environment_id: environmentId, player_id: playerId } = recipient.holder
    const room = await this.obtain(environmentId, roomId)
    try {
      if (!recipient.isOpen) return undefined
      const owner = [...room.members].find(({ resumeToken }) => resumeToken === token)
      if (owner !== undefined && owner.playerId !== playerId) throw new Problem('resume_refused')
      room.assertAdmits(playerId)
      const missed = owner && room.missed(owner, seq, ownSeq)
      this.sit(room, recipient, member => tellMember({ room, member }, missed))
      return room
    } finally {
      this.dissolveIfEmpty(room)
    }
  }

  /** Takes a socket out of its room for good. Answers the room, undefined when it was in none. */
  leave(recipient: Recipient): Room | undefined {
    const seat = this.whereabouts.get(recipient)
    if (seat === undefined) return undefined
    this.whereabouts.delete(recipient)
    this.unseat(seat.room, seat.member)
    return seat.room
  }

  /** The socket is gone. Who has said hello may come back to the seat. */
  disconnect(recipient: Recipient): void {
    const seat = this.whereabouts.get(recipient)
    if (seat === undefined || !recipient.takesFrames) {
      this.leave(recipient)
      return
    }
    const { room, member } = seat
    this.whereabouts.delete(recipient)
    room.detach(member, () => this.unseat(room, member))
  }

  /** Puts a member out. */
  putOut(room: Room, member: Member, reason?: ServerMessageOf<'room_left'>['reason']): void {
    const { recipient } = member
    this.unseat(room, member)
    if (recipient === undefined) return
    this.whereabouts.delete(recipient)
    recipient.send({
      type: 'room_left',
      room_id: room.roomId,
      ...(reason === undefined ? {} : { reason }),
    })
  }

  /** Members hear how the room stands after a decision, and the next node knows it. */
  tellLobby(room: Room): void {
    room.tellLobby()
    this.keep(room)
  }

  /** Something was decided that must outlive this node. */
  keep(room: Room): void {
    this.keeper.keepNow(room)
  }

  /** Somebody has closed a room for good. */
  closeRoom(environmentId: string, roomId: string): void {
    const room = this.find(environmentId, roomId)
    if (room !== undefined) this.putAllOut(room)
  }

  /** A running match has gained players: its room, if it is here, lets them in. */
  admit(match: MatchRecord): void {
    const room = this.rooms.get(keyOf(match.environment_id, match.room_id))
    if (room?.match !== undefined) room.match = match
  }

  /** Gives a room to another node, as it is; without a name to whichever asks first. Its members are to be sent there. */
  async handOver(room: Room, to?: string): Promise<void> {
    if (!this.forget(room)) return
    for (const { recipient } of room.members) if (recipient) this.whereabouts.delete(recipient)
    room.stop()
    this.keeper.forget(room)
    const { redis, nodeId, log } = this.parts
    const kept = JSON.stringify(room.keep())
    const way = { from: nodeId, to, kept, seconds: keptSeconds }
    await handOverRoom(redis, room.environmentId, room.roomId, way).catch(error =>
      log.warn({ err: error, room_id: room.roomId }, 'a room could not be handed over'),
    )
  }

  async close(): Promise<void> {
    clearInterval(this.timer)
    await Promise.all([...this.rooms.values()].map(room => this.handOver(room)))
  }

  private sit(
    room: Room,
    recipient: Recipient,
    tellMember: (member: Member) => void,
    wish: JoinWish = {},
  ): void {
    if (this.whereabouts.get(recipient)?.room !== room) this.leave(recipient)
    const { member, former } = room.seat(recipient, tellMember, wish)
    // The room's kind would not have it.
    if (room.member(member.playerId) !== member) return
    this.keeper.keepSoon(room)
    this.whereabouts.set(recipient, { room, member })
    if (this.contested.has(room)) tellDegraded(recipient, room, true)
    if (former === undefined) return
    this.whereabouts.delete(former)
    former.send({ type: 'room_left', room_id: room.roomId })
    if (former.takesFrames) former.close(closeCodes.replaced, 'resumed by a newer connection')
  }

  private unseat(room: Room, member: Member): void {
    room.unseat(member)
    this.keeper.keepSoon(room)
    this.dissolveIfEmpty(room)
  }

  private dissolveIfEmpty(room: Room): void {
    const key = keyOf(room.environmentId, room.roomId)
    if (room.size > 0 || this.rooms.get(key) !== room) return
    room.kind.onEmpty?.(room)
    this.forget(room)
    this.closing.set(
      key,
      this.dissolve(room).finally(() => this.closing.delete(key)),
    )
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
    const opened = Promise.resolve(this.closing.get(key))
      .then(() => this.open(environmentId, roomId))
      .finally(() => this.opening.delete(key))
    this.opening.set(key, opened)
    return opened
  }

  private async open(environmentId: string, roomId: string): Promise<Room> {
    const { redis, nodeId, settings, log } = this.parts
    await assertNotForgotten(this.parts, this.lease, environmentId, roomId)
    const [claim, match, definition] = await Promise.all([
      claimRoom(redis, environmentId, roomId, nodeId, claimSeconds),
      findMatchOfRoom(redis, environmentId, roomId),
      findDefinition(redis, environmentId, roomId),
    ])
    if (claim.nodeId !== nodeId) throw new Problem('room_elsewhere')
    try {
      if (await this.isGone(environmentId, roomId, definition)) throw notFound()
      const makeKind = this.kindOf(definition)
      const text = await readKept(redis, environmentId, roomId)
      const kept = text === undefined ? undefined : KeptRoom.parse(JSON.parse(text))
      const room = new Room({
        environmentId,
        roomId,
        kind: guardedKind(makeKind(), log),
        definition,
        settings: settingsOf(settings, definition),
        match,
        lease: this.lease,
        epoch: claim.epoch,
        putOut: (from, member) => this.putOut(from, member),
      })
      if (kept !== undefined) room.takeUp(kept, member => this.unseat(room, member))
      room.start(kept?.kind)
      this.rooms.set(keyOf(environmentId, roomId), room)
      if (claim.isTakenOver) this.contest(room)
      if (text !== undefined) forgetKept(redis, environmentId, roomId).catch(() => undefined)
      return room
    } catch (error) {
      // Another node may know its kind.
      await releaseRoom(redis, environmentId, roomId, nodeId).catch(() => undefined)
      throw error
    }
  }

  /** Its last node may only be cut off, with members of its own, who come here as soon as it finds out. */
  private contest(room: Room): void {
    this.contested.add(room)
    const settle = () => {
      this.contested.delete(room)
      for (const { recipient } of room.members) if (recipient) tellDegraded(recipient, room, false)
    }
    setTimeout(settle, contestedMs).unref()
  }

  /** A room that the API makes is there as long as its definition is, and not once it was closed. */
  private async isGone(
    environmentId: string,
    roomId: string,
    definition: RoomDefinition | undefined,
  ): Promise<boolean> {
    if (definition === undefined) return isMintedRoomId(roomId)
    return isClosed(this.parts.redis, environmentId, roomId)
  }

  private putAllOut(room: Room): void {
    for (const member of [...room.members]) this.putOut(room, member, 'closed')
  }

  private kindOf(definition: RoomDefinition | undefined): RoomKindMaker {
    const name = definition?.kind ?? 'relay'
    const kind = name === 'relay' ? relayRoom : this.parts.kinds.get(name)
    if (kind === undefined) throw new Problem('room_kind_unknown')
    return kind
  }

  private forget(room: Room): boolean {
    const key = keyOf(room.environmentId, room.roomId)
    return this.rooms.get(key) === room && this.rooms.delete(key)
  }

  private async dissolve(room: Room): Promise<void> {
    room.stop()
    const { redis, nodeId, log } = this.parts
    try {
      await this.keeper.takeOut(room)
      await releaseRoom(redis, room.environmentId, room.roomId, nodeId)
    } catch (error) {
      log.debug({ err: error }, 'a claim is left to run out')
    }
  }

  private async renewAll(): Promise<void> {
    await Promise.all([...this.rooms.values()].map(room => this.renew(room)))
  }

  private async renew(room: Room): Promise<void> {
    const { environmentId, roomId, match } = room
    const { redis, nodeId } = this.parts
    const { epoch } = room
    const claim = await claimRoom(redis, environmentId, roomId, nodeId, claimSeconds, epoch)
    if (claim.nodeId !== nodeId) this.evacuate(room)
    else if (match !== undefined) this.admit(await renewMatch(redis, match))
    else await this.keeper.keep(room)
  }

  /** The room lives on another node now: its members are sent after it. */
  private evacuate(room: Room): void {
    if (!this.forget(room)) return
    const { environmentId, roomId } = room
    this.parts.log.warn({ environment_id: environmentId, room_id: roomId }, 'room lost')
    room.fallSilent()
    this.keeper.forget(room)
    for (const { recipient } of room.members) {
      if (recipient === undefined) continue
      this.whereabouts.delete(recipient)
      recipient.close(closeCodes.restart, 'the room moved')
    }
  }

  private tellAllDegraded(degraded: boolean): void {
    for (const [recipient, { room }] of this.whereabouts) tellDegraded(recipient, room, degraded)
  }
}

function tellDegraded(recipient: Recipient, { roomId }: Room, degraded: boolean): void {
  if (recipient.takesFrames) recipient.send({ type: 'degraded', room_id: roomId, degraded })
}
