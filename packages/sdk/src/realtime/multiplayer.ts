import { createEmitter, type Listenable } from '../core/emitter.js'
import { type AeThexError, hasCode } from '../core/error.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { SessionStore } from '../core/session-store.js'
import type { components } from '../generated/openapi.js'
import type { MultiplayerEvents, PlayerState, RoomMember } from './events.js'
import { createLatestOnly } from './latest-only.js'
import { errorOfMessage } from './link.js'
import { createMatchmaking, type Matchmaking } from './matchmaking.js'
import { createNews, type News } from './news.js'
import { createRoom, type JoinOptions } from './room.js'
import { createShownState } from './shown-state.js'
import { type ConnectionState, createSocket, type SocketOptions } from './socket.js'

/** Playing together, over one connection that the SDK keeps alive. */
export interface Multiplayer extends Listenable<MultiplayerEvents> {
  /** Opens the connection. Errors: `not_signed_in`, `websocket_missing`, `network_failed`, `connection_refused`. */
  connect(): Promise<Result<{ player_id: string }>>
  /** Leaves room and queue and closes the connection. */
  disconnect(): void
  /** Enters a room, connecting first if need be and moving to the room's node; leaves the room before. */
  joinRoom(
    roomId: string,
    options?: JoinOptions,
  ): Promise<Result<{ room_id: string; members: RoomMember[] }>>
  leaveRoom(): Promise<Result>
  /** Shows this player's state to the room; call it every frame. At most 20 a second are sent, always the latest. */
  sendState(state: object): void
  /**
   * Says something to everyone in the room, oneself included; in a room with a mind of its own `data` may be its answer.
   * Success means that the relay has taken it, exactly once, also over a short loss of the connection. After
   * `connection_lost` it is not known whether it has.
   */
  sendMessage(data: unknown): Promise<Result<{ data?: unknown }>>
  getConnectionState(): ConnectionState
  /** The room this player is in, or is being brought back to. */
  getRoomId(): string | undefined
  /** Everyone in the room, with their last state. */
  getMembers(): RoomMember[]
  /** What belongs to the room and to no player, by its key. */
  getThings(): Map<string, PlayerState>
  readonly matchmaking: Matchmaking
}

interface MultiplayerParts extends Omit<SocketOptions, 'requestTicket' | 'roomHint'> {
  session: Session
  sessions: SessionStore
  onError(error: AeThexError): void
}

const stateIntervalMs = 50
/** A network that is this far behind, in bytes, would only get old states. */
const backlogLimit = 64 * 1024

/** Besides what games see: the player's news, which comes by the same connection. */
export function createMultiplayer(
  parts: MultiplayerParts,
): Multiplayer & { readonly news: News; close(): void } {
  const { session, sessions } = parts
  const events = createEmitter<MultiplayerEvents>(parts.onFault)
  const socket = createSocket({
    ...parts,
    roomHint: () => room.wanted(),
    requestTicket: roomId =>
      session.request<components['schemas']['Ticket']>({
        method: 'POST',
        path: '/realtime/tickets',
        body: roomId === undefined ? {} : { room_id: roomId },
        repeatable: true,
      }),
  })
  const matchmaking = createMatchmaking(socket, connect, parts.onFault)
  let lastState: object | undefined
  let player: string | undefined
  /** By the game. The news may keep the connection open too, of which the game sees nothing. */
  let isAskedFor = false
  let shown: ConnectionState = 'closed'

  const shownState = createShownState()
  const states = createLatestOnly<object>(stateIntervalMs, state => {
    if (room.joined() === undefined || socket.backlog() > backlogLimit) return false
    const change = shownState.changeTo(state)
    if (change === undefined) return true
    try {
      socket.send({ type: 'player_state_update', ...change })
    } catch (thrown) {
      return !hasCode(thrown, 'not_connected', 'connection_lost')
    }
    shownState.show(state)
    return true
  })

  // The others may have a new node that has never seen this player's state.
  const room = createRoom(socket, events, parts.timeoutMs * 3, () => {
    shownState.clear()
    if (lastState !== undefined) states.push(lastState)
  })

  function forgetState(): void {
    lastState = undefined
    states.clear()
    shownState.clear()
  }

  const tellError = (error: AeThexError) => {
    if (!events.emit('error', error)) parts.onError(error)
  }

  const stateForGame = (): ConnectionState =>
    isAskedFor || room.wanted() !== undefined ? socket.state() : 'closed'

  function showState(): void {
    const state = stateForGame()
    if (state === shown) return
    shown = state
    events.emit('state', state)
  }

  function askForConnection(): void {
    player = session.playerId()
    isAskedFor = true
    showState()
  }

  function disconnect(): void {
    forgetState()
    room.forget()
    matchmaking.forget()
    socket.close()
  }

  async function connect(): Promise<{ player_id: string }> {
    askForConnection()
    await socket.open()
    return { player_id: socket.playerId() ?? session.playerId() }
  }

  const news = createNews({
    ...parts,
    socket,
    async open() {
      player = session.playerId()
      await socket.open()
    },
    release() {
      if (stateForGame() === 'closed') socket.close()
    },
  })

  socket.on('state', state => {
    if (state !== 'open') room.suspend()
    if (state === 'closed') isAskedFor = false
    showState()
  })
  socket.on('ready', () => {
    room.resume()
    matchmaking.resume()
  })
  socket.on('message', message => {
    if (message.type === 'error' && message.reply_to === undefined)
      tellError(errorOfMessage(message))
    room.hear(message)
    matchmaking.hear(message)
    news.hear(message)
  })
  socket.on('states', room.take)
  socket.on('error', error => {
    if (socket.state() === 'closed') {
      room.forget(error)
      matchmaking.forget(error)
    }
    tellError(error)
  })
  events.on('room_left', () => forgetState())
  const stopListening = sessions.onChange(user => {
    if (user?.id !== player && socket.state() !== 'closed') disconnect()
  })

  return {
    on: events.on,
    matchmaking,
    news,
    connect: () => attempt(connect),
    disconnect,
    joinRoom: (roomId, options) =>
      attempt(async () => {
        askForConnection()
        return room.join(roomId, options)
      }),
    leaveRoom: () =>
      attempt(async () => {
        await room.leave()
        return {}
      }),
    sendState(state) {
      if (room.wanted() === undefined) return
      lastState = state
      states.push(state)
    },
    sendMessage: data => attempt(() => room.say(data)),
    getConnectionState: stateForGame,
    getRoomId: room.wanted,
    getMembers: room.members,
    getThings: room.things,
    close() {
      stopListening()
      news.close()
      disconnect()
      matchmaking.close()
      events.clear()
    },
  }
}
