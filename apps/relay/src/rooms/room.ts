import { Problem } from '@aethex/shared/errors'
import { broadcast } from '../delivery/broadcast.js'
import type { Recipient } from '../delivery/recipient.js'
import { maxMembers, type PlayerState, type ServerMessage } from '../protocol/messages.js'
import type { MatchRecord } from './match-records.js'

export interface Member {
  readonly playerId: string
  readonly username: string
  recipient: Recipient
  /** What a later member is shown first. */
  state: PlayerState | null
}

/** What a room does, as a handful of hooks. Sockets, seats and nodes are not its business. */
export interface RoomKind {
  onJoin(room: Room, member: Member): void
  /** `bytes` is the size of the frame that brought the state. */
  onState(room: Room, member: Member, state: PlayerState, bytes: number): void
  onMessage(room: Room, member: Member, data: unknown): void
  onLeave(room: Room, member: Member): void
}

/** Who is together in one place. What happens there is decided by the room's kind. */
export class Room {
  private readonly membersById = new Map<string, Member>()
  private lastSeq = 0

  constructor(
    readonly environmentId: string,
    readonly roomId: string,
    readonly kind: RoomKind,
    /** The match that this room was made for; nobody else is admitted. */
    readonly match: MatchRecord | undefined,
  ) {}

  get isEmpty(): boolean {
    return this.membersById.size === 0
  }

  get members(): IterableIterator<Member> {
    return this.membersById.values()
  }

  nextSeq(): number {
    this.lastSeq += 1
    return this.lastSeq
  }

  /** Throws `room_forbidden` or `room_full`. */
  assertAdmits(playerId: string): void {
    if (this.match?.players.every(player => player.player_id !== playerId)) {
      throw new Problem('room_forbidden')
    }
    if (this.membersById.size >= maxMembers && !this.membersById.has(playerId)) {
      throw new Problem('room_full')
    }
  }

  /** Seats the player at this socket. `former` is the socket of the same player that lost the seat to it. */
  seat(recipient: Recipient, tellJoiner: () => void): { member: Member; former?: Recipient } {
    const { player_id: playerId, username } = recipient.holder
    const seated = this.membersById.get(playerId)
    if (seated !== undefined) {
      const former = seated.recipient
      seated.recipient = recipient
      tellJoiner()
      return former === recipient ? { member: seated } : { member: seated, former }
    }
    const member = { playerId, username, recipient, state: null }
    this.membersById.set(playerId, member)
    tellJoiner()
    this.kind.onJoin(this, member)
    return { member }
  }

  unseat(member: Member): void {
    this.membersById.delete(member.playerId)
    this.kind.onLeave(this, member)
  }

  broadcast(message: ServerMessage, except?: Member): void {
    broadcast(message, this.membersById.values(), except?.recipient)
  }
}
