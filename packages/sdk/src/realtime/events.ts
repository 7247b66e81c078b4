import type { AeThexError } from '../core/error.js'
import type { Lobby, RoomInvitation } from './lobby-view.js'
import type { ConnectionState } from './socket.js'

/** What a player shows of themselves to the room. */
export type PlayerState = Record<string, unknown>

/** Someone in the room; `state` is the last one they sent, null before the first. */
export interface RoomMember {
  player_id: string
  username: string
  state: PlayerState | null
  /** The connection dropped; the seat is kept for a while. */
  away?: true
}

/** When a state came, and when it was sent. */
export interface StateMeta {
  /** Never falls. */
  seq: number
  /** Of its arrival, by `performance.now()`. */
  time: number
  /** By the room's clock, in milliseconds; absent where the room has none (a tick of 0, or an old relay). */
  sent_at?: number
}

/** What `cloud.multiplayer.on` can listen to. */
export interface MultiplayerEvents {
  /** Another player's state; where the room decides, this player's too. */
  player_state: [player_id: string, state: PlayerState, meta: StateMeta]
  /** A player went out of this player's sight, in a room that filters what each sees. */
  player_hidden: [player_id: string]
  /** What belongs to the room and to no player; null when it is gone. */
  thing_state: [key: string, state: PlayerState | null, meta: StateMeta]
  /** Something said in the room, also by this player; from null by the room itself. */
  message: [message: { from: string | null; channel: string; data: unknown }]
  player_joined: [player: { room_id: string; player_id: string; username: string }]
  player_left: [player: { room_id: string; player_id: string }]
  /** The connection of a player dropped, or is back. */
  player_away: [player: { room_id: string; player_id: string; away: boolean }]
  /** Messages were missed while the connection was lost; the states are those of now. */
  gap: [room: { room_id: string }]
  /** The room's node is cut off, or is not any more; nobody can join meanwhile. */
  degraded: [room: { room_id: string; degraded: boolean }]
  /** This player is in the room; `resumed` when it is back there after a lost connection. */
  room_joined: [room: { room_id: string; members: RoomMember[]; resumed: boolean }]
  /** This player is out of the room: left, put out, or (with `error`) not let in again after a lost connection. */
  room_left: [
    room: { room_id: string; error?: AeThexError; reason?: 'kicked' | 'banned' | 'closed' },
  ]
  /** The lobby of this player's room has changed, or is known now. */
  room_updated: [room: { room_id: string } & Lobby]
  /** Somebody asks the player into a room. */
  invited: [invitation: RoomInvitation]
  state: [state: ConnectionState]
  /** Something that no call is waiting for: a refused message, or a connection closed for good. */
  error: [error: AeThexError]
}

/** Somebody of a match; with a seat where the queue has teams, counted from 0 within the team. */
export interface MatchedPlayer {
  player_id: string
  username: string
  team?: string
  role?: string
  seat?: number
}

/** A match: go to `room_id` with `multiplayer.joinRoom`. */
export interface Match {
  match_id: string
  room_id: string
  /** Where it is played, of queues with regions. */
  region?: string
  players: MatchedPlayer[]
}

/** Why the player waits still. */
export interface QueueUpdate {
  ticket_id: string
  mode: string
  state: 'queued' | 'proposed'
  waiting_seconds: number
  /** Who else waits in this queue, and whom of them no rule keeps away. */
  candidates: number
  compatible: number
  /** The median of those who were matched lately; null when nobody was. */
  estimated_seconds: number | null
  /** How many the rule keeps away, and when it keeps away fewer; null: never. */
  rules: {
    rule: string
    excludes: number
    limit: number | null
    widens_in_seconds: number | null
  }[]
}

/** What `matchmaking.on` can listen to. */
export interface MatchmakingEvents {
  match_found: [match: Match]
  /**
   * The player waits; `resumed` when the queue was joined again after a lost connection. Also when somebody else has
   * queued the player: the leader of the party, or the studio's server.
   */
  queue_joined: [queue: { ticket_id: string; resumed: boolean }]
  /**
   * The player waits no longer: left, put out (`reason`: cancelled, timed_out, declined, replaced), or (with `error`)
   * not let in again after a lost connection.
   */
  queue_left: [queue: { error?: AeThexError; reason?: string }]
  /** Every few seconds while the player waits. */
  queue_update: [update: QueueUpdate]
  /** A match that all of its players have to `accept` within so many seconds. */
  match_proposed: [proposal: { match_id: string; players: number; accept_seconds: number }]
  match_progress: [progress: { match_id: string; accepted: number; players: number }]
  /** Not everybody accepted. `requeued`: the player is back in the queue, at the old place. */
  match_cancelled: [match: { match_id: string; requeued: boolean }]
  /** Free seats that this player offered are taken: everybody who may be in the room now. */
  backfill_found: [match: Match]
  backfill_stopped: [offer: { reason?: string }]
}
