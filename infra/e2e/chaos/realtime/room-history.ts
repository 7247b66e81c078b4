/** How a relay tells a member what the room is. */
export type Entry = 'room_joined' | 'resumed' | 'gap'

/** What went over one connection of a member, as far as it matters. Times are milliseconds of one clock. */
export type Wire = { at: number; connection: number } & (
  | { kind: 'resumes'; seq: number }
  | { kind: 'entered'; how: Entry; epoch: number; seq: number }
  | { kind: 'numbered'; seq: number; key: string | undefined }
  | { kind: 'degraded'; degraded: boolean }
)

/** What the member's game was told. */
export type Told = { at: number } & (
  | { kind: 'joined' | 'gap' | 'left' }
  | { kind: 'message'; key: string }
)

/** A message that somebody said to the room. `acked`: the relay took it; `refused`: it did not; else nobody knows. */
export interface Sent {
  key: string
  by: string
  call: number
  ret: number
  outcome: 'acked' | 'refused' | 'unknown'
}

export interface Listener {
  name: string
  wire: readonly Wire[]
  told: readonly Told[]
  /** What it saw of each member at the end, itself left out. */
  finals: ReadonlyMap<string, string>
}

export interface RoomHistory {
  room: string
  sent: readonly Sent[]
  listeners: readonly Listener[]
  /** What each member showed last. */
  shown: ReadonlyMap<string, string>
}

export interface Violation {
  rule: 'numbers' | 'epoch' | 'kept' | 'once' | 'order' | 'honest' | 'states'
  said: string
}
