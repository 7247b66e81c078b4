import type { ActionsFor } from '../delivery/action.js'
import type { queueMessages } from '../protocol/queue-messages.js'
import type { Matchmaking } from './matchmaking.js'

/** What players ask of matchmaking. */
export const createQueueActions = (
  matchmaking: Matchmaking,
): ActionsFor<keyof typeof queueMessages.client> => ({
  join_queue: (from, message) => matchmaking.join(from, message),
  leave_queue: (from, message) => matchmaking.leave(from, message),
  explain_queue: (from, message) => matchmaking.explain(from, message),
  accept_match: (from, message) => matchmaking.answer(from, message),
  decline_match: (from, message) => matchmaking.answer(from, message),
  offer_backfill: (from, message) => matchmaking.backfill.offer(from, message),
  stop_backfill: (from, message) => matchmaking.backfill.stop(from, message),
})
