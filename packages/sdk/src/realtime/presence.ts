import { createEmitter, type Listenable } from '../core/emitter.js'
import { type AeThexError, asAeThexError, hasCode } from '../core/error.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { SessionStore } from '../core/session-store.js'
import type { ServerMessage } from '../generated/messages.js'
import type { Socket } from './socket.js'

/** What is to be seen of a player. */
export interface PlayerPresence {
  user_id: string
  /** `invisible` is only seen by the player themselves. */
  status: 'online' | 'away' | 'busy' | 'offline' | 'invisible'
  text: string | null
  /** What the game says of it, such as the mode that is played. */
  details: Record<string, unknown> | null
  /** Where the player is, with their leave; for `multiplayer.joinRoom`. */
  room_id: string | null
  /** RFC 3339, of who is offline, when it is known. */
  last_seen_at: string | null
}

/** What a player shows besides the status; what is left out is not shown. */
export interface ShownStatus {
  /** 140 characters at most. */
  text?: string
  /** 1 KiB at most, as JSON. */
  details?: Record<string, unknown>
  /** Whether others see which room the player is in; off unless true. */
  showRoom?: boolean
}

interface PresenceEvents {
  /** Somebody who is watched comes, goes, or shows something else. */
  changed: [presence: PlayerPresence]
}

/** Who is there, and what they say of it. */
export interface Presence extends Listenable<PresenceEvents> {
  /**
   * Shows this to friends and, if they look, to the members of the room; connects first if need be. It holds for all
   * of the player's devices, and comes back after a lost connection. Whoever is `invisible` looks offline to others.
   * Errors: `invalid_request`, `parental_consent_required` (words of a child that may not chat), `message_refused` (words
   * that the studio wants nowhere), `rate_limited`.
   */
  setStatus(status: 'online' | 'away' | 'busy' | 'invisible', shown?: ShownStatus): Promise<Result>
  /** Tells of friends with `changed` from now on, connecting first if need be. Answers those who are there, or were before. */
  watchFriends(): Promise<Result<{ items: PlayerPresence[] }>>
  /** The same of friends, of the members of the room that the player is in, of both, or of nobody any more. */
  watch(wish: { friends?: boolean; room?: boolean }): Promise<Result<{ items: PlayerPresence[] }>>
  /** The last that was told of somebody who is watched; undefined when that was nothing. */
  of(userId: string): PlayerPresence | undefined
  /** Asks about friends, a hundred at most, without a connection. Whoever is no friend is left out. */
  get(userIds: readonly string[]): Promise<Result<{ items: PlayerPresence[] }>>
}

interface PresenceParts {
  socket: Socket
  session: Session
  sessions: SessionStore
  /** Opens the connection for the signed-in player. */
  connect(): Promise<unknown>
  onError(error: AeThexError): void
  onFault(thrown: unknown): void
}

type Shown = Omit<Extract<ServerMessage, { type: 'presence_update' }>, 'type'>
type Wish = { friends: boolean; room: boolean }
type Chosen = {
  status: 'online' | 'away' | 'busy' | 'invisible'
  text: string | null
  details: Record<string, unknown> | null
  show_room: boolean
}

const toPresence = ({ player_id, ...shown }: Shown): PlayerPresence => ({
  user_id: player_id,
  ...shown,
})

const gone = (user_id: string): PlayerPresence => ({
  user_id,
  status: 'offline',
  text: null,
  details: null,
  room_id: null,
  last_seen_at: null,
})

const isSame = (one: PlayerPresence, other: PlayerPresence) =>
  JSON.stringify(one) === JSON.stringify(other)

