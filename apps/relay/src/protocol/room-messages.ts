import { z } from 'zod'
import { id, PlayerState, player, playerId, RoomId, replyTo } from './atoms.js'
import { LobbyView } from './lobby-messages.js'

export const Channel = z.literal('room')

const count = z.int().min(0)
const ref = z.int().min(0).optional().describe('what the member is called in frames of states')

const Member = z.strictObject({
  ...player,
  state: PlayerState.nullable().describe('the last state; null before the first'),
  ref,
  away: z.literal(true).optional().describe('its connection dropped; its seat is kept for a while'),
})

const Thing = z
  .strictObject({ key: z.string(), ref: z.int(), state: PlayerState })
  .describe('something that belongs to the room and to no player')

/** What those are shown who have said hello; the fields are absent for others. */
const view = {
  room_id: RoomId,
  members: z.array(Member).describe('everyone in the room, the one who joined included'),
  things: z.array(Thing).optional(),
  lobby: LobbyView.optional().describe('of a room that was made by a player or a studio'),
  epoch: z.int().optional().describe('rises whenever another node takes the room over'),
  seq: z.int().optional().describe('the number of the last message of the room'),
  own_seq: z.int().optional().describe('the number of the last message to this member alone'),
  tick: z.int().optional().describe('of the states shown here'),
  state_schema: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('how states travel that are declared; in MessagePack they may be bytes'),
  tick_ms: z.int().optional().describe('how often frames leave the room'),
  mark: z.int().optional().describe('names this seat in datagrams'),
  resume_token: z.string().optional().describe('for `resume`; a secret of this member'),
}

/** Messages of a room are numbered, without gaps, for those who have said hello. */
const seq = z.int().optional().describe('rises by one with every message of the room')
const ownSeq = z.int().optional().describe('rises by one with every message to this member alone')

/** Being together in a room. */
export const roomMessages = {
  client: {
    join_room: z.strictObject({
      type: z.literal('join_room'),
      id,
      room_id: RoomId,
      code: z.string().max(32).optional().describe('of a private room'),
      team: z.string().max(32).optional().describe('one of the room’s'),
    }),
    resume: z
      .strictObject({
        type: z.literal('resume'),
        id,
        room_id: RoomId,
        resume_token: z.string().min(1).max(64),
        seq: count.describe('the last one seen'),
        own_seq: count.describe('the last one seen'),
      })
      .describe(
        'Back to the seat that a dropped connection left: `resumed` when nothing is missing, else `gap`.',
      ),
    leave_room: z.strictObject({ type: z.literal('leave_room'), id }),
    get_snapshot: z
      .strictObject({ type: z.literal('get_snapshot'), id })
      .describe('Asks for the room as it is, whole: answered with `snapshot`.'),
    player_state_update: z
      .strictObject({
        type: z.literal('player_state_update'),
        id,
        state: PlayerState.describe('what has changed, or everything'),
        removed: z.array(z.string().max(64)).max(256).optional(),
      })
      .describe('Each field stays until it is overwritten or removed.'),
    send_message: z
      .strictObject({
        type: z.literal('send_message'),
        id,
        channel: Channel,
        data: z.unknown(),
      })
      .describe('With an id it is acknowledged, and not taken twice.'),
  },
  server: {
    room_joined: z.strictObject({ type: z.literal('room_joined'), reply_to: replyTo, ...view }),
    resumed: z
      .strictObject({
        type: z.literal('resumed'),
        reply_to: replyTo,
        ...view,
        last_id: z.int().optional().describe('the last message of this member that was taken'),
      })
      .describe('Comes after all that was missed: nothing is lost, nothing came twice.'),
    gap: z
      .strictObject({ type: z.literal('gap'), reply_to: replyTo, ...view })
      .describe('Messages were missed that nobody keeps any more. This is the room as it is now.'),
    snapshot: z.strictObject({ type: z.literal('snapshot'), reply_to: replyTo, ...view }),
    degraded: z
      .strictObject({ type: z.literal('degraded'), room_id: RoomId, degraded: z.boolean() })
      .describe(
        'The node cannot be sure that the room is its own, or is again: nobody can join meanwhile.',
      ),
    room_left: z
      .strictObject({
        type: z.literal('room_left'),
        reply_to: replyTo,
        room_id: RoomId,
        reason: z
          .enum(['kicked', 'banned', 'closed'])
          .optional()
          .describe('why the member was put out; absent where nobody did that on purpose'),
      })
      .describe(
        'Without reply_to: put out, or the same player joined this room from another socket.',
      ),
    player_joined: z.strictObject({
      type: z.literal('player_joined'),
      room_id: RoomId,
      ...player,
      ref,
      seq,
    }),
    player_left: z.strictObject({
      type: z.literal('player_left'),
      room_id: RoomId,
      player_id: playerId,
      seq,
    }),
    player_away: z
      .strictObject({
        type: z.literal('player_away'),
        room_id: RoomId,
        player_id: playerId,
        away: z.boolean(),
        seq,
      })
      .describe('The connection of a member dropped, or is back.'),
    state_update: z
      .strictObject({
        type: z.literal('state_update'),
        player_id: playerId,
        state: PlayerState,
        seq: z.int().describe('rises with every state update of the room, by whomever'),
      })
      .describe('For those who have not said hello; others get frames of states.'),
    message: z.strictObject({
      type: z.literal('message'),
      channel: Channel,
      from: playerId.nullable().describe('null: the room itself'),
      data: z.unknown(),
      seq,
      own_seq: ownSeq,
    }),
  },
}

/** A change of one thing: fields; fields, those removed, and the key of something new; or null when it is gone. */
export const StateChange = z.union([
  z.instanceof(Uint8Array),
  PlayerState,
  z.tuple([PlayerState, z.array(z.string())]),
  z.tuple([PlayerState, z.array(z.string()), z.string()]),
  z.null(),
])

/** `[tick, ref, change, ref, change, …]` */
export const States = z.tuple([z.int()], z.union([z.int(), StateChange]))
export type States = z.output<typeof States>

/**
 * In MessagePack a whole frame that is nothing but bytes (bin 8 or bin 16) is the sender's state, packed as the room
 * declares it. It says the same as `player_state_update`.
 */
export interface PackedStateUpdate {
  type: 'player_state_update'
  id?: undefined
  packed: Uint8Array
}
