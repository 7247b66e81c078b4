import { z } from 'zod'
import { id, maxMembers, name, player, RoomId, replyTo } from './atoms.js'

const skill = z.number().min(-1e9).max(1e9)

/** Waiting for a match. */
export const queueMessages = {
  client: {
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
  },
  server: {
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
  },
}
