import { compileStateSchema, type StatePacker } from '@aethex/sdk/state-schema'
import { Problem } from '@aethex/shared/errors'
import type { RoomDefinition } from '@aethex/shared/rooms'
import { broadcast } from '../delivery/broadcast.js'
import type { Recipient } from '../delivery/recipient.js'
import type { PlayerState } from '../protocol/messages.js'
import { Allowance } from './allowance.js'
import { type KeptRoom, keptMember, memberOf } from './kept-room.js'
import type { Lease } from './lease.js'
import { type JoinWish, Lobby } from './lobby.js'
import type { MatchRecord } from './match-records.js'
import { catchUp, type Member, newMember } from './member.js'
import { MessageLog } from './message-log.js'
import { Outbox } from './outbox.js'
import { type OwnMessage, plainly, type RoomMessage, saying, sizeOf } from './room-message.js'
import type { RoomSettings } from './room-settings.js'
import { StateTable, type Tracked } from './state-table.js'
import { Talk } from './talk.js'
import { Things } from './things.js'
import { startTicker } from './ticker.js'

/**
 * What a room does, as a handful of hooks. Sockets, seats, deltas and nodes are not its business. One object of it
 * belongs to one room, so that what the hooks share can live in a closure.
 */
export interface RoomKind {
  /** The room decides what is true: it stands still while the node cannot be sure that the room is its own. */
  readonly hasAuthority?: boolean
  /** The room is new, or was moved here (then `kept` is what `onMove` answered). */
  onCreate?(room: Room, kept: unknown): void
  onJoin?(room: Room, member: Member): void
  /** A member shows something. Without this hook it may not. */
  onState?(
    room: Room,
    member: Member,
    fields: PlayerState,
    removed: readonly string[],
    /** About what the fields take. */
    bytes: number,
  ): void
  /** What it answers (not undefined) goes back to the sender at once, when the message had an id. */
  onMessage?(room: Room, member: Member, data: unknown): unknown
  /** Once per tick, `elapsedMs` after the last time. */
  onTick?(room: Room, elapsedMs: number): void
  onLeave?(room: Room, member: Member): void
  /** The last member has left; the room is dissolved after this. */
  onEmpty?(room: Room): void
  /** Whether a member gets this state; everything without this hook. */
  isSeenBy?(room: Room, member: Member, tracked: Tracked): boolean
  /** The room moves to another node: what `onCreate` needs there, as JSON. States and members move by themselves. */
  onMove?(room: Room): unknown
}

/** Makes the hooks of one room. */
export type RoomKindMaker = () => RoomKind

export interface RoomParts {
  environmentId: string
  roomId: string
  kind: RoomKind
  /** What it was made to be; undefined when it was made by joining it. */
  definition: RoomDefinition | undefined
  settings: RoomSettings
  /** The match that this room was made for; nobody else is admitted. */
  match: MatchRecord | undefined
  lease: Lease
  /** Rises with every node that takes the room over. */
  epoch: number
  /** Takes a member's seat away. */
  putOut(room: Room, member: Member): void
}

/** `former` is the socket of the same player that lost the seat. */
export interface Seating {
  member: Member
  former?: Recipient
}

/** Who is together in one place. What happens there is decided by the room's kind. */
export class Room {
  readonly environmentId: string
  readonly roomId: string
  readonly kind: RoomKind
  readonly settings: RoomSettings
  readonly packer: StatePacker | undefined
  /** What the studio or the host says about the room. */
  readonly definition: RoomDefinition | undefined
  /** Of a room that was made to be one; undefined when it was made by joining it. */
  readonly lobby: Lobby | undefined
  /** May gain players while the room is open: free seats of a match are given to others. */
  match: MatchRecord | undefined
  readonly epoch: number
  readonly log = new MessageLog()
  readonly states = new StateTable()
  readonly things = new Things(this.states, () => this.outbox.schedule())
  private readonly lease: Lease
  private readonly putOut: RoomParts['putOut']
  private readonly membersById = new Map<string, Member>()
  private readonly bandwidth: Allowance
  private readonly outbox: Outbox
  readonly talk: Talk
  private lastStateSeq = 0
  /** Somebody has sat here who had not said hello. */
  private hadPlainMembers = false
  private ticker: NodeJS.Timeout | undefined

