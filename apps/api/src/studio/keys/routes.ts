import { route } from '../../gateway/context.js'
import { Page } from '../../gateway/shapes.js'
import {
  InEnvironment,
  KeyAnswer,
  KeyChange,
  KeyList,
  KeyMade,
  NewKey,
  OneKey,
  Rotation,
} from './schema.js'
import { createKey, listKeys, revokeKey, rotateKey, writeKey } from './service.js'

const all = '/api/v1/studio/environments/:environment_id/keys'

export const keyRoutes = [
  route({
    id: 'keys.create',
    method: 'post',
    path: all,
    summary: 'Makes an API key. It is shown in this answer and never again.',
    auth: ['member'],
    scope: 'keys:write',
    params: InEnvironment,
    body: NewKey,
    example: { kind: 'secret', name: 'Score server', scopes: ['leaderboards:write'] },
    status: 201,
    returns: KeyMade,
    errors: ['not_found', 'forbidden', 'limit_reached'],
    handle: (ctx, { params, body }) => createKey(ctx, params.environment_id, body),
  }),
  route({
    id: 'keys.list',
    method: 'get',
    path: all,
    summary: 'The keys of an environment, newest first, revoked ones included.',
    auth: ['member'],
    scope: 'keys:read',
    params: InEnvironment,
    query: Page,
    returns: KeyList,
    errors: ['not_found', 'invalid_cursor'],
    handle: (ctx, { params, query }) => listKeys(ctx, params.environment_id, query),
  }),
  route({
    id: 'keys.write',
    method: 'patch',
    path: `${all}/:key_id`,
    summary: 'Renames a key, or changes where and until when it works, everywhere within a second.',
    auth: ['member'],
    scope: 'keys:write',
    params: OneKey,
    body: KeyChange,
    example: { name: 'Score server' },
    returns: KeyAnswer,
    errors: ['not_found'],
    handle: (ctx, { params, body }) => writeKey(ctx, params.environment_id, params.key_id, body),
  }),
  route({
    id: 'keys.rotate',
    method: 'post',
    path: `${all}/:key_id/rotate`,
    summary:
      'Makes a new key like this one, shown once; the old one works until the overlap is over.',
    auth: ['member'],
    scope: 'keys:write',
    params: OneKey,
    body: Rotation,
    example: { overlap_seconds: 86_400 },
    status: 201,
    returns: KeyMade,
    errors: ['not_found', 'forbidden', 'limit_reached'],
    handle: (ctx, { params, body }) =>
      rotateKey(ctx, params.environment_id, params.key_id, body.overlap_seconds),
  }),
  route({
    id: 'keys.revoke',
    method: 'delete',
    path: `${all}/:key_id`,
    summary: 'Revokes a key everywhere within a second.',
    auth: ['member'],
    scope: 'keys:write',
    params: OneKey,
    errors: ['not_found'],
    handle: (ctx, { params }) => revokeKey(ctx, params.environment_id, params.key_id),
  }),
]
