import { createEmitter, type Listenable } from '../core/emitter.js'
import type { AeThexError } from '../core/error.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { SessionStore } from '../core/session-store.js'
import type { Store } from '../core/storage.js'
import type { components } from '../generated/openapi.js'
import { createRooms, type Rooms } from '../resources/rooms.js'
import { createServerClock, type Latency } from './clock.js'
import { createDatagrams } from './datagrams.js'
import type { MultiplayerEvents, PlayerState, RoomMember } from './events.js'
import { errorOfMessage, lostBecause } from './link.js'
import { createLobbyVerbs, hearInvitation, type LobbyVerbs } from './lobby.js'
import { createMatchmaking, type Matchmaking } from './matchmaking.js'
import { createNews, type News } from './news.js'
import { createPeers, type Peers } from './peers/peers.js'
import { findWebRtc, type WebRtc } from './peers/web-rtc.js'
import { createRoom, type JoinOptions } from './room.js'
import { type ConnectionState, createSocket, type Socket, type SocketOptions } from './socket.js'
import { createStateSender } from './state-sender.js'
import { createBrowserVoice, type VoiceOptions } from './voice/browser-voice.js'
import type { Voice } from './voice/voice.js'

/** Playing together, over one connection that the SDK keeps alive. */
export interface Multiplayer extends Listenable<MultiplayerEvents>, LobbyVerbs {
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
  /** How far away the relay is; undefined before the first answer. */
  getLatency(): Latency | undefined
  /** The relay's time in milliseconds since 1970, which never runs backwards; undefined before the first answer. */
  getServerTime(): number | undefined
  readonly matchmaking: Matchmaking
  /** Rooms with a name, a host and a door. */
  readonly rooms: Rooms
  /** Talking to the others in the room directly, where that is possible. */
  readonly peers: Peers
  /** Talking in the room, encrypted end to end. */
  readonly voice: Voice
}

interface MultiplayerParts extends Omit<SocketOptions, 'requestTicket' | 'roomHint' | 'clock'> {
  session: Session
  sessions: SessionStore
  WebRTC?: WebRtc | undefined
  store: Store
  voice?: VoiceOptions
  /** Where the player is; see `CloudOptions`. */
  region?: string | undefined
  /** Also states by a data channel to the relay. */
  datagrams?: boolean | undefined
  onError(error: AeThexError): void
}

/** Besides what games see: the player's news, and the connection by which all of it comes. */
export function createMultiplayer(
  parts: MultiplayerParts,
): Multiplayer & { readonly news: News; readonly socket: Socket; close(): void } {
  const { session, sessions } = parts
  const events = createEmitter<MultiplayerEvents>(parts.onFault)
  const clock = createServerClock()
  const socket = createSocket({
    ...parts,
    clock,
    roomHint: () => room.wanted(),
    requestTicket: roomId =>
      session.request<components['schemas']['Ticket']>({
        method: 'POST',
        path: '/realtime/tickets',
        body: { room_id: roomId, region: parts.region },
        repeatable: true,
      }),
  })
  const matchmaking = createMatchmaking(socket, session, connect, parts.onFault)
  let player: string | undefined
  /** By the game. The news may keep the connection open too, of which the game sees nothing. */
  let isAskedFor = false
  let shown: ConnectionState = 'closed'

  const room = createRoom(socket, events, parts.timeoutMs * 3, parts.codec, {
    onSeat: (mark, tick) => datagrams?.sit(mark, tick),
    onShown: state => states.note(state),
    // The others may have a new node that has never seen this player's state.
    onRejoined: () => states.showAgain(),
  })
  const datagrams =
    parts.datagrams === true
      ? createDatagrams({
          socket,
          codec: parts.codec,
          webRtc: () => findWebRtc(parts.WebRTC),
          onStates: room.take,
        })
      : undefined
  const states = createStateSender({
    socket,
    datagrams,
    isInRoom: () => room.joined() !== undefined,
    writer: room.writer,
  })

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
    states.forget()
    voice.leave()
    room.forget()
    matchmaking.forget()
    socket.close()
  }

  async function connect(): Promise<{ player_id: string }> {
    askForConnection()
    await socket.open()
    return { player_id: socket.playerId() ?? session.playerId() }
  }

  async function join(roomId: string, options?: JoinOptions) {
    askForConnection()
    return room.join(roomId, options)
  }

  const peers = createPeers({
    room: events,
    members: room.members,
    playerId: socket.playerId,
    webRtc: () => findWebRtc(parts.WebRTC),
    fetchIce: () =>
      session.request({ method: 'POST', path: '/realtime/ice-servers', repeatable: true }),
    send(message) {
      if (room.joined() === undefined) throw lostBecause(1006, 'not in the room')
      // With a number, so that a refusal is known to be nobody's business: the other has just left.
      socket.send({ ...message, id: socket.nextId() })
    },
    onFault: parts.onFault,
  })

  const voice = createBrowserVoice({
    mesh: peers.mesh,
    session,
    store: parts.store,
    options: parts.voice ?? {},
    room() {
      const room_id = room.joined()
      return room_id === undefined ? undefined : { room_id, members: room.members().length }
    },
    playerId: () => sessions.read()?.user.id,
    onError: parts.onError,
    onFault: parts.onFault,
  })

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
    if (state !== 'open') {
      room.suspend()
      datagrams?.close()
    }
    if (state === 'closed') isAskedFor = false
    showState()
  })
  socket.on('ready', () => {
    room.resume()
    matchmaking.resume()
    datagrams?.open()
  })
  socket.on('message', message => {
    if (message.type === 'error' && message.reply_to === undefined) {
      states.doubt()
      tellError(errorOfMessage(message))
    }
    room.hear(message)
    matchmaking.hear(message)
    peers.hear(message)
    voice.hear(message)
    news.hear(message)
    hearInvitation(events, message)
  })
  socket.on('states', states => {
    if (room.take(states)) datagrams?.heard(states[0])
  })
  socket.on('error', error => {
    if (socket.state() === 'closed') {
      room.forget(error)
      matchmaking.forget(error)
    }
    tellError(error)
  })
  events.on('room_left', () => {
    states.forget()
    voice.leave()
  })
  const stopListening = sessions.onChange(user => {
    if (user?.id !== player && socket.state() !== 'closed') disconnect()
  })

  return {
    on: events.on,
    matchmaking,
    peers,
    voice,
    news,
    socket,
    connect: () => attempt(connect),
    disconnect,
    rooms: createRooms({ session, join: (roomId, code) => join(roomId, { code }) }),
    joinRoom: (roomId, options) => attempt(() => join(roomId, options)),
    leaveRoom: () =>
      attempt(async () => {
        await room.leave()
        return {}
      }),
    sendState(state) {
      if (room.wanted() === undefined) return
      states.show(state)
    },
    sendMessage: data => attempt(() => room.say(data)),
    getConnectionState: stateForGame,
    getRoomId: room.wanted,
    getMembers: room.members,
    getThings: room.things,
    getLatency: clock.latency,
    getServerTime: () => clock.serverTime(),
    ...createLobbyVerbs(socket, () => room.joined() !== undefined, room.lobby),
    close() {
      stopListening()
      voice.close()
      peers.close()
      news.close()
      disconnect()
      matchmaking.close()
      events.clear()
    },
  }
}