export function createPresence(parts: PresenceParts): Presence & { close(): void } {
  const { socket, session, sessions } = parts
  const events = createEmitter<PresenceEvents>(parts.onFault)
  const known = new Map<string, PlayerPresence>()
  let chosen: Chosen | undefined
  let wish: Wish | undefined
  let player = sessions.read()?.user.id

  function learn(presence: PlayerPresence): void {
    const before = known.get(presence.user_id) ?? gone(presence.user_id)
    known.set(presence.user_id, presence)
    if (!isSame(before, presence)) events.emit('changed', presence)
  }

  /** Whoever is not in it is offline, also when nobody has told so while the connection was lost. */
  function learnAll(items: readonly PlayerPresence[]): void {
    const named = new Set(items.map(({ user_id }) => user_id))
    for (const [id, { status }] of known) {
      if (named.has(id)) continue
      if (status !== 'offline') learn(gone(id))
      known.delete(id)
    }
    for (const presence of items) learn(presence)
  }

  async function askToWatch(wanted: Wish): Promise<PlayerPresence[]> {
    const message = { type: 'watch_presence', ...wanted } as const
    const { players } = await socket.request(message, 'presence_snapshot')
    const items = players.map(toPresence)
    // Asked for something else meanwhile: that answer counts.
    if (wish === wanted) learnAll(items)
    return items
  }

  async function askToShow(wanted: Chosen): Promise<void> {
    await socket.request({ type: 'set_status', ...wanted }, 'status_set')
  }

  /** On a new connection: the relay has forgotten what was watched, and may have what was shown. */
  async function resume(): Promise<void> {
    const showing = chosen === undefined ? undefined : askToShow(chosen)
    const watching = wish === undefined ? undefined : askToWatch(wish)
    // A status that is refused by now, such as words without leave, must not end what is watched.
    await Promise.all([showing, watching])
  }

  function forget(): void {
    known.clear()
    chosen = undefined
    wish = undefined
  }

  /** Connects and asks; a connection that is lost meanwhile comes back, and `resume` asks then. */
  async function whenConnected<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      await parts.connect()
      try {
        return await ask()
      } catch (thrown) {
        if (!hasCode(thrown, 'connection_lost', 'not_connected')) throw thrown
      }
    }
  }

  const watch = ({ friends = false, room = false }) =>
    attempt(async () => {
      const before = wish
      const wanted = { friends, room }
      try {
        const items = await whenConnected(() => {
          wish = wanted
          return askToWatch(wanted)
        })
        return { items }
      } catch (thrown) {
        if (wish === wanted) wish = before
        throw thrown
      }
    })

  const stops = [
    socket.on('ready', () => {
      resume().catch(thrown => {
        // Lost again: then there will be another connection.
        if (!hasCode(thrown, 'connection_lost', 'not_connected'))
          parts.onError(asAeThexError(thrown))
      })
    }),
    socket.on('message', message => {
      if (message.type !== 'presence_update' || wish === undefined) return
      const { type: _type, ...shown } = message
      learn(toPresence(shown))
    }),
    sessions.onChange(user => {
      if (user?.id === player) return
      player = user?.id
      forget()
    }),
  ]

  return {
    on: events.on,
    watch,
    watchFriends: () => watch({ friends: true, room: wish?.room ?? false }),
    of: userId => known.get(userId),
    setStatus: (status, { text, details, showRoom } = {}) =>
      attempt(async () => {
        const before = chosen
        const wanted: Chosen = {
          status,
          text: text ?? null,
          details: details ?? null,
          show_room: showRoom ?? false,
        }
        try {
          await whenConnected(() => {
            chosen = wanted
            return askToShow(wanted)
          })
        } catch (thrown) {
          if (chosen === wanted) chosen = before
          throw thrown
        }
        return {}
      }),
    get: userIds =>
      attempt(async () => {
        if (userIds.length === 0) return { items: [] }
        return session.request<{ items: PlayerPresence[] }>({
          method: 'GET',
          path: '/presence',
          query: { user_ids: userIds.join(',') },
        })
      }),
    close() {
      for (const stop of stops) stop()
      forget()
      events.clear()
    },
  }
}
