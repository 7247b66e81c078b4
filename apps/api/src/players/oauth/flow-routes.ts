import type { ErrorCode } from '@aethex/shared/errors'
import { route } from '../../gateway/context.js'
import {
  CallbackQuery,
  CodeTrade,
  CustomToken,
  OauthStart,
  OneCallback,
  OneFlow,
  OwnProvider,
  SignedIn,
  StartAnswer,
} from './schema.js'
import {
  finishFlow,
  sendToProvider,
  startOauth,
  tradeCode,
  tradeCustomToken,
  turnFormIntoPage,
} from './service.js'

const budget = { name: 'oauth', quota: 600, windowSeconds: 600 }

/** What may keep out a player who has proven who they are. */
const keptOut: ErrorCode[] = [
  'second_factor_required',
  'account_banned',
  'account_closed',
  'usage_limit_reached',
  'spend_cap_reached',
  'busy',
]

const failures: ErrorCode[] = [
  'provider_refused',
  'provider_unavailable',
  'provider_timeout',
  'identity_token_invalid',
]

const start = {
  method: 'post',
  auth: ['client'],
  body: OauthStart,
  example: {
    redirect_uri: 'https://game.example/signed-in',
    mode: 'redirect',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    state: 'what the game wants back',
  },
  returns: StartAnswer,
  errors: ['not_found', 'redirect_not_allowed', ...failures, ...keptOut],
  budget,
} as const

const wellKnown = (['google', 'github', 'discord'] as const).map(provider =>
  route({
    ...start,
    id: `oauth.${provider}`,
    path: `/api/v1/auth/oauth/${provider}`,
    summary: `Begins a sign-in with ${provider} in the browser, or trades a token of a native one.`,
    handle: (ctx, { body }) => startOauth(ctx, provider, body),
  }),
)

/** For games: signing in with an account elsewhere. */
export const flowRoutes = [
  ...wellKnown,
  route({
    ...start,
    id: 'oauth.oidc',
    path: '/api/v1/auth/oauth/oidc/:slug',
    summary: "The same with an OpenID Connect provider of the studio's own.",
    params: OwnProvider,
    handle: (ctx, { params, body }) => startOauth(ctx, `oidc:${params.slug}`, body),
  }),
  route({
    id: 'oauth.begin',
    method: 'get',
    path: '/api/v1/auth/oauth/begin/:flow_id',
    summary: "Sends the player's browser to the provider; the `authorization_url` leads here.",
    auth: ['public'],
    params: OneFlow,
    status: 302,
    answers: 'text/html; charset=utf-8',
    errors: ['sign_in_state_invalid'],
    handle: (ctx, { params }) => sendToProvider(ctx, params.flow_id),
  }),
  route({
    id: 'oauth.callback',
    method: 'get',
    path: '/api/v1/auth/oauth/callback/:provider',
    summary: 'Where the provider sends the player back to, and from where they go on to the game.',
    auth: ['public'],
    params: OneCallback,
    query: CallbackQuery,
    answers: 'text/html; charset=utf-8',
    errors: ['sign_in_state_invalid', 'not_found'],
    handle: (ctx, { params, query, headers }) =>
      finishFlow(ctx, params.provider, query, headers.cookie?.toString()),
  }),
  route({
    id: 'oauth.callback_form',
    method: 'post',
    path: '/api/v1/auth/oauth/callback/:provider',
    summary: 'The same for providers that answer with a form.',
    auth: ['public'],
    params: OneCallback,
    takes: ['application/x-www-form-urlencoded'],
    status: 303,
    answers: 'text/html; charset=utf-8',
    handle: (ctx, { params, bytes }) => turnFormIntoPage(ctx, params.provider, bytes),
  }),
  route({
    id: 'oauth.token',
    method: 'post',
    path: '/api/v1/auth/oauth/token',
    summary: 'Trades the code that the player came back with; a code is worth one try.',
    auth: ['client'],
    body: CodeTrade,
    example: {
      code: 'the code from the address',
      code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    },
    returns: SignedIn,
    errors: ['sign_in_code_invalid', 'sign_in_denied', ...failures, ...keptOut],
    budget,
    handle: (ctx, { body }) => tradeCode(ctx, body.code, body.code_verifier),
  }),
  route({
    id: 'auth.custom',
    method: 'post',
    path: '/api/v1/auth/custom',
    summary: "Signs in with a token that the studio's own servers have signed.",
    auth: ['client'],
    body: CustomToken,
    example: { token: 'a JWT of the studio' },
    returns: SignedIn,
    errors: [
      'not_found',
      'identity_token_invalid',
      'provider_unavailable',
      'provider_timeout',
      ...keptOut,
    ],
    budget,
    handle: (ctx, { body }) => tradeCustomToken(ctx, body.token),
  }),
]
