import type { Emitter } from '../core/emitter.js'
import { AeThexError, asAeThexError, hasCode } from '../core/error.js'
import { later } from '../core/timer.js'
import type { ServerMessage } from '../generated/messages.js'
import type { Codec, StateWriter } from './codec.js'
import type { MultiplayerEvents, PlayerState, RoomMember } from './events.js'
import type { States } from './frame.js'
import type { Lobby } from './lobby-view.js'
import { createRoomContents } from './room-contents.js'
import type { Socket } from './socket.js'
import { createUnacknowledged, type Taken } from './unacknowledged.js'

type Reply<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>
type Entered = Reply<'room_joined' | 'resumed' | 'gap'>

/** What a join may bring. */
export interface JoinOptions {
  /** Of a private room. */
  code?: string
  /** One of the room's teams. */
  team?: string
}

/** The room that this player wants to be in, through every loss of the connection. */
export interface Room {
  /** The room wanted; also while it is being joined or resumed. */
  wanted(): string | undefined
  /** The room that the relay has confirmed on this connection. */
  joined(): string | undefined
  members(): RoomMember[]
  things(): Map<string, PlayerState>
  lobby(): Lobby | undefined
  /** Of a room that declares its states. */
  writer(): StateWriter | undefined
  join(roomId: string, options?: JoinOptions): Promise<{ room_id: string; members: RoomMember[] }>
  leave(): Promise<void>
  /** Resolves when the relay has taken it, also over a loss of the connection. */
  say(data: unknown): Promise<Taken>
  /** The connection is gone. The seat is kept for a while. */
  suspend(): void
  /** Back into the room on a new connection. */
  resume(): void
  /** Out of the room without telling the relay; `error` says why not by choice. */
  forget(error?: AeThexError): void
  hear(message: ServerMessage): void
  /** False when not all of it was understood. */
  take(states: States): boolean
}

/** A seat in the room, and how far this side has heard. */
interface Seat {
  room_id: string
  resume_token: string
  seq: number
  own_seq: number
}

/** A node may close, or a room move, while it is being joined; more often than this is no accident. */
const mostTries = 5
/** What hears of this player's own seat. */
export interface RoomListener {
  /** A seat was taken, or taken again: what it is called in datagrams, and the tick of the states that came with it. */
  onSeat(mark: number, tick: number): void
  /** The room shows this of the player already: of an earlier page, or of before the drop. */
  onShown(state: PlayerState): void
  /** Back in the room after a loss of the connection. */
  onRejoined(): void
}

/** Between tries of a resumption that the relay could not serve. */
const patienceMs = 1_000

const leftMeanwhile = () => new AeThexError('not_connected', 'The room was left meanwhile.')

const notReached = (roomId: string) =>
  new AeThexError('connection_lost', `Room ${roomId} could not be reached.`, { retryable: true })

const seatIn = ({ room_id, resume_token, seq, own_seq }: Entered): Seat | undefined =>
  resume_token === undefined
    ? undefined
    : { room_id, resume_token, seq: seq ?? 0, own_seq: own_seq ?? 0 }

