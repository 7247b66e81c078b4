import { route } from '../../gateway/context.js'
import { PresenceList, PresenceOf } from './schema.js'
import { listPresences } from './service.js'

export const presenceRoutes = [
  route({
    id: 'presence.read',
    method: 'get',
    path: '/api/v1/presence',
    summary: 'Who is there now: of friends for a player, of anybody for a server.',
    auth: ['player', 'server'],
    scope: 'players:read',
    query: PresenceOf,
    returns: PresenceList,
    errors: ['unavailable'],
    handle: (ctx, { query }) => listPresences(ctx, query.user_ids),
  }),
]
