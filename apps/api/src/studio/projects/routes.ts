import { route } from '../../gateway/context.js'
import { Page } from '../../gateway/shapes.js'
import { InOrganization, NewProject, ProjectAnswer, ProjectList } from './schema.js'
import { createProject, listProjects } from './service.js'

export const projectRoutes = [
  route({
    id: 'projects.create',
    method: 'post',
    path: '/api/v1/studio/organizations/:organization_id/projects',
    summary: 'Makes a project with a development and a production environment.',
    auth: ['member'],
    scope: 'projects:write',
    params: InOrganization,
    body: NewProject,
    example: { name: 'Skirmish' },
    idempotent: true,
    status: 201,
    returns: ProjectAnswer,
    errors: ['not_found'],
    handle: (ctx, { params, body }) => createProject(ctx, params.organization_id, body.name),
  }),
  route({
    id: 'projects.list',
    method: 'get',
    path: '/api/v1/studio/organizations/:organization_id/projects',
    summary: 'The projects of an organisation with their environments.',
    auth: ['member'],
    scope: 'projects:read',
    params: InOrganization,
    query: Page,
    returns: ProjectList,
    errors: ['not_found', 'invalid_cursor'],
    handle: (ctx, { params, query }) => listProjects(ctx, params.organization_id, query),
  }),
]
