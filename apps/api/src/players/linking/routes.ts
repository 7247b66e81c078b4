import { route } from '../../gateway/context.js'
import { IdentityList, NewIdentity, OneIdentity } from './schema.js'
import { linkIdentity, listIdentities, unlinkIdentity } from './service.js'

export const linkingRoutes = [
  route({
    id: 'identities.list',
    method: 'get',
    path: '/api/v1/auth/identities',
    summary: 'The ways into the account; passkeys have a list of their own.',
    auth: ['player'],
    returns: IdentityList,
    handle: ctx => listIdentities(ctx),
  }),
  route({
    id: 'identities.link',
    method: 'post',
    path: '/api/v1/auth/identities',
    summary:
      'Adds a way in: a guest becomes a full account and keeps everything. One that is taken answers with a merge preview.',
    auth: ['player'],
    body: NewIdentity,
    example: { email: 'ada@example.com', password: 'correct horse battery' },
    returns: IdentityList,
    errors: [
      'reauthentication_required',
      'identity_taken',
      'email_taken',
      'email_unproven',
      'captcha_required',
      'captcha_invalid',
      'password_reset_required',
      'account_banned',
      'already_linked',
      'second_factor_required',
      'sign_in_code_invalid',
      'identity_token_invalid',
      'busy',
    ],
    handle: (ctx, { body }) => linkIdentity(ctx, body),
  }),
  route({
    id: 'identities.unlink',
    method: 'delete',
    path: '/api/v1/auth/identities/:identity',
    summary: 'Takes a way in away, but never the last one.',
    auth: ['player'],
    params: OneIdentity,
    errors: ['reauthentication_required', 'not_found', 'last_way_in'],
    handle: (ctx, { params }) => unlinkIdentity(ctx, params.identity),
  }),
]
