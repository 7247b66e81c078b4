import type { Emitter } from '../core/emitter.js'
import type { ServerMessage } from '../generated/messages.js'
import type { Codec, StateWriter } from './codec.js'
import type { MultiplayerEvents, PlayerState, RoomMember, StateMeta } from './events.js'
import { changesIn, type StateChange, type States } from './frame.js'
import { type Lobby, lobbyOf } from './lobby-view.js'

type RoomView = Omit<Extract<ServerMessage, { type: 'room_joined' }>, 'type' | 'reply_to'>

/** Who and what is in a room, put together from what the relay shows and what changes. */
export interface RoomContents {
  members(): RoomMember[]
  /** What belongs to the room and to no player. */
  things(): Map<string, PlayerState>
  /** Undefined in a room without one. */
  lobby(): Lobby | undefined
  /** Takes the place of everything. */
  show(view: RoomView): void
  /** Says how the lobby stands. */
  tellLobby(room_id: string): void
  /** Says what `show` changed, as if it had been heard. */
  tellChanges(room_id: string): void
  hear(message: ServerMessage): void
  /** Of a room that declares its states, where the codec lets them travel as bytes. */
  writer(): StateWriter | undefined
  /** False when something is meant that is not known yet. States older than those known are passed over. */
  take(states: States): boolean
  clear(): void
}

type PlainChange = Exclude<StateChange, Uint8Array>

/** A new object each time, so that a state that a game has kept does not change. */
function withChange(state: PlayerState | null, change: Exclude<PlainChange, null>): PlayerState {
  const [fields, removed] = Array.isArray(change) ? change : [change, []]
  const next = { ...state, ...fields }
  for (const key of removed) delete next[key]
  return next
}

export function createRoomContents(
  events: Emitter<MultiplayerEvents>,
  isSelf: (playerId: string) => boolean,
  codec: Codec,
): RoomContents {
  let members = new Map<string, RoomMember>()
  let things = new Map<string, PlayerState>()
  /** What refs stand for: players by their id, things by their key. */
  let players = new Map<number, string>()
  let keys = new Map<number, string>()
  let before = { members, things }
  let tick = 0
  let tickMs = 0
  let lobby: Lobby | undefined
  /** Of a room that declares its states. */
  let readState: ReturnType<NonNullable<Codec['stateReader']>> | undefined

  let writer: StateWriter | undefined

  function tellChanges(room_id: string): void {
    for (const player_id of before.members.keys()) {
      if (!members.has(player_id)) events.emit('player_left', { room_id, player_id })
    }
    for (const { player_id, username } of members.values()) {
      if (before.members.has(player_id)) continue
      events.emit('player_joined', { room_id, player_id, username })
    }
    const meta = { seq: tick, time: performance.now() }
    for (const key of before.things.keys()) {
      if (!things.has(key)) events.emit('thing_state', key, null, meta)
    }
    for (const { player_id, state } of members.values()) {
      if (state !== null && !isSelf(player_id)) events.emit('player_state', player_id, state, meta)
    }
    for (const [key, state] of things) events.emit('thing_state', key, state, meta)
  }

  function show(view: RoomView): void {
    before = { members, things }
    tick = view.tick ?? 0
    tickMs = view.tick_ms ?? 0
    lobby = view.lobby
    readState = view.state_schema && codec.stateReader?.(view.state_schema)
    writer = view.state_schema && codec.stateWriter?.(view.state_schema)
    members = new Map()
    players = new Map()
    for (const { player_id, username, state, ref, away } of view.members) {
      members.set(player_id, { player_id, username, state, ...(away ? { away } : {}) })
      if (ref !== undefined) players.set(ref, player_id)
    }
    const shown = view.things ?? []
    things = new Map(shown.map(({ key, state }) => [key, state]))
    keys = new Map(shown.map(({ ref, key }) => [ref, key]))
  }

  /** Undefined for bytes that say nothing here. */
  function plainly(change: StateChange): PlainChange | undefined {
    if (!(change instanceof Uint8Array)) return change
    if (readState === undefined) return undefined
    try {
      const fields = readState(change)
      const removed = Object.keys(fields).filter(name => fields[name] === null)
      return [fields, removed]
    } catch {
      return undefined
    }
  }

  /** False for a thing that is not known. */
  function takeThing(ref: number, change: PlainChange, meta: StateMeta): boolean {
    const key = (Array.isArray(change) ? change[2] : undefined) ?? keys.get(ref)
    if (key === undefined) return change === null
    if (change === null) {
      keys.delete(ref)
      // Something new may be called the same.
      if ([...keys.values()].includes(key)) return true
      things.delete(key)
      events.emit('thing_state', key, null, meta)
      return true
    }
    keys.set(ref, key)
    const state = withChange(things.get(key) ?? null, change)
    things.set(key, state)
    events.emit('thing_state', key, state, meta)
    return true
  }

  return {
    members: () => [...members.values()],
    things: () => new Map(things),
    lobby: () => lobby,
    writer: () => writer,
    show,
    tellLobby(room_id) {
      if (lobby !== undefined) events.emit('room_updated', { room_id, ...lobby })
    },
    tellChanges,
    hear(message) {
      if (message.type === 'player_joined') {
        const { room_id, player_id, username, ref } = message
        if (ref !== undefined) players.set(ref, player_id)
        if (members.has(player_id)) return
        members.set(player_id, { player_id, username, state: null })
        events.emit('player_joined', { room_id, player_id, username })
      } else if (message.type === 'player_left') {
        const { room_id, player_id } = message
        if (members.delete(player_id)) events.emit('player_left', { room_id, player_id })
      } else if (message.type === 'player_away') {
        const { room_id, player_id, away } = message
        const member = members.get(player_id)
        if (member === undefined || isSelf(player_id)) return
        if (away) member.away = true
        else delete member.away
        events.emit('player_away', { room_id, player_id, away })
      } else if (message.type === 'room_updated') {
        lobby = lobbyOf(message)
        events.emit('room_updated', { room_id: message.room_id, ...lobby })
      } else if (message.type === 'state_update') {
        const { player_id, state, seq } = message
        const member = members.get(player_id)
        if (member !== undefined) member.state = state
        events.emit('player_state', player_id, state, { seq, time: performance.now() })
      }
    },
    take(states) {
      // By a data channel they may come in any order.
      if (states[0] <= tick) return true
      tick = states[0]
      let isWhole = true
      const sent = tickMs > 0 ? { sent_at: tick * tickMs } : {}
      const meta = { seq: tick, time: performance.now(), ...sent }
      for (const [ref, packed] of changesIn(states)) {
        const change = plainly(packed)
        if (change === undefined) {
          isWhole = false
          continue
        }
        const member = members.get(players.get(ref) ?? '')
        if (member === undefined) isWhole = takeThing(ref, change, meta) && isWhole
        else if (change === null) {
          member.state = null
          events.emit('player_hidden', member.player_id)
        } else {
          member.state = withChange(member.state, change)
          events.emit('player_state', member.player_id, member.state, meta)
        }
      }
      return isWhole
    },
    clear() {
      members = new Map()
      things = new Map()
      players = new Map()
      keys = new Map()
      lobby = undefined
      writer = undefined
    },
  }
}
