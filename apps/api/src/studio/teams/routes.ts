import { route } from '../../gateway/context.js'
import { Page } from '../../gateway/shapes.js'
import { placeRoutes } from './place-routes.js'
import { InOrganization, NewTeam, OneTeam, TeamAnswer, TeamList } from './schema.js'
import { createTeam, deleteTeam, listTeams, readTeam, writeTeam } from './service.js'

const all = '/api/v1/studio/organizations/:organization_id/teams'
const one = `${all}/:team_id`

export const teamRoutes = [
  route({
    id: 'teams.create',
    method: 'post',
    path: all,
    summary: 'Makes a team.',
    auth: ['member'],
    scope: 'members:write',
    params: InOrganization,
    body: NewTeam,
    example: { name: 'Live operations' },
    idempotent: true,
    status: 201,
    returns: TeamAnswer,
    errors: ['not_found', 'name_taken', 'limit_reached'],
    handle: (ctx, { params, body }) => createTeam(ctx, params.organization_id, body.name),
  }),
  route({
    id: 'teams.list',
    method: 'get',
    path: all,
    summary: 'The teams of an organisation.',
    auth: ['member'],
    scope: 'members:read',
    params: InOrganization,
    query: Page,
    returns: TeamList,
    errors: ['not_found', 'invalid_cursor'],
    handle: (ctx, { params, query }) => listTeams(ctx, params.organization_id, query),
  }),
  route({
    id: 'teams.read',
    method: 'get',
    path: one,
    summary: 'One team.',
    auth: ['member'],
    scope: 'members:read',
    params: OneTeam,
    returns: TeamAnswer,
    errors: ['not_found'],
    handle: (ctx, { params }) => readTeam(ctx, params.organization_id, params.team_id),
  }),
  route({
    id: 'teams.write',
    method: 'patch',
    path: one,
    summary: 'Renames a team.',
    auth: ['member'],
    scope: 'members:write',
    params: OneTeam,
    body: NewTeam,
    example: { name: 'Live operations' },
    returns: TeamAnswer,
    errors: ['not_found', 'name_taken'],
    handle: (ctx, { params, body }) =>
      writeTeam(ctx, params.organization_id, params.team_id, body.name),
  }),
  route({
    id: 'teams.delete',
    method: 'delete',
    path: one,
    summary: 'Deletes a team; what its members could do through it ends with their next call.',
    auth: ['member'],
    scope: 'members:write',
    params: OneTeam,
    errors: ['not_found'],
    handle: (ctx, { params }) => deleteTeam(ctx, params.organization_id, params.team_id),
  }),
  ...placeRoutes,
]
