import { route } from '../../gateway/context.js'
import { accountRoutes } from './account-routes.js'
import { MemberLogin, MemberRefresh, MemberRefreshed, MemberSignedIn, SignUp } from './schema.js'
import { loginMember, logoutMember, refreshMemberSession, signUp } from './service.js'

export const memberRoutes = [
  route({
    id: 'members.signup',
    method: 'post',
    path: '/api/v1/studio/signup',
    summary: 'Makes a studio account and signs it in.',
    auth: ['public'],
    body: SignUp,
    example: { email: 'grace@studio.example', password: 'a long studio password', name: 'Grace' },
    status: 201,
    returns: MemberSignedIn,
    errors: ['email_taken', 'busy'],
    budget: { name: 'studio-signup', quota: 300, windowSeconds: 600 },
    handle: (ctx, { body }) => signUp(ctx, body),
  }),
  route({
    id: 'members.login',
    method: 'post',
    path: '/api/v1/studio/login',
    summary: 'Signs a studio member in.',
    auth: ['public'],
    body: MemberLogin,
    example: { email: 'grace@studio.example', password: 'a long studio password' },
    returns: MemberSignedIn,
    errors: ['invalid_credentials', 'second_factor_required', 'busy'],
    handle: (ctx, { body }) => loginMember(ctx, body),
  }),
  route({
    id: 'members.refresh',
    method: 'post',
    path: '/api/v1/studio/refresh',
    summary: "Trades a member's refresh token for a new pair of tokens.",
    auth: ['public'],
    body: MemberRefresh,
    example: { refresh_token: 'rt_…' },
    returns: MemberRefreshed,
    errors: ['token_invalid', 'token_reused', 'session_ended'],
    handle: (ctx, { body }) => refreshMemberSession(ctx, body.refresh_token),
  }),
  route({
    id: 'members.logout',
    method: 'post',
    path: '/api/v1/studio/logout',
    summary: "Ends the member's session.",
    auth: ['member'],
    handle: ctx => logoutMember(ctx),
  }),
  ...accountRoutes,
]
