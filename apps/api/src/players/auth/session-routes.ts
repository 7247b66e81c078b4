import { route } from '../../gateway/context.js'
import { deviceTokensIn } from './known-devices.js'
import {
  Except,
  OneSession,
  PasswordChange,
  PlayerSessionList,
  SessionName,
  SessionRenamed,
} from './schema.js'
import { changePassword, endAllOwn, endOwn, listOwnSessions, renameOwnSession } from './service.js'

const sessions = '/api/v1/auth/sessions'

/** What a signed-in player does with their password and with the places where they are signed in. */
export const sessionRoutes = [
  route({
    id: 'auth.password.change',
    method: 'post',
    path: '/api/v1/auth/password/change',
    summary: 'Replaces the password, or sets a first one, and ends all other sessions.',
    auth: ['player'],
    body: PasswordChange,
    example: { current_password: 'correct horse battery', password: 'staple the battery horse' },
    errors: [
      'invalid_credentials',
      'reauthentication_required',
      'second_factor_required',
      'forbidden',
      'busy',
    ],
    handle: (ctx, { body, headers }) => changePassword(ctx, body, deviceTokensIn(headers)),
  }),
  route({
    id: 'auth.sessions.list',
    method: 'get',
    path: sessions,
    summary: 'Where the player is signed in, the latest seen first; there are at most fifty.',
    auth: ['player'],
    returns: PlayerSessionList,
    handle: ctx => listOwnSessions(ctx),
  }),
  route({
    id: 'auth.sessions.rename',
    method: 'patch',
    path: `${sessions}/:session_id`,
    summary: 'Gives a session a name to recognise it by.',
    auth: ['player'],
    params: OneSession,
    body: SessionName,
    example: { device_name: 'The old laptop' },
    returns: SessionRenamed,
    errors: ['not_found'],
    handle: (ctx, { params, body }) => renameOwnSession(ctx, params.session_id, body.device_name),
  }),
  route({
    id: 'auth.sessions.revoke',
    method: 'delete',
    path: `${sessions}/:session_id`,
    summary: 'Ends a session, its access tokens and its sockets, everywhere within a second.',
    auth: ['player'],
    params: OneSession,
    errors: ['not_found'],
    handle: (ctx, { params }) => endOwn(ctx, params.session_id),
  }),
  route({
    id: 'auth.sessions.revoke_all',
    method: 'delete',
    path: sessions,
    summary: 'Ends all sessions of the player, or with except=current all others.',
    auth: ['player'],
    query: Except,
    handle: (ctx, { query }) => endAllOwn(ctx, { exceptCurrent: query.except === 'current' }),
  }),
]
