import type { ActionsFor } from '../delivery/action.js'
import type { queueMessages } from '../protocol/queue-messages.js'
import type { Matchmaking } from './matchmaking.js'

/** What players ask of matchmaking. */
export const createQueueActions = (
  matchmaking: Matchmaking,
): ActionsFor<keyof typeof queueMessages.client> => ({
  join_queue: (from, message) => matchmaking.join(from, message),
  leave_queue: (from, message) => matchmaking.leave(from, message),
})
