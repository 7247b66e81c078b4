import { z } from 'zod'
import { route } from '../context.js'
import { eraseEvents, exportEvents } from './service.js'

/** Between our own apps: the gateway lets no caller through to these. */
export const erasureRoutes = [
  route({
    id: 'analytics.erase',
    method: 'post',
    path: '/internal/erasures',
    summary: 'Deletes every event of a player; answers how many there were.',
    auth: ['server'],
    scope: 'privacy:write',
    body: z.strictObject({ player_id: z.uuid() }),
    example: { player_id: '01890000-0000-7000-8000-000000000000' },
    returns: z.object({ events: z.int() }),
    errors: ['unavailable', 'busy'],
    handle: (ctx, { body }) => eraseEvents(ctx, body.player_id),
  }),
  route({
    id: 'analytics.export',
    method: 'post',
    path: '/internal/exports',
    summary: 'One page of the events of a player, by the id of the event.',
    auth: ['server'],
    scope: 'privacy:read',
    body: z.strictObject({ player_id: z.uuid(), after: z.uuid().nullable() }),
    example: { player_id: '01890000-0000-7000-8000-000000000000', after: null },
    returns: z.object({ events: z.array(z.record(z.string(), z.unknown())) }),
    errors: ['unavailable'],
    handle: (ctx, { body }) => exportEvents(ctx, body.player_id, body.after),
  }),
]
