import type { Backoff } from '../core/backoff.js'
import { AeThexError } from '../core/error.js'
import { path } from '../core/http.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { SessionStore } from '../core/session-store.js'
import { createChatApi } from './chat-api.js'
import {
  type ChatChannel,
  createChatChannel,
  type OpenedChannel,
  subscribeTo,
} from './chat-channel.js'
import type { Socket } from './socket.js'

/** A channel in which others have said something since. */
export interface UnreadChannel {
  channel: string
  kind: ChatChannel['info']['kind']
  read_number: number
  last_number: number
  /** Counted up to 100. */
  unread: number
  mentions: number
}

type Opened = Promise<Result<{ channel: ChatChannel }>>

/**
 * Talking to others, in channels. An open channel is heard until it is closed: after a lost connection the SDK
 * subscribes again and asks the history for what came meanwhile, so that each message comes once and in order.
 */
export interface Chat {
  /** A channel by its name; connects first if need be. Errors: `chat_forbidden`, `parental_consent_required`. */
  open(channel: string): Opened
  /** The two of them. */
  direct(userId: string): Opened
  /** The party that the player is in. Errors: `not_found` when in none. */
  party(): Opened
  /** A group's; groups that were made without one are of the world `main`. */
  group(name: string, world?: string): Opened
  /** Everybody in a world. */
  world(name: string): Opened
  /** The room that the player is in. Errors: `not_in_room`. */
  room(): Opened
  /** Channels with unread messages: those in which the player has written or read before, and direct ones. */
  unread(): Promise<Result<{ items: UnreadChannel[] }>>
  /** Hides what somebody says from now on, without telling them. To be rid of them altogether, `friends.block`. */
  silence(userId: string): Promise<Result>
  unsilence(userId: string): Promise<Result>
  silenced(): Promise<Result<{ items: { player_id: string; username: string }[] }>>
}

export interface ChatParts {
  socket: Socket
  session: Session
  sessions: SessionStore
  backoff: Backoff
  /** Opens the connection for the signed-in player. */
  connect(): Promise<unknown>
  /** The room that the player is in. */
  roomId(): string | undefined
  onFault(thrown: unknown): void
}

export function createChat(parts: ChatParts): Chat & { close(): void } {
  const { socket, session, sessions } = parts
  const opened = new Map<string, OpenedChannel>()
  /** Whoever opens a channel that is being opened waits for the same answer. */
  const opening = new Map<string, Promise<{ channel: ChatChannel }>>()
  let player = sessions.read()?.user.id

  function open(name: string): Promise<{ channel: ChatChannel }> {
    const under = opening.get(name)
    if (under !== undefined) return under
    const mine = openAlone(name).finally(() => {
      if (opening.get(name) === mine) opening.delete(name)
    })
    opening.set(name, mine)
    return mine
  }

  async function openAlone(name: string): Promise<{ channel: ChatChannel }> {
    const known = opened.get(name)
    if (known !== undefined) return { channel: known.channel }
    const api = createChatApi(session, name)
    const isRoom = name.startsWith('chat.room.')
    if (isRoom) {
      // The API knows who is in a room from the node that has them listening there.
      await parts.connect()
      await subscribeTo(socket, name)
    }
    const info = await api.open()
    if (!isRoom) await parts.connect()
    // Opened meanwhile, or by a spelling that means the same.
    const beside = opened.get(info.channel)
    if (beside !== undefined) return { channel: beside.channel }
    let refused: AeThexError | undefined
    const one = createChatChannel({
      ...parts,
      api: info.channel === name ? api : createChatApi(session, info.channel),
      info,
      onClosed: () => void opened.delete(info.channel),
    })
    opened.set(info.channel, one)
    one.channel.on('closed', error => {
      refused = error
    })
    await one.sync()
    if (refused !== undefined) throw refused
    return { channel: one.channel }
  }

  const openLater = (name: () => string | Promise<string>) =>
    attempt(async () => open(await name()))

  function endAll(): void {
    opening.clear()
    for (const one of [...opened.values()]) one.end()
  }

  const stops = [
    socket.on('ready', () => {
      for (const one of opened.values()) one.sync().catch(parts.onFault)
    }),
    socket.on('message', message => {
      for (const one of opened.values()) one.hear(message)
    }),
    sessions.onChange(user => {
      if (user?.id === player) return
      player = user?.id
      endAll()
    }),
  ]

  const ask = (method: 'PUT' | 'DELETE', userId: string) =>
    attempt(async () => {
      await session.request({ method, path: path('chat', 'silenced', userId) })
      return {}
    })

  return {
    open: name => openLater(() => name),
    direct: userId =>
      openLater(() => `chat.direct.${[session.playerId(), userId].sort().join('.')}`),
    party: () =>
      openLater(async () => {
        const { party } = await session.request<{ party: { party_id: string } | null }>({
          method: 'GET',
          path: '/parties/mine',
        })
        if (party === null) throw new AeThexError('not_found', 'The player is in no party.')
        return `chat.party.${party.party_id}`
      }),
    group: (name, world = 'main') => openLater(() => `chat.${world}.family.${name}`),
    world: name => openLater(() => `chat.${name}.public`),
    room: () =>
      openLater(() => {
        const roomId = parts.roomId()
        if (roomId === undefined) throw new AeThexError('not_in_room', 'The player is in no room.')
        return `chat.room.${roomId}`
      }),
    unread: () => attempt(() => session.request({ method: 'GET', path: '/chat/unread' })),
    silence: userId => ask('PUT', userId),
    unsilence: userId => ask('DELETE', userId),
    silenced: () => attempt(() => session.request({ method: 'GET', path: '/chat/silenced' })),
    close() {
      for (const stop of stops) stop()
      endAll()
    },
  }
}