  constructor(parts: RoomParts) {
    const { kind, settings, definition } = parts
    this.environmentId = parts.environmentId
    this.roomId = parts.roomId
    this.kind = kind
    this.definition = definition
    this.settings = settings
    this.match = parts.match
    this.epoch = parts.epoch
    this.lease = parts.lease
    this.putOut = parts.putOut
    this.packer =
      definition?.state_schema && compileStateSchema(definition.state_schema, { unknown: 'leave' })
    this.states.packer = this.packer
    this.bandwidth = new Allowance(settings.bytesPerSecond)
    this.talk = new Talk(settings, () => this.outbox.isFull)
    this.lobby =
      definition &&
      new Lobby({
        definition,
        settings,
        members: () => this.members,
        onNewHost: () => this.tellLobby(),
      })
    const { isSeenBy } = kind
    this.outbox = new Outbox({
      states: this.states,
      packer: this.packer,
      members: () => this.membersById.values(),
      tickMs: settings.tickMs,
      showsOwn: kind.hasAuthority === true,
      isHeld: () => this.isHeld(() => this.outbox.schedule()),
      isSeenBy: isSeenBy && ((member, tracked) => isSeenBy(this, member, tracked)),
      spend: bytes => this.bandwidth.spend(bytes),
    })
  }

  /** Begins to live; `kept` is what the kind needs of the room's past. */
  start(kept: unknown): void {
    const { kind } = this
    kind.onCreate?.(this, kept)
    if (kind.onTick === undefined) return
    this.ticker = startTicker(this.settings.tickMs, elapsedMs => {
      if (this.isHeld()) return
      kind.onTick?.(this, elapsedMs)
      if (this.states.isDirty) this.outbox.flush()
    })
  }

  get size(): number {
    return this.membersById.size
  }

  get members(): IterableIterator<Member> {
    return this.membersById.values()
  }

  member(playerId: string): Member | undefined {
    return this.membersById.get(playerId)
  }

  /** Throws `room_forbidden`, `room_full`, or `unavailable` while others may be let in elsewhere. */
  assertAdmits(playerId: string, wish: JoinWish = {}): void {
    if (this.match?.players.every(player => player.player_id !== playerId)) {
      throw new Problem('room_forbidden')
    }
    if (this.membersById.has(playerId)) return
    if (!this.lease.isSure()) throw new Problem('unavailable')
    this.lobby?.assertAdmits(playerId, wish)
    const taken = this.size + (this.lobby?.seatsKeptFrom(playerId) ?? 0)
    if (taken >= this.settings.maxMembers) throw new Problem('room_full')
  }

  /** Seats the player at this socket, in a new seat or the old one. */
  seat(recipient: Recipient, tellMember: (member: Member) => void, wish: JoinWish = {}): Seating {
    const { player_id: playerId, username } = recipient.holder
    const seated = this.membersById.get(playerId)
    if (seated !== undefined) return this.reseat(seated, recipient, tellMember)
    const member = newMember(playerId, username, this.states.add(playerId, false))
    member.recipient = recipient
    this.membersById.set(playerId, member)
    const joined = { type: 'player_joined', room_id: this.roomId, player_id: playerId } as const
    this.tellOthers(member, { ...joined, username, ref: member.shown.ref })
    if (this.lobby?.welcome(member, wish)) this.tellLobby(member)
    this.catchUp(member)
    tellMember(member)
    this.kind.onJoin?.(this, member)
    return { member }
  }

  private reseat(
    member: Member,
    recipient: Recipient,
    tellMember: (member: Member) => void,
  ): Seating {
    const former = member.recipient
    clearTimeout(member.patience)
    member.recipient = recipient
    if (former === undefined) this.tellAway(member, false)
    tellMember(member)
    this.catchUp(member)
    return former === undefined || former === recipient ? { member } : { member, former }
  }

  /** The connection of a member dropped: `giveUp` is called when the seat is to be given up. */
  detach(member: Member, giveUp: () => void): void {
    member.recipient = undefined
    this.keepSeat(member, giveUp)
    this.tellAway(member, true)
  }

  unseat(member: Member): void {
    clearTimeout(member.patience)
    this.membersById.delete(member.playerId)
    this.states.remove(member.shown)
    this.broadcast({ type: 'player_left', room_id: this.roomId, player_id: member.playerId })
    if (this.lobby?.farewell(member)) this.tellLobby()
    this.kind.onLeave?.(this, member)
  }

  /** Takes a member's seat away; there is no ban in it. */
  dismiss(member: Member): void {
    this.putOut(this, member)
  }

  /** The room itself says something to all members. */
  say(data: unknown): void {
    this.broadcast(saying(null, data))
  }

  /** The room itself says something that only one member hears. */
  sayTo(member: Member, data: unknown): void {
    this.tell(member, saying(null, data))
  }

  /** Shows the others what a member shows. `bytes` is about its size. Throws `state_too_large`. */
  show(
    member: Member,
    fields: PlayerState,
    removed: readonly string[] = [],
    bytes = Number.POSITIVE_INFINITY,
  ): void {
    this.states.update(member.shown, fields, removed, bytes)
    this.outbox.schedule()
    this.lastStateSeq += 1
    const plain = this.plainMembers(member)
    if (plain.length === 0 || this.bandwidth.spend(0) > 0 || this.isHeld()) return
    const { playerId, shown } = member
    const update = { type: 'state_update' as const, player_id: playerId, state: shown.state }
    this.bandwidth.spend(broadcast({ ...update, seq: this.lastStateSeq }, plain))
  }

