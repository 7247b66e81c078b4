import { z } from 'zod'

/** A number of the client's own choosing; the answer carries it as `reply_to`. */
const id = z.int().optional()
const name = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'is 1 to 64 letters, digits, _ or -')
const skill = z.number().min(-1e9).max(1e9)

/** What a player shows of itself: any JSON object. */
export const PlayerState = z.record(z.string(), z.unknown())
export const RoomId = name
export const Channel = z.literal('room')
export const maxMembers = 100

/** Every message a client may send, by its type. Unknown fields are refused. */
export const clientMessages = {
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
  join_queue: z.strictObject({
    type: z.literal('join_queue'),
    id,
    mode: name,
    region: name,
    skill_range: z
      .tuple([skill, skill])
      .refine(([low, high]) => low <= high, 'ends below where it begins'),
    players: z.int().min(2).max(maxMembers).default(2),
  }),
  leave_queue: z.strictObject({ type: z.literal('leave_queue'), id }),
  ping: z.strictObject({ type: z.literal('ping'), id }),
}

/** Client → server. */
export const ClientMessage = z.discriminatedUnion('type', [
  clientMessages.join_room,
  clientMessages.leave_room,
  clientMessages.player_state_update,
  clientMessages.send_message,
  clientMessages.join_queue,
  clientMessages.leave_queue,
  clientMessages.ping,
])
export type ClientMessage = z.output<typeof ClientMessage>
export type ClientMessageOf<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>
export type PlayerState = z.output<typeof PlayerState>
