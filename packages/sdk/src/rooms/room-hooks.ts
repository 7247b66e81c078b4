/** What a member or a thing shows. */
type State = Record<string, unknown>

/** Something in a room that has a state: a member, or a thing of the room's own. */
export interface Shown {
  /** The player's id, or what the room calls the thing. */
  readonly key: string
  readonly isThing: boolean
  readonly state: Readonly<State>
}

/** A seat in a room. */
export interface Seat {
  readonly playerId: string
  readonly username: string
  readonly shown: Shown
}

/** A room, as its hooks see it. */
export interface HostedRoom {
  readonly environmentId: string
  readonly roomId: string
  readonly size: number
  /** In the order in which they came. */
  readonly members: Iterable<Seat>
  /** What it was made to be; undefined when it was made by joining it. */
  readonly definition:
    | {
        readonly kind: string
        readonly properties: Readonly<State>
        readonly teams?: string[] | undefined
      }
    | undefined
  /** What belongs to the room and to no player. Whatever is set here its members see. */
  readonly things: {
    keys(): Iterable<string>
    get(key: string): Readonly<State> | undefined
    /** Overwrites fields, and removes others. */
    set(key: string, fields: State, removed?: readonly string[]): void
    remove(key: string): void
  }
  member(playerId: string): Seat | undefined
  /** What a member shows from now on; `bytes` is about the size of the fields, where it is known. */
  show(member: Seat, fields: State, removed?: readonly string[], bytes?: number): void
  /** Says something to all members, in order and exactly once. */
  say(data: unknown): void
  /** Says something that only one member hears. */
  sayTo(member: Seat, data: unknown): void
  /** Takes a member's seat away. */
  dismiss(member: Seat): void
}

/**
 * What a room does. One object belongs to one room, so that what the hooks share can live in a closure. The relay
 * finds these functions by `ROOM_KINDS`.
 */
export interface RoomHooks {
  /** The room decides what is true: members get their own states too, and it stands still while its node is unsure. */
  readonly hasAuthority?: boolean
  /** The room is new, or was moved here; then `kept` is what `onMove` answered. */
  onCreate?(room: HostedRoom, kept: unknown): void
  onJoin?(room: HostedRoom, member: Seat): void
  /** A member wants to show something. Without this hook it may not. */
  onState?(
    room: HostedRoom,
    member: Seat,
    fields: State,
    removed: readonly string[],
    bytes: number,
  ): void
  /** What it answers (not undefined) goes back to the sender. */
  onMessage?(room: HostedRoom, member: Seat, data: unknown): unknown
  /** Once per tick, `elapsedMs` after the last time. */
  onTick?(room: HostedRoom, elapsedMs: number): void
  onLeave?(room: HostedRoom, member: Seat): void
  /** The last member has left; the room is over after this. */
  onEmpty?(room: HostedRoom): void
  /** Whether a member gets this state; everything without this hook. */
  isSeenBy?(room: HostedRoom, member: Seat, shown: Shown): boolean
  /** The room moves to another node: what `onCreate` needs there, as JSON. States and members move by themselves. */
  onMove?(room: HostedRoom): unknown
}

/** Makes the hooks of one room. */
export type RoomHooksMaker = () => RoomHooks
