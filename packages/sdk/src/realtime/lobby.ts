import type { Emitter } from '../core/emitter.js'
import { AeThexError } from '../core/error.js'
import { attempt, type Result } from '../core/result.js'
import type { ClientMessage, ServerMessage } from '../generated/messages.js'
import type { MultiplayerEvents } from './events.js'
import type { Lobby, RoomChanges } from './lobby-view.js'
import type { Socket } from './socket.js'

/**
 * What members do in the lobby of their room; the others hear `room_updated`. Errors: `not_connected` (in no room),
 * `not_taken_here` (a room without a lobby), `forbidden` (for the host alone).
 */
export interface LobbyVerbs {
  setReady(ready: boolean): Promise<Result>
  /** One of the room's teams; null for none. Errors besides: `invalid_request`. */
  chooseTeam(team: string | null): Promise<Result>
  /** For the host. */
  setRoom(changes: RoomChanges): Promise<Result>
  /** For the host: somebody else has the say from now on. Errors besides: `player_not_in_room`. */
  setHost(playerId: string): Promise<Result>
  /** For the host: puts a member out, who comes back only by an invitation. */
  kick(playerId: string): Promise<Result>
  /** For the host: keeps a player out, member or not, for as long as there is the room. */
  ban(playerId: string): Promise<Result>
  /** For the host: a player who was kicked or banned may come again. */
  unban(playerId: string): Promise<Result>
  /** Lets a player in without a code; their devices hear `invited`. Errors besides: `not_found`, `room_forbidden`. */
  invite(playerId: string): Promise<Result>
  /** How the room stands; undefined in none, and in one without a lobby. */
  getLobby(): Lobby | undefined
}

export function createLobbyVerbs(
  socket: Socket,
  isInRoom: () => boolean,
  getLobby: () => Lobby | undefined,
): LobbyVerbs {
  const ask = (message: ClientMessage) =>
    attempt(async () => {
      if (!isInRoom()) throw new AeThexError('not_connected', 'The player is in no room.')
      await socket.request(message, 'ack')
      return {}
    })
  return {
    setReady: ready => ask({ type: 'set_ready', ready }),
    chooseTeam: team => ask({ type: 'choose_team', team }),
    setRoom: changes => ask({ type: 'set_room', ...changes }),
    setHost: player_id => ask({ type: 'set_host', player_id }),
    kick: player_id => ask({ type: 'kick', player_id }),
    ban: player_id => ask({ type: 'ban', player_id }),
    unban: player_id => ask({ type: 'unban', player_id }),
    invite: player_id => ask({ type: 'invite', player_id }),
    getLobby,
  }
}

/** Tells of invitations, whatever room the player is in. */
export function hearInvitation(events: Emitter<MultiplayerEvents>, message: ServerMessage): void {
  if (message.type !== 'room_invited') return
  const { type: _type, ...invitation } = message
  events.emit('invited', invitation)
}
