import { route } from '../../gateway/context.js'
import { IceServers } from './schema.js'
import { listIceServers } from './service.js'

export const iceRoutes = [
  route({
    id: 'realtime.ice_servers',
    method: 'post',
    path: '/api/v1/realtime/ice-servers',
    summary:
      'STUN and TURN servers for reaching other players directly, with credentials for an hour.',
    auth: ['player'],
    returns: IceServers,
    errors: ['rate_limited', 'unavailable'],
    handle: ctx => listIceServers(ctx),
  }),
]
