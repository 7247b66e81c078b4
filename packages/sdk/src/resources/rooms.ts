import { path } from '../core/http.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { components } from '../generated/openapi.js'
import type { RoomMember } from '../realtime/events.js'

/** A room as lists show it. */
export type ListedRoom = components['schemas']['ListedRoom']
/** A room; with its code for who may hand it on. */
export type RoomInfo = components['schemas']['Room']

/** What a room is to be. */
export interface RoomWish {
  /** What decides there: `relay` unless said, or a kind of the studio's own. */
  kind?: string
  name?: string
  maxMembers?: number
  /** Milliseconds; 0 is at once. */
  tickMs?: number
  /** How long the seat of a dropped connection is kept. */
  reconnectSeconds?: number
  /** How states travel that are declared; see `@aethex/sdk/state-schema`. */
  stateSchema?: Record<string, unknown>
  /** What the game says of it, 4 KiB at most; lists filter by it. */
  properties?: Record<string, unknown>
  /** Strangers find it in lists. */
  isListed?: boolean
  /** Who has not been invited has to know its code. */
  isPrivate?: boolean
  teams?: string[]
  /** Where its members are sent, if a relay node stands there. */
  region?: string
  /** Players who need no code. */
  invited?: string[]
}

/** What rooms are looked for. */
export interface RoomQuery {
  kind?: string
  /** How the name begins, in any case. */
  name?: string
  hasFreeSeats?: boolean
  region?: string
  /** Values, or ranges such as `{ level: { min: 3, max: 5 } }`; 5 at most. */
  properties?: Record<
    string,
    string | number | boolean | null | { min?: number | undefined; max?: number | undefined }
  >
  limit?: number
  cursor?: string
}

/** Rooms with a name, a host and a door. */
export interface Rooms {
  /** Makes a room; join it with `multiplayer.joinRoom(room.room_id)`. Errors: `forbidden`, `rate_limited`. */
  create(wish?: RoomWish): Promise<Result<{ room: RoomInfo }>>
  /** Rooms that strangers may find, the newest first. */
  list(query?: RoomQuery): Promise<Result<{ items: ListedRoom[]; next_cursor: string | null }>>
  /** One room, by the id that one was told. Errors: `not_found`. */
  get(roomId: string): Promise<Result<{ room: RoomInfo }>>
  /** Enters the private room of a code. Errors: `not_found`, `rate_limited` (too many wrong ones), as `joinRoom`. */
  joinByCode(code: string): Promise<Result<{ room_id: string; members: RoomMember[] }>>
  /** Ends a room, for its host. Errors: `not_found`. */
  close(roomId: string): Promise<Result>
}

interface RoomsParts {
  session: Session
  join(roomId: string, code: string): Promise<{ room_id: string; members: RoomMember[] }>
}

const queryOf = (query: RoomQuery): string => {
  const search = new URLSearchParams()
  const { hasFreeSeats, properties, ...plain } = query
  for (const [name, value] of Object.entries(plain)) {
    if (value !== undefined) search.set(name, String(value))
  }
  if (hasFreeSeats !== undefined) search.set('has_free_seats', String(hasFreeSeats))
  if (properties !== undefined) search.set('properties', JSON.stringify(properties))
  const text = search.toString()
  return text === '' ? '' : `?${text}`
}

export function createRooms({ session, join }: RoomsParts): Rooms {
  return {
    create: (wish = {}) =>
      attempt(() =>
        session.request<{ room: RoomInfo }>({
          method: 'POST',
          path: '/rooms',
          body: {
            kind: wish.kind,
            name: wish.name,
            max_members: wish.maxMembers,
            tick_ms: wish.tickMs,
            reconnect_seconds: wish.reconnectSeconds,
            state_schema: wish.stateSchema,
            properties: wish.properties,
            is_listed: wish.isListed,
            is_private: wish.isPrivate,
            teams: wish.teams,
            region: wish.region,
            invited: wish.invited,
          },
        }),
      ),
    list: (query = {}) =>
      attempt(() => session.request({ method: 'GET', path: `/rooms${queryOf(query)}` })),
    get: roomId => attempt(() => session.request({ method: 'GET', path: path('rooms', roomId) })),
    joinByCode: code =>
      attempt(async () => {
        const { room } = await session.request<{ room: RoomInfo }>({
          method: 'POST',
          path: '/rooms/join-by-code',
          body: { code },
          repeatable: true,
        })
        return join(room.room_id, code)
      }),
    close: roomId =>
      attempt(async () => {
        await session.request({ method: 'DELETE', path: path('rooms', roomId) })
        return {}
      }),
  }
}
