import { route } from '../../gateway/context.js'
import { Introspect, Introspection, NewSession, SessionMade } from './schema.js'
import { introspect, mintSession } from './service.js'

export const tokenRoutes = [
  route({
    id: 'tokens.introspect',
    method: 'post',
    path: '/api/v1/tokens/introspect',
    summary: 'Tells whether a player token is good at this moment, and whose it is (RFC 7662).',
    auth: ['server'],
    scope: 'tokens:write',
    body: Introspect,
    example: { token: 'eyJ…' },
    returns: Introspection,
    handle: (ctx, { body }) => introspect(ctx, body.token),
  }),
  route({
    id: 'tokens.create',
    method: 'post',
    path: '/api/v1/tokens',
    summary: "Signs a player in on behalf of the studio's own server, which vouches for them.",
    auth: ['server'],
    scope: 'tokens:write',
    body: NewSession,
    example: { user_id: '01890000-0000-7000-8000-000000000000' },
    status: 201,
    returns: SessionMade,
    errors: ['not_found', 'account_banned', 'second_factor_required'],
    handle: (ctx, { body }) => mintSession(ctx, body.user_id),
  }),
]
