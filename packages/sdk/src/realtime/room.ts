import type { Emitter } from '../core/emitter.js'
import { AeThexError, asAeThexError, hasCode } from '../core/error.js'
import { later } from '../core/timer.js'
import type { ServerMessage } from '../generated/messages.js'
import type { MultiplayerEvents, RoomMember } from './events.js'
import type { Socket } from './socket.js'

type RoomJoined = Extract<ServerMessage, { type: 'room_joined' }>

/** The room that this player wants to be in, through every loss of the connection. */
export interface Room {
  /** The room wanted; also while it is being joined or resumed. */
  wanted(): string | undefined
  /** The room that the relay has confirmed on this connection. */
  joined(): string | undefined
  members(): RoomMember[]
  join(roomId: string): Promise<{ room_id: string; members: RoomMember[] }>
  leave(): Promise<void>
  /** The connection is gone, and with it the place in the room. */
  suspend(): void
  /** Back into the room on a new connection. */
  resume(): void
  /** Out of the room without telling the relay; `error` says why not by choice. */
  forget(error?: AeThexError): void
  hear(message: ServerMessage): void
}

/** A node may close, or a room move, while it is being joined; more often than this is no accident. */
const mostTries = 5
/** Between tries of a resumption that the relay could not serve. */
const patienceMs = 1_000

const leftMeanwhile = () => new AeThexError('not_connected', 'The room was left meanwhile.')

const notReached = (roomId: string) =>
  new AeThexError('connection_lost', `Room ${roomId} could not be reached.`, { retryable: true })

export function createRoom(
  socket: Socket,
  events: Emitter<MultiplayerEvents>,
  onRejoined: () => void,
): Room {
  let wanted: string | undefined
  let joined: string | undefined
  let members = new Map<string, RoomMember>()
  let entering: Promise<void> | undefined

  /** Tells what changed while this player was away, as if it had been there. */
  function tellDifference(room_id: string, before: ReadonlyMap<string, RoomMember>): void {
    for (const player_id of before.keys()) {
      if (!members.has(player_id)) events.emit('player_left', { room_id, player_id })
    }
    for (const { player_id, username } of members.values()) {
      if (!before.has(player_id)) events.emit('player_joined', { room_id, player_id, username })
    }
  }

  function settle({ room_id, members: present }: RoomJoined, resumed: boolean): void {
    const before = members
    members = new Map(
      present.map(({ player_id, username, state }) => [player_id, { player_id, username, state }]),
    )
    joined = room_id
    events.emit('room_joined', { room_id, members: [...members.values()], resumed })
    if (!resumed) return
    tellDifference(room_id, before)
    onRejoined()
  }

  /** True when the relay has answered; false when another try makes sense. */
  async function enterOnce(roomId: string, resumed: boolean, again: boolean): Promise<boolean> {
    try {
      await socket.open()
      const answer = await socket.request({ type: 'join_room', room_id: roomId }, 'room_joined')
      if (wanted === roomId) settle(answer, resumed)
      else await socket.request({ type: 'leave_room' }, 'room_left')
      return true
    } catch (thrown) {
      if (hasCode(thrown, 'room_elsewhere')) await socket.move(again)
      else if (!hasCode(thrown, 'connection_lost', 'not_connected')) throw thrown
      return false
    }
  }

  async function enter(roomId: string, resumed: boolean): Promise<void> {
    for (let tried = 0; wanted === roomId && joined !== roomId; tried++) {
      if (tried === mostTries) throw notReached(roomId)
      if (await enterOnce(roomId, resumed, tried > 0)) break
    }
    if (wanted !== roomId) throw leftMeanwhile()
  }

  /** One entry at a time. */
  function enterAlone(roomId: string, resumed: boolean): Promise<void> {
    const before = entering ?? Promise.resolve()
    const run = () => enter(roomId, resumed)
    const mine = before.then(run, run).finally(() => {
      if (entering === mine) entering = undefined
    })
    entering = mine
    return mine
  }

  function forget(error?: AeThexError): void {
    const room_id = wanted
    wanted = undefined
    joined = undefined
    members = new Map()
    if (room_id === undefined) return
    events.emit('room_left', error === undefined ? { room_id } : { room_id, error })
  }

  async function leave(): Promise<void> {
    const wasJoined = joined !== undefined
    forget()
    if (!wasJoined) return
    try {
      await socket.request({ type: 'leave_room' }, 'room_left')
    } catch (thrown) {
      // The relay has let go already.
      if (!hasCode(thrown, 'not_in_room', 'connection_lost', 'not_connected')) throw thrown
    }
  }

  function resume(): void {
    const roomId = wanted
    if (roomId === undefined || joined === roomId || entering !== undefined) return
    enterAlone(roomId, true).catch(thrown => {
      const error = asAeThexError(thrown)
      if (wanted !== roomId) return
      if (!error.retryable) forget(error)
      // A connection that is not open calls again when it is back.
      else if (socket.state() === 'open') later(patienceMs * (1 + Math.random()), resume)
    })
  }

  function hearOfPlayers(message: ServerMessage, room_id: string): void {
    if (message.type === 'player_joined') {
      const { player_id, username } = message
      members.set(player_id, { player_id, username, state: null })
      events.emit('player_joined', { room_id, player_id, username })
    } else if (message.type === 'player_left') {
      members.delete(message.player_id)
      events.emit('player_left', { room_id, player_id: message.player_id })
    } else if (message.type === 'room_left') forget()
  }

  return {
    wanted: () => wanted,
    joined: () => joined,
    members: () => [...members.values()],
    leave,
    resume,
    forget,
    async join(roomId) {
      if (wanted !== undefined && wanted !== roomId) await leave()
      wanted = roomId
      try {
        await enterAlone(roomId, false)
      } catch (thrown) {
        if (wanted === roomId && joined === undefined) wanted = undefined
        throw thrown
      }
      return { room_id: roomId, members: [...members.values()] }
    },
    suspend() {
      joined = undefined
    },
    hear(message) {
      if (joined === undefined) return
      if (message.type === 'state_update') {
        const { player_id, state, seq } = message
        const member = members.get(player_id)
        if (member !== undefined) member.state = state
        events.emit('player_state', player_id, state, { seq, time: performance.now() })
      } else if (message.type === 'message') {
        const { from, channel, data } = message
        events.emit('message', { from, channel, data })
      } else if ('room_id' in message && message.room_id === joined) {
        hearOfPlayers(message, joined)
      }
    },
  }
}
