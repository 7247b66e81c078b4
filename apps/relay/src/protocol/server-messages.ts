import { type ErrorCode, errorCodes } from '@aethex/shared/errors'
import { z } from 'zod'
import { Channel, PlayerState, RoomId } from './client-messages.js'

const replyTo = z.int().optional().describe('the id of the message that this answers')
const playerId = z.uuid()
const player = { player_id: playerId, username: z.string() }

const Member = z.strictObject({
  ...player,
  state: PlayerState.nullable().describe('the last state; null before the first'),
})

/** Every message the server may send, by its type. */
export const serverMessages = {
  welcome: z
    .strictObject({
      type: z.literal('welcome'),
      ...player,
      node_id: z.uuid(),
      heartbeat_seconds: z.int().describe('how often the server pings'),
    })
    .describe('The first message on every socket.'),
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
  queue_joined: z.strictObject({
    type: z.literal('queue_joined'),
    reply_to: replyTo,
    ticket_id: z.uuid(),
  }),
  queue_left: z
    .strictObject({ type: z.literal('queue_left'), reply_to: replyTo })
    .describe('Without reply_to: the player left the queue by another socket.'),
  match_found: z.strictObject({
    type: z.literal('match_found'),
    match_id: z.uuid(),
    room_id: RoomId,
    players: z.array(z.strictObject(player)),
  }),
  save_written: z
    .strictObject({
      type: z.literal('save_written'),
      save_id: z.string(),
      version: z.int(),
      hash: z
        .string()
        .nullable()
        .describe('SHA-256 of the plain bytes, in hexadecimal; null when deleted'),
      device: z.string().nullable().describe('what the writing device calls itself'),
      deleted: z.boolean(),
    })
    .describe(
      'The player has a new version of a slot, by whichever device. A slow reader gets only the newest.',
    ),
  news_gap: z
    .strictObject({ type: z.literal('news_gap') })
    .describe('A `save_written` may have been lost before this; list the saves to be sure.'),
  pong: z.strictObject({
    type: z.literal('pong'),
    reply_to: replyTo,
    time: z.iso.datetime().describe('the server’s clock'),
  }),
  error: z.strictObject({
    type: z.literal('error'),
    reply_to: replyTo,
    code: z.enum(Object.keys(errorCodes) as ErrorCode[]),
    detail: z.string(),
  }),
}

/** Server → client. */
export const ServerMessage = z.discriminatedUnion('type', [
  serverMessages.welcome,
  serverMessages.room_joined,
  serverMessages.room_left,
  serverMessages.player_joined,
  serverMessages.player_left,
  serverMessages.state_update,
  serverMessages.message,
  serverMessages.queue_joined,
  serverMessages.queue_left,
  serverMessages.match_found,
  serverMessages.save_written,
  serverMessages.news_gap,
  serverMessages.pong,
  serverMessages.error,
])
export type ServerMessage = z.output<typeof ServerMessage>

/** The part of an answer that names the message it answers, when that had an id. */
export const replyingTo = ({ id }: { id?: number | undefined }) =>
  id === undefined ? {} : { reply_to: id }
