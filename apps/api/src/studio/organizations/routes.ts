import { route } from '../../gateway/context.js'
import { Page } from '../../gateway/shapes.js'
import { membershipRoutes } from './membership-routes.js'
import {
  Confirmation,
  InOrganization,
  NewOrganization,
  OrganizationAnswer,
  OrganizationChange,
  OrganizationDetail,
  OrganizationList,
} from './schema.js'
import {
  deleteOrganization,
  foundOrganization,
  listOrganizations,
  readOrganization,
  writeOrganization,
} from './service.js'

const one = '/api/v1/studio/organizations/:organization_id'

export const organizationRoutes = [
  route({
    id: 'organizations.create',
    method: 'post',
    path: '/api/v1/studio/organizations',
    summary: 'Founds an organisation, owned by the caller.',
    auth: ['member'],
    body: NewOrganization,
    example: { name: 'Night Owl Games' },
    idempotent: true,
    status: 201,
    returns: OrganizationAnswer,
    handle: (ctx, { body }) => foundOrganization(ctx, body.name),
  }),
  route({
    id: 'organizations.list',
    method: 'get',
    path: '/api/v1/studio/organizations',
    summary: "The caller's organisations.",
    auth: ['member'],
    query: Page,
    returns: OrganizationList,
    errors: ['invalid_cursor'],
    handle: (ctx, { query }) => listOrganizations(ctx, query),
  }),
  route({
    id: 'organizations.read',
    method: 'get',
    path: one,
    summary: 'An organisation, and what the caller may do in it.',
    auth: ['member'],
    scope: 'organization:read',
    params: InOrganization,
    returns: OrganizationDetail,
    errors: ['not_found'],
    handle: (ctx, { params }) => readOrganization(ctx, params.organization_id),
  }),
  route({
    id: 'organizations.write',
    method: 'patch',
    path: one,
    summary:
      'Renames an organisation, or asks its members for a second factor; only a session that has proven one may ask.',
    auth: ['member'],
    scope: 'organization:write',
    params: InOrganization,
    body: OrganizationChange,
    example: { name: 'Night Owl Games' },
    returns: OrganizationAnswer,
    errors: ['not_found', 'mfa_required'],
    handle: (ctx, { params, body }) => writeOrganization(ctx, params.organization_id, body),
  }),
  route({
    id: 'organizations.delete',
    method: 'delete',
    path: one,
    summary:
      'Deletes an organisation and all that belongs to it, named by its name. Only an owner with a fresh proof may.',
    auth: ['member'],
    scope: 'organization:write',
    params: InOrganization,
    query: Confirmation,
    errors: ['not_found', 'forbidden', 'reauthentication_required', 'unavailable'],
    handle: (ctx, { params, query }) => deleteOrganization(ctx, params.organization_id, query.name),
  }),
  ...membershipRoutes,
]
