import { route } from '../../gateway/context.js'
import { InEnvironment, KeyList, KeyMade, NewKey, OneKey } from './schema.js'
import { createKey, listKeys, revokeKey } from './service.js'

export const keyRoutes = [
  route({
    id: 'keys.create',
    method: 'post',
    path: '/api/v1/studio/environments/:environment_id/keys',
    summary: 'Makes an API key. It is shown in this answer and never again.',
    auth: ['member'],
    scope: 'keys:write',
    params: InEnvironment,
    body: NewKey,
    example: { kind: 'secret', name: 'Score server', scopes: ['leaderboards:write'] },
    status: 201,
    returns: KeyMade,
    errors: ['not_found'],
    handle: (ctx, { params, body }) => createKey(ctx, params.environment_id, body),
  }),
  route({
    id: 'keys.list',
    method: 'get',
    path: '/api/v1/studio/environments/:environment_id/keys',
    summary: 'The keys of an environment, newest first, revoked ones included.',
    auth: ['member'],
    scope: 'keys:read',
    params: InEnvironment,
    returns: KeyList,
    errors: ['not_found'],
    handle: (ctx, { params }) => listKeys(ctx, params.environment_id),
  }),
  route({
    id: 'keys.revoke',
    method: 'delete',
    path: '/api/v1/studio/environments/:environment_id/keys/:key_id',
    summary: 'Revokes a key everywhere within a second.',
    auth: ['member'],
    scope: 'keys:write',
    params: OneKey,
    errors: ['not_found'],
    handle: (ctx, { params }) => revokeKey(ctx, params.environment_id, params.key_id),
  }),
]
