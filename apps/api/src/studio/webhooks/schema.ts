import { z } from 'zod'
import { Id, Page, text } from '../../gateway/shapes.js'
import { type WebhookEventType, webhookEventTypes } from './events.js'

const EventType = z.enum(webhookEventTypes as [WebhookEventType, ...WebhookEventType[]])

export const WebhookEndpoint = z
  .object({
    id: z.uuid(),
    url: z.string(),
    description: z.string(),
    /** Empty for all. */
    events: z.array(z.string()),
    enabled: z.boolean(),
    /** `gone` after a 410, `failing` after three days without success. */
    disabled_reason: z.string().nullable(),
    failing_since: z.iso.datetime().nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'WebhookEndpoint' })

export const WebhookDelivery = z
  .object({
    event_id: z.uuid(),
    type: z.string(),
    state: z.enum(['pending', 'delivered', 'dead']),
    attempts: z.int(),
    due_at: z.iso.datetime(),
    last_attempt_at: z.iso.datetime().nullable(),
    last_status: z.int().nullable(),
    last_error: z.string().nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'WebhookDelivery' })

export const InEnvironment = z.strictObject({ environment_id: Id })
export const OneEndpoint = z.strictObject({ environment_id: Id, endpoint_id: Id })
export const OneDelivery = OneEndpoint.extend({ event_id: Id })

const url = z.url({ protocol: /^https?$/ }).max(2_048)
const events = z.array(EventType).max(webhookEventTypes.length)

export const NewEndpoint = z.strictObject({
  url,
  description: text(0, 200).default(''),
  /** Left out or empty: all, those of later versions included. */
  events: events.default([]),
})
export const EndpointChange = z.strictObject({
  url: url.optional(),
  description: text(0, 200).optional(),
  events: events.optional(),
  enabled: z.boolean().optional(),
})
export const Rotation = z.strictObject({
  /** How long the old secret signs beside the new one. */
  overlap_seconds: z.int().min(0).max(604_800).default(86_400),
})
export const DeliveryQuery = Page.extend({
  state: z.enum(['pending', 'delivered', 'dead']).optional(),
})

export const EndpointAnswer = z.object({ endpoint: WebhookEndpoint })
/** The secret is shown here and never again. */
export const EndpointMade = z.object({ endpoint: WebhookEndpoint, secret: z.string() })
export const SecretMade = z.object({ secret: z.string() })
export const EndpointList = z.object({ items: z.array(WebhookEndpoint), next_cursor: z.null() })
export const DeliveryList = z.object({
  items: z.array(WebhookDelivery),
  next_cursor: z.string().nullable(),
})
export const Replayed = z.object({ replayed: z.int() })
export const EventSent = z.object({ event_id: z.uuid() })