export function createRoom(
  socket: Socket,
  events: Emitter<MultiplayerEvents>,
  timeoutMs: number,
  codec: Codec,
  { onSeat, onShown, onRejoined }: RoomListener,
): Room {
  let wanted: string | undefined
  let options: JoinOptions = {}
  let joined: string | undefined
  let seat: Seat | undefined
  /** What was missed is being told. */
  let isResuming = false
  let entering: Promise<void> | undefined
  const contents = createRoomContents(events, playerId => playerId === socket.playerId(), codec)
  const unacknowledged = createUnacknowledged(socket, timeoutMs, () => joined !== undefined)

  function settle(answer: Entered, resumed: boolean): void {
    const { room_id } = answer
    const isWhole = answer.type === 'resumed'
    if (!isWhole) unacknowledged.loseSaid()
    seat = seatIn(answer)
    joined = room_id
    // Before the game hears of it, and says something new.
    unacknowledged.resume()
    contents.show(answer)
    if (answer.mark !== undefined) onSeat(answer.mark, answer.tick ?? 0)
    const self = answer.members.find(({ player_id }) => player_id === socket.playerId())
    if (self?.state) onShown(self.state)
    if (resumed && !isWhole) events.emit('gap', { room_id })
    events.emit('room_joined', { room_id, members: contents.members(), resumed })
    contents.tellLobby(room_id)
    if (!resumed) return
    contents.tellChanges(room_id)
    onRejoined()
  }

  // What comes right behind the answer, perhaps in the same turn, belongs to the room that the answer shows.
  async function ask(roomId: string, onAnswer: (answer: Entered) => void): Promise<void> {
    if (seat?.room_id !== roomId) {
      const { code, team } = options
      const message = {
        type: 'join_room' as const,
        room_id: roomId,
        ...(code === undefined ? {} : { code }),
        ...(team === undefined ? {} : { team }),
      }
      await socket.requestThen(message, ['room_joined'], onAnswer)
      return
    }
    isResuming = true
    try {
      await socket.requestThen({ type: 'resume', ...seat }, ['resumed', 'gap'], onAnswer)
    } finally {
      isResuming = false
    }
  }

  /** True when the relay has answered; false when another try makes sense. */
  async function enterOnce(roomId: string, resumed: boolean, again: boolean): Promise<boolean> {
    try {
      await socket.open()
      await ask(roomId, answer => {
        if (wanted === roomId) settle(answer, resumed)
      })
      if (wanted !== roomId) await socket.request({ type: 'leave_room' }, 'room_left')
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

  function forget(error?: AeThexError, reason?: Reply<'room_left'>['reason']): void {
    const room_id = wanted
    wanted = undefined
    joined = undefined
    seat = undefined
    contents.clear()
    unacknowledged.lose()
    if (room_id === undefined) return
    events.emit('room_left', {
      room_id,
      ...(error === undefined ? {} : { error }),
      ...(reason === undefined ? {} : { reason }),
    })
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

  /** False for what was heard before. */
  function isNews(message: ServerMessage): boolean {
    if (seat === undefined) return true
    if ('own_seq' in message && typeof message.own_seq === 'number') {
      if (message.own_seq <= seat.own_seq) return false
      seat.own_seq = message.own_seq
    } else if (message.type !== 'state_update' && 'seq' in message && message.seq !== undefined) {
      if (message.seq <= seat.seq) return false
      seat.seq = message.seq
    }
    return true
  }

  function hearInRoom(message: ServerMessage): void {
    if (message.type === 'message') {
      const { from, channel, data } = message
      events.emit('message', { from, channel, data })
    } else if (message.type === 'degraded') {
      const { room_id, degraded } = message
      events.emit('degraded', { room_id, degraded })
    } else if (message.type === 'room_left') {
      if (message.room_id === wanted && message.reply_to === undefined) {
        forget(undefined, message.reason)
      }
    } else contents.hear(message)
  }

  return {
    wanted: () => wanted,
    joined: () => joined,
    members: contents.members,
    things: contents.things,
    lobby: contents.lobby,
    writer: contents.writer,
    leave,
    resume,
    forget,
    async join(roomId, given = {}) {
      if (wanted !== undefined && wanted !== roomId) await leave()
      wanted = roomId
      options = given
      try {
        await enterAlone(roomId, false)
      } catch (thrown) {
        if (wanted === roomId && joined === undefined) wanted = undefined
        throw thrown
      }
      return { room_id: roomId, members: contents.members() }
    },
    async say(data) {
      if (wanted === undefined || (joined === undefined && seat === undefined)) {
        throw new AeThexError('not_connected', 'The player is in no room.', { retryable: true })
      }
      return unacknowledged.say(data)
    },
    suspend() {
      joined = undefined
    },
    hear(message) {
      unacknowledged.hear(message)
      if (joined === undefined && !isResuming) return
      if ('room_id' in message && message.room_id !== (joined ?? wanted)) return
      if (isNews(message)) hearInRoom(message)
    },
    take: states => joined !== undefined && contents.take(states),
  }
}
