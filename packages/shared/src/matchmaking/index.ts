export { assertAdmissible, mostTogether } from './admission.js'
export { Explanation, explain } from './explain.js'
export {
  type MatchPlayer,
  MatchRecord,
  matchRecordSeconds,
  parseMatch,
} from './match-record.js'
export { openMode, openQueueName, pointsPerSecond, readOpenName, widened } from './open-modes.js'
export {
  copiedVersions,
  copyQueueSettings,
  listRestQueues,
  markRestQueue,
  readQueueSettings,
} from './queue-copies.js'
export {
  capacityOf,
  fewestOf,
  mostPlayers,
  Name,
  QueueRules,
  QueueSettings,
  type Team,
} from './queue-rules.js'
export { brokenRule, type Candidate, type CompiledQueue, compileQueue, type Rule } from './rules.js'
export { toldChannel } from './ticket-scripts.js'
export {
  answerProposal,
  type Commit,
  cancel,
  commitMatch,
  enqueue,
  estimateWait,
  holdLease,
  listWaiting,
  matchRecordKey,
  type NewTicket,
  type Queue,
  type QueueEvent,
  type Roster,
  readRecording,
  readRoster,
  readTicket,
  readWishes,
  refresh,
  releaseLease,
  renewMatch,
  restoreMatch,
  roomHolder,
  type StoredTicket,
  settle,
  type TicketOf,
  type TicketState,
  tellQueued,
  ticketKey,
} from './ticket-store.js'
export { Told } from './told.js'
export {
  Attributes,
  amount,
  Latencies,
  NumberRange,
  Opening,
  PlayerTraits,
  Ranges,
  Seat,
  SeekingPlayer,
  TicketWish,
  type WaitingTicket,
} from './wish.js'
