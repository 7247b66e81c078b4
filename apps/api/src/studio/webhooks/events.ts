/** What studios can be told of, and what an event says: ids and facts, never a secret. Past tense. */
export interface WebhookEvents {
  'player.registered': { player_id: string; method: string }
  'player.banned': { player_id: string; reason: string; ends_at: string | null }
  'player.merged': { player_id: string; merged_player_id: string }
  'player.erased': { player_id: string; receipt_id: string }
  'session.stolen': { player_id: string; session_id: string }
  'usage.limit_reached': { limit: string; used: number; allowed: number }
}

export type WebhookEventType = keyof WebhookEvents
