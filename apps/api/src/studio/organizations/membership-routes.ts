import { route } from '../../gateway/context.js'
import { Page } from '../../gateway/shapes.js'
import {
  InOrganization,
  OfMember,
  OrganizationMemberAnswer,
  OrganizationMemberList,
  RoleChange,
} from './schema.js'
import {
  changeRole,
  deleteMe,
  leaveOrganization,
  listOrganizationMembers,
  removeMember,
} from './service.js'

const members = '/api/v1/studio/organizations/:organization_id/members'

/** Who belongs to an organisation, and as what. */
export const membershipRoutes = [
  route({
    id: 'organizations.list_members',
    method: 'get',
    path: members,
    summary: 'Those who belong to an organisation, with their role and teams.',
    auth: ['member'],
    scope: 'members:read',
    params: InOrganization,
    query: Page,
    returns: OrganizationMemberList,
    errors: ['not_found', 'invalid_cursor'],
    handle: (ctx, { params, query }) => listOrganizationMembers(ctx, params.organization_id, query),
  }),
  route({
    id: 'organizations.change_role',
    method: 'patch',
    path: `${members}/:member_id`,
    summary:
      'Gives somebody another role, at most what the caller has; null leaves them what their teams allow.',
    auth: ['member'],
    scope: 'members:write',
    params: OfMember,
    body: RoleChange,
    example: { role: 'developer' },
    returns: OrganizationMemberAnswer,
    errors: ['not_found', 'forbidden', 'last_owner'],
    handle: (ctx, { params, body }) =>
      changeRole(ctx, params.organization_id, params.member_id, body.role),
  }),
  route({
    id: 'organizations.remove_member',
    method: 'delete',
    path: `${members}/:member_id`,
    summary: 'Takes somebody out of an organisation and its teams, from their next call on.',
    auth: ['member'],
    scope: 'members:write',
    params: OfMember,
    errors: ['not_found', 'forbidden', 'last_owner'],
    handle: (ctx, { params }) => removeMember(ctx, params.organization_id, params.member_id),
  }),
  route({
    id: 'organizations.leave',
    method: 'post',
    path: '/api/v1/studio/organizations/:organization_id/leave',
    summary: 'Takes the caller out of an organisation.',
    auth: ['member'],
    scope: 'organization:read',
    params: InOrganization,
    errors: ['not_found', 'last_owner'],
    handle: (ctx, { params }) => leaveOrganization(ctx, params.organization_id),
  }),
  route({
    id: 'members.delete_me',
    method: 'delete',
    path: '/api/v1/studio/me',
    summary:
      "Deletes the caller's account. Refused while an organisation would lose its last owner. Needs a fresh proof.",
    auth: ['member'],
    errors: ['last_owner', 'reauthentication_required'],
    handle: ctx => deleteMe(ctx),
  }),
]
