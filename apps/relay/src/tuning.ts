/** What a node grants and how often it looks. Tests start nodes with other figures. */
export const defaultTuning = {
  /** A socket that did not answer the ping before is cut: gone within two of these. */
  heartbeatMs: 15_000,
  /** Above 60, or a game that sends every frame of a 60 Hz screen would be cut in the end. */
  messagesPerSecond: 80,
  messageBurst: 160,
  /** Of one address; many players may share one behind a provider's gateway. */
  handshakesPerTenSeconds: 1_000,
  socketsPerAccount: 4,
  /** State updates are dropped for a reader that has more than this waiting. */
  dropStatesAboveBytes: 256 * 1024,
  /** A reader that has more than this waiting is cut. */
  closeAboveBytes: 1024 * 1024,
  announceMs: 2_000,
  renewRoomsMs: 5_000,
  refreshTicketsMs: 2_000,
  matchRoundMs: 250,
}

export type Tuning = typeof defaultTuning
