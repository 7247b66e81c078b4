import type { ClientMessage, ServerMessage } from '../generated/messages.js'

type View = Extract<ServerMessage, { type: 'room_updated' }>

/** How a room stands that was made by a player or a studio: its host, its teams, who is ready, its door. */
export type Lobby = Omit<View, 'type' | 'room_id' | 'seq'>

/** What the host changes; what is left out stays. */
export type RoomChanges = Omit<Extract<ClientMessage, { type: 'set_room' }>, 'type' | 'id'>

/** An invitation to a room, which lets the player in without a code. */
export type RoomInvitation = Omit<Extract<ServerMessage, { type: 'room_invited' }>, 'type'>

/** The lobby of a view, or of what was heard. */
export const lobbyOf = ({ type: _type, room_id: _room, seq: _seq, ...lobby }: View): Lobby => lobby
