import { route } from '../../gateway/context.js'
import { Page } from '../../gateway/shapes.js'
import {
  Acceptance,
  Accepted,
  InOrganization,
  InvitationAnswer,
  InvitationList,
  NewInvitation,
  OneInvitation,
} from './schema.js'
import {
  acceptInvitation,
  createInvitation,
  listInvitations,
  resendInvitation,
  revokeInvitation,
} from './service.js'

const all = '/api/v1/studio/organizations/:organization_id/invitations'
const one = `${all}/:invitation_id`

export const invitationRoutes = [
  route({
    id: 'invitations.create',
    method: 'post',
    path: all,
    summary: 'Invites an address by letter, to a role, to teams, or both. The code lives a week.',
    auth: ['member'],
    scope: 'members:write',
    params: InOrganization,
    body: NewInvitation,
    example: { email: 'ada@studio.example', role: 'developer', team_ids: [] },
    idempotent: true,
    status: 201,
    returns: InvitationAnswer,
    errors: ['not_found', 'forbidden', 'already_member', 'limit_reached', 'rate_limited'],
    handle: (ctx, { params, body }) => createInvitation(ctx, params.organization_id, body),
  }),
  route({
    id: 'invitations.list',
    method: 'get',
    path: all,
    summary: 'The invitations of an organisation, newest first, those that are over included.',
    auth: ['member'],
    scope: 'members:read',
    params: InOrganization,
    query: Page,
    returns: InvitationList,
    errors: ['not_found', 'invalid_cursor'],
    handle: (ctx, { params, query }) => listInvitations(ctx, params.organization_id, query),
  }),
  route({
    id: 'invitations.resend',
    method: 'post',
    path: `${one}/resend`,
    summary: 'Sends another code, good for another week; the one before is void.',
    auth: ['member'],
    scope: 'members:write',
    params: OneInvitation,
    returns: InvitationAnswer,
    errors: ['not_found', 'forbidden', 'rate_limited'],
    handle: (ctx, { params }) =>
      resendInvitation(ctx, params.organization_id, params.invitation_id),
  }),
  route({
    id: 'invitations.revoke',
    method: 'delete',
    path: one,
    summary: 'Takes an invitation back.',
    auth: ['member'],
    scope: 'members:write',
    params: OneInvitation,
    errors: ['not_found'],
    handle: (ctx, { params }) =>
      revokeInvitation(ctx, params.organization_id, params.invitation_id),
  }),
  route({
    id: 'invitations.accept',
    method: 'post',
    path: '/api/v1/studio/invitations/accept',
    summary:
      'Takes the caller into the organisation that invited their address; the code works once.',
    auth: ['member'],
    body: Acceptance,
    example: { code: 'Zm9yIHNhbGU6IGJhYnkgc2hvZXM' },
    returns: Accepted,
    errors: ['code_invalid', 'forbidden'],
    budget: { name: 'studio-codes', quota: 300, windowSeconds: 600, whenBlind: 'refuse' },
    handle: (ctx, { body }) => acceptInvitation(ctx, body.code),
  }),
]
