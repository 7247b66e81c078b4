import { route } from '../../gateway/context.js'
import {
  InEnvironment,
  OneProvider,
  ProviderAnswer,
  ProviderInput,
  ProviderList,
} from './schema.js'
import { deleteProvider, getProvider, listProviders, putProvider } from './service.js'

const path = '/api/v1/studio/environments/:environment_id/auth/providers'

/** For studios: which providers sign their players in. */
export const authProviderRoutes = [
  route({
    id: 'auth_providers.list',
    method: 'get',
    path,
    summary: 'The sign-in providers of an environment, without their secrets.',
    auth: ['member', 'server'],
    scope: 'settings:read',
    params: InEnvironment,
    returns: ProviderList,
    errors: ['not_found'],
    handle: (ctx, { params }) => listProviders(ctx, params.environment_id),
  }),
  route({
    id: 'auth_providers.read',
    method: 'get',
    path: `${path}/:provider`,
    summary: 'One sign-in provider, without its secret.',
    auth: ['member', 'server'],
    scope: 'settings:read',
    params: OneProvider,
    returns: ProviderAnswer,
    errors: ['not_found'],
    handle: (ctx, { params }) => getProvider(ctx, params.environment_id, params.provider),
  }),
  route({
    id: 'auth_providers.write',
    method: 'put',
    path: `${path}/:provider`,
    summary: 'Sets a sign-in provider up: google, github, discord, or an issuer of your own.',
    auth: ['member', 'server'],
    scope: 'settings:write',
    params: OneProvider,
    body: ProviderInput,
    example: { client_id: '1234.apps.example.com', client_secret: 'what the provider gave you' },
    returns: ProviderAnswer,
    errors: ['not_found'],
    handle: (ctx, { params, body }) =>
      putProvider(ctx, params.environment_id, params.provider, body),
  }),
  route({
    id: 'auth_providers.delete',
    method: 'delete',
    path: `${path}/:provider`,
    summary: 'Takes a sign-in provider away. Players whom it has signed in keep their accounts.',
    auth: ['member', 'server'],
    scope: 'settings:write',
    params: OneProvider,
    errors: ['not_found'],
    handle: (ctx, { params }) => deleteProvider(ctx, params.environment_id, params.provider),
  }),
]
