import { Attributes, Explanation, Latencies, NumberRange, Ranges } from '@aethex/shared/matchmaking'
import { z } from 'zod'
import { id, maxMembers, name, player, RoomId, replyTo } from './atoms.js'

const matchId = z.uuid()

const SeatedPlayer = z.strictObject({
  ...player,
  team: z.string().optional().describe('of a declared queue: the team'),
  role: z.string().optional(),
  seat: z.int().optional().describe('counts from 0 within the team'),
})

/** Waiting for a match. */
export const queueMessages = {
  client: {
    join_queue: z
      .strictObject({
        type: z.literal('join_queue'),
        id,
        mode: name.describe('the name of a declared queue, or any other'),
        region: name
          .optional()
          .describe('needed in modes that no queue declares, or when no latencies are given'),
        skill_range: NumberRange.optional().describe('needed in modes that no queue declares'),
        players: z
          .int()
          .min(2)
          .max(maxMembers)
          .default(2)
          .describe('of a mode that no queue declares'),
        attributes: Attributes.optional(),
        ranges: Ranges.optional(),
        latencies_ms: Latencies.optional(),
        roles: z.array(name).max(16).optional(),
      })
      .describe('Parties queue by POST /api/v1/matchmaking/tickets.'),
    leave_queue: z.strictObject({ type: z.literal('leave_queue'), id }),
    explain_queue: z
      .strictObject({ type: z.literal('explain_queue'), id })
      .describe(
        'Asks for a queue_update now. A socket that comes back hears of its ticket again by this.',
      ),
    accept_match: z.strictObject({ type: z.literal('accept_match'), id, match_id: matchId }),
    decline_match: z.strictObject({ type: z.literal('decline_match'), id, match_id: matchId }),
    offer_backfill: z
      .strictObject({ type: z.literal('offer_backfill'), id })
      .describe('Offers the free seats of the match whose room the player is in.'),
    stop_backfill: z.strictObject({ type: z.literal('stop_backfill'), id }),
  },
  server: {
    queue_joined: z
      .strictObject({
        type: z.literal('queue_joined'),
        reply_to: replyTo,
        ticket_id: z.uuid(),
        mode: z.string().optional(),
      })
      .describe('Without reply_to: somebody queued the player, such as the leader of the party.'),
    queue_left: z
      .strictObject({
        type: z.literal('queue_left'),
        reply_to: replyTo,
        reason: z.string().optional().describe('cancelled, timed_out, declined or replaced'),
      })
      .describe('Without reply_to: not asked for by this socket.'),
    queue_update: z
      .strictObject({
        type: z.literal('queue_update'),
        reply_to: replyTo,
        ticket_id: z.uuid(),
        mode: z.string(),
        state: z.enum(['queued', 'proposed']),
        ...Explanation.shape,
      })
      .describe('Every few seconds while the player waits: why, and when a rule will give way.'),
    match_proposed: z
      .strictObject({
        type: z.literal('match_proposed'),
        match_id: matchId,
        players: z.int(),
        accept_seconds: z.number(),
      })
      .describe('Answer it by accept_match or decline_match.'),
    match_progress: z.strictObject({
      type: z.literal('match_progress'),
      match_id: matchId,
      accepted: z.int(),
      players: z.int(),
    }),
    match_answered: z.strictObject({
      type: z.literal('match_answered'),
      reply_to: replyTo,
      match_id: matchId,
      accepted: z.boolean(),
    }),
    match_cancelled: z
      .strictObject({
        type: z.literal('match_cancelled'),
        match_id: matchId,
        requeued: z.boolean(),
      })
      .describe('Not everybody accepted. Who did is back in the queue, at the old place.'),
    match_found: z.strictObject({
      type: z.literal('match_found'),
      match_id: matchId,
      room_id: RoomId,
      region: z.string().optional(),
      players: z.array(SeatedPlayer),
    }),
    backfill_offered: z.strictObject({
      type: z.literal('backfill_offered'),
      reply_to: replyTo,
      ticket_id: z.uuid(),
      free_seats: z.int(),
    }),
    backfill_stopped: z.strictObject({
      type: z.literal('backfill_stopped'),
      reply_to: replyTo,
      reason: z.string().optional(),
    }),
    backfill_found: z
      .strictObject({
        type: z.literal('backfill_found'),
        match_id: matchId,
        room_id: RoomId,
        players: z.array(SeatedPlayer),
      })
      .describe('To the player who offered the seats: everybody who may be in the room now.'),
  },
}
