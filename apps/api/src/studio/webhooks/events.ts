import { z } from 'zod'

/**
 * What studios can be told of, and what an event says: ids and facts, never a secret. Names are past tense.
 * The documents and the types of `tellStudio` come from this table.
 */
export const webhookEvents = {
  'player.registered': z.object({ player_id: z.uuid() }),
  'player.banned': z.object({
    player_id: z.uuid(),
    reason: z.string(),
    ends_at: z.iso.datetime().nullable(),
  }),
  'player.merged': z.object({ player_id: z.uuid(), merged_player_id: z.uuid() }),
  'player.erased': z.object({ player_id: z.uuid(), receipt_id: z.uuid() }),
  'save.written': z.object({
    player_id: z.uuid(),
    save_id: z.string(),
    version: z.int(),
    /** SHA-256 of the plain bytes, in hexadecimal; null when deleted. */
    hash: z.string().nullable(),
    size: z.int(),
    deleted: z.boolean(),
  }),
  'session.stolen': z.object({ player_id: z.uuid(), session_id: z.uuid() }),
  'key.exposed': z.object({ key_id: z.uuid(), origin: z.string() }),
  'usage.limit_reached': z.object({ limit: z.string(), used: z.int(), allowed: z.int() }),
  'chat.message': z.object({
    channel: z.string(),
    number: z.int(),
    player_id: z.uuid(),
    text: z.string(),
  }),
  'chat.reported': z.object({
    report_id: z.uuid(),
    channel: z.string(),
    number: z.int(),
    player_id: z.uuid(),
    /** Null when the word filter reported. */
    reporter_id: z.uuid().nullable(),
    reason: z.string(),
  }),
  'webhook.test': z.object({ endpoint_id: z.uuid() }),
}

export type WebhookEventType = keyof typeof webhookEvents
export type WebhookEvents = { [T in WebhookEventType]: z.output<(typeof webhookEvents)[T]> }

export const webhookEventTypes = Object.keys(webhookEvents) as WebhookEventType[]
