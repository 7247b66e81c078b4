import { route } from '../../gateway/context.js'
import { Page } from '../../gateway/shapes.js'
import { NewOrganization, OrganizationAnswer, OrganizationList } from './schema.js'
import { foundOrganization, listOrganizations } from './service.js'

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
]
