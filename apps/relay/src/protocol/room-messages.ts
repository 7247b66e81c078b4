import { z } from 'zod'
import { id, PlayerState, player, playerId, RoomId, replyTo } from './atoms.js'

export const Channel = z.literal('room')

const Member = z.strictObject({
  ...player,
  state: PlayerState.nullable().describe('the last state; null before the first'),
})

/** Being together in a room. */
export const roomMessages = {
  client: {
    join_room: z.strictObject({ type: z.literal('join_room'), id, room_id: RoomId }),
    leave_room: z.strictObject({ type: z.literal('leave_room'), id }),
    player_state_update: z.strictObject({
      type: z.literal('player_state_update'),
      id,
      state: PlayerState,
    }),
    send_message: z.strictObject({
      type: z.literal('send_message'),
      id,
      channel: Channel,
      data: z.unknown(),
    }),
  },
  server: {
    room_joined: z.strictObject({
      type: z.literal('room_joined'),
      reply_to: replyTo,
      room_id: RoomId,
      members: z.array(Member).describe('everyone in the room, the one who joined included'),
    }),
    room_left: z
      .strictObject({ type: z.literal('room_left'), reply_to: replyTo, room_id: RoomId })
      .describe('Without reply_to: the same player joined this room from another socket.'),
    player_joined: z.strictObject({ type: z.literal('player_joined'), room_id: RoomId, ...player }),
    player_left: z.strictObject({
      type: z.literal('player_left'),
      room_id: RoomId,
      player_id: playerId,
    }),
    state_update: z.strictObject({
      type: z.literal('state_update'),
      player_id: playerId,
      state: PlayerState,
      seq: z.int().describe('rises with every state update of the room, by whomever'),
    }),
    message: z.strictObject({
      type: z.literal('message'),
      channel: Channel,
      from: playerId,
      data: z.unknown(),
    }),
  },
}