  /** A member has all states up to this tick, and hears datagrams. */
  acknowledge(member: Member, tick: number): void {
    if (tick > this.states.tick || tick < this.states.forgotten) return
    member.datagramsHeardAt = performance.now()
    member.arrivedTick = Math.max(member.arrivedTick, tick)
  }

  /** Tells all members, in one order, exactly once. Answers the message's number. */
  broadcast(message: RoomMessage): number {
    return this.tellOthers(undefined, message)
  }

  /** Says how the room stands now. */
  tellLobby(except?: Member): void {
    if (this.lobby === undefined) return
    const view = this.lobby.view()
    this.tellOthers(except, { type: 'room_updated', room_id: this.roomId, ...view })
  }

  /** `except` is about to be shown the whole room, so that it misses no number. */
  private tellOthers(except: Member | undefined, message: RoomMessage): number {
    const seq = this.log.next()
    const numbered = { ...message, seq }
    const bytes = sizeOf(message)
    this.log.keep(numbered, bytes)
    this.talk.spend(bytes * this.size)
    this.outbox.add({ message: numbered, seq, except, only: undefined, bytes })
    const plain = this.plainMembers(except)
    const tell = () => {
      if (!this.isHeld(tell)) this.bandwidth.spend(broadcast(plainly(message), plain))
    }
    if (plain.length > 0) tell()
    return seq
  }

  /** Tells one member alone, in order, exactly once, also when it is away for a moment. */
  tell(member: Member, message: OwnMessage): void {
    const { recipient } = member
    if (recipient?.takesFrames === false) {
      recipient.send(message)
      return
    }
    const seq = member.own.next()
    const numbered = { ...message, own_seq: seq }
    const bytes = sizeOf(message)
    member.own.keep(numbered, bytes)
    this.talk.spend(bytes)
    if (recipient !== undefined) {
      this.outbox.add({ message: numbered, seq, only: member, except: undefined, bytes })
    }
  }

  /** What a member missed after these numbers; undefined when not all of it is kept. */
  missed(member: Member, seq: number, ownSeq: number) {
    const [all, own] = [this.log.after(seq), member.own.after(ownSeq)]
    return all === undefined || own === undefined ? undefined : [...all, ...own]
  }

  /** Everything, for another node. Call `stop` before. */
  keep(): KeptRoom {
    return {
      log: this.log.snapshot(),
      tick: this.states.tick,
      things: this.things.keep(),
      members: Array.from(this.members, keptMember),
      lobby: this.lobby?.keep(),
      kind: this.kind.onMove?.(this),
    }
  }

  /** Goes on where another node stopped: everybody is away, and may come back. */
  takeUp(kept: KeptRoom, giveUp: (member: Member) => void): void {
    this.log.restore(kept.log)
    this.states.tick = kept.tick
    for (const each of kept.members) {
      const { player_id: playerId, ref, state } = each
      const member = memberOf(each, this.states.restore(ref, playerId, false, state))
      this.membersById.set(playerId, member)
      this.keepSeat(member, () => giveUp(member))
    }
    this.things.restore(kept.things)
    if (kept.lobby !== undefined) this.lobby?.restore(kept.lobby)
  }

  /** What is due leaves now, and nothing after it. */
  stop(): void {
    this.outbox.flush()
    this.fallSilent()
  }

  /** Nothing leaves any more: the room speaks elsewhere. */
  fallSilent(): void {
    this.outbox.stop()
    clearInterval(this.ticker)
    this.lobby?.stop()
    for (const { patience } of this.members) clearTimeout(patience)
  }

  /** Whether nothing may leave now; `later` runs when it may. */
  isHeld(later?: () => void): boolean {
    const isFree = this.kind.hasAuthority ? this.lease.isSure() : this.lease.mayRelay()
    if (!isFree && later !== undefined) this.lease.onceClear(later)
    return !isFree
  }

  /** What the member is shown now holds all up to here. */
  private catchUp(member: Member): void {
    catchUp(member, this.log.seq, this.states.tick)
    this.outbox.begin(member)
    this.hadPlainMembers ||= member.recipient?.takesFrames === false
  }

  private tellAway(member: Member, away: boolean): void {
    const { roomId: room_id } = this
    this.tellOthers(member, { type: 'player_away', room_id, player_id: member.playerId, away })
  }

  private keepSeat(member: Member, giveUp: () => void): void {
    clearTimeout(member.patience)
    member.patience = setTimeout(giveUp, this.settings.reconnectMs).unref()
  }

  private plainMembers(except: Member | undefined): { recipient: Recipient }[] {
    const plain: { recipient: Recipient }[] = []
    if (!this.hadPlainMembers) return plain
    for (const member of this.membersById.values()) {
      const { recipient } = member
      if (member !== except && recipient?.takesFrames === false) plain.push({ recipient })
    }
    return plain
  }
}
