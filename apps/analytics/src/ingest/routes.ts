import { route } from '../context.js'
import { Accepted, EventBatch } from './schema.js'
import { acceptEvents } from './service.js'

export const ingestRoutes = [
  route({
    id: 'analytics.ingest',
    method: 'post',
    path: '/api/v1/analytics/events',
    summary: 'Takes a batch of events; 202 means they are durable and will be stored exactly once.',
    auth: ['player', 'server'],
    scope: 'analytics:write',
    body: EventBatch,
    example: {
      events: [
        {
          event_id: '0198c5a2-6f1e-7c3a-9d55-0242ac120002',
          name: 'level.finished',
          time: '2026-01-31T12:00:00.000Z',
          properties: { level: 3, seconds: 41.5, perks: ['shield'] },
        },
      ],
    },
    bodyLimit: 1_048_576,
    status: 202,
    returns: Accepted,
    errors: ['consent_required', 'unavailable', 'busy'],
    handle: (ctx, { body }) => acceptEvents(ctx, body.events),
  }),
]
