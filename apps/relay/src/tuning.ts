/** What a node grants and how often it looks. Tests start nodes with other figures. */
export const defaultTuning = {
  /** A socket that did not answer the ping before is cut: gone within two of these. */
  heartbeatMs: 15_000,
  /** Above 60, or a game that sends every frame of a 60 Hz screen would be cut in the end. */
  messagesPerSecond: 80,
  messageBurst: 160,
  /** What members tell each other to meet directly, and what goes this way when they cannot. Of one socket. */
  signalsPerSecond: 60,
  signalBurst: 120,
  /** Of one address; many players may share one behind a provider's gateway. */
  handshakesPerTenSeconds: 1_000,
  socketsPerAccount: 4,
  /** Of one address; see above. */
  socketsPerAddress: 2_000,
  /** Every join may be a new room in Redis, and is told to all who are there. Of one socket. */
  joinsPerSecond: 2,
  joinBurst: 30,
  /** State updates are dropped for a reader that has more than this waiting. */
  dropStatesAboveBytes: 256 * 1024,
  /** A reader that has more than this waiting is cut. */
  closeAboveBytes: 1024 * 1024,
  /** Within this everything due to a member of a room leaves as one frame; 0 is at once. */
  roomTickMs: 50,
  /** How long the seat of a dropped connection is kept. */
  reconnectMs: 30_000,
  /** What the members of one room may be sent together; beyond it frames leave less often. */
  roomBytesPerSecond: 8 * 1024 * 1024,
  /** What the members of one room may say together. */
  roomMessagesPerSecond: 1_000,
  announceMs: 2_000,
  /** For how long a node's word for a player is believed; a node that dies takes its players with it by then. */
  presenceLeaseMs: 20_000,
  presenceRenewMs: 8_000,
  /** How often nodes look whether somebody's word has run out. */
  presenceCheckMs: 5_000,
  /** Whoever comes back within this was never gone. */
  presenceGraceMs: 3_000,
  /** How often nodes look who is in which room. */
  presenceRoomsMs: 1_000,
  /** Changes of those whom a socket watches leave together. */
  presenceCoalesceMs: 100,
  renewRoomsMs: 5_000,
  refreshTicketsMs: 2_000,
  matchRoundMs: 250,
  /** How often those who wait are told why. */
  explainQueuesMs: 5_000,
  /** For how long a copy of the declared queues is believed. */
  queueRulesMs: 1_000,
}

export type Tuning = typeof defaultTuning
