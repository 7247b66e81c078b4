import { Reply } from '@aethex/shared/http'
import { route } from '../../gateway/context.js'
import { askedLanguage } from './asked-language.js'
import { deviceTokensIn } from './known-devices.js'
import {
  Anonymous,
  Jwks,
  Login,
  Refresh,
  Refreshed,
  Register,
  Registered,
  SignedIn,
} from './schema.js'
import { listPublicKeys, login, logout, refreshSession, register, signInDevice } from './service.js'
import { sessionRoutes } from './session-routes.js'

const newAccounts = { name: 'register', quota: 600, windowSeconds: 600 }

export const authRoutes = [
  route({
    id: 'auth.register',
    method: 'post',
    path: '/api/v1/auth/register',
    summary:
      'Makes an account with e-mail and password, and signs it in. Where the studio wants addresses proven first, answers everybody 202, and the letter finishes it.',
    auth: ['client'],
    body: Register,
    example: { email: 'ada@example.com', password: 'correct horse battery', username: 'Ada' },
    status: 201,
    returns: Registered,
    errors: [
      'email_taken',
      'username_taken',
      'policy_acceptance_required',
      'policy_outdated',
      'age_required',
      'age_answered',
      'parental_consent_required',
      'busy',
    ],
    budget: newAccounts,
    handle: async (ctx, { body, headers }) => {
      const answer = await register(ctx, body, askedLanguage(headers))
      return new Reply(answer, { status: 'status' in answer ? 202 : 201 })
    },
  }),
  route({
    id: 'auth.login',
    method: 'post',
    path: '/api/v1/auth/login',
    summary:
      'Signs in with e-mail and password; with the X-Device-Token of an earlier sign-in strangers cannot lock it out.',
    auth: ['client'],
    body: Login,
    example: { email: 'ada@example.com', password: 'correct horse battery' },
    returns: SignedIn,
    errors: ['invalid_credentials', 'second_factor_required', 'busy'],
    handle: (ctx, { body, headers }) => login(ctx, body, deviceTokensIn(headers)),
  }),
  route({
    id: 'auth.anonymous',
    method: 'post',
    path: '/api/v1/auth/anonymous',
    summary: 'Signs in the guest of a device; the first time, makes one.',
    auth: ['client'],
    body: Anonymous,
    example: { device_secret: 'a-secret-that-this-device-minted-once' },
    status: 201,
    returns: SignedIn,
    errors: ['second_factor_required', 'busy'],
    budget: newAccounts,
    handle: async (ctx, { body }) => {
      const { created, ...signedIn } = await signInDevice(
        ctx,
        body.device_secret,
        body.captcha_token,
      )
      return new Reply(signedIn, { status: created ? 201 : 200 })
    },
  }),
  route({
    id: 'auth.refresh',
    method: 'post',
    path: '/api/v1/auth/refresh',
    summary: 'Trades a refresh token for a new pair of tokens.',
    auth: ['client'],
    body: Refresh,
    example: { refresh_token: 'rt_…' },
    returns: Refreshed,
    errors: ['token_invalid', 'token_reused', 'session_ended'],
    handle: (ctx, { body }) => refreshSession(ctx, body.refresh_token),
  }),
  route({
    id: 'auth.logout',
    method: 'post',
    path: '/api/v1/auth/logout',
    summary: 'Ends the session: its tokens and its sockets.',
    auth: ['player'],
    handle: ctx => logout(ctx),
  }),
  ...sessionRoutes,
  route({
    id: 'auth.jwks',
    method: 'get',
    path: '/.well-known/jwks.json',
    summary: 'The public keys that verify access tokens.',
    auth: ['public'],
    returns: Jwks,
    handle: async ctx =>
      new Reply(await listPublicKeys(ctx), { headers: { 'cache-control': 'public, max-age=300' } }),
  }),
]
