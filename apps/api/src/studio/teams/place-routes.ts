import { route } from '../../gateway/context.js'
import { Page } from '../../gateway/shapes.js'
import {
  OneTeam,
  TeamGrant,
  TeamMemberList,
  TeamMemberPath,
  TeamProjectAnswer,
  TeamProjectList,
  TeamProjectPath,
} from './schema.js'
import {
  grantProject,
  joinTeam,
  leaveTeam,
  listTeamMembers,
  listTeamProjects,
  revokeProject,
} from './service.js'

const members = '/api/v1/studio/organizations/:organization_id/teams/:team_id/members'
// Not :project_id: who may do this is decided in the organisation, not on the project.
const projects = '/api/v1/studio/organizations/:organization_id/teams/:team_id/projects'

/** Who is in a team, and what it may do where. */
export const placeRoutes = [
  route({
    id: 'teams.list_members',
    method: 'get',
    path: members,
    summary: 'Who is in a team.',
    auth: ['member'],
    scope: 'members:read',
    params: OneTeam,
    query: Page,
    returns: TeamMemberList,
    errors: ['not_found', 'invalid_cursor'],
    handle: (ctx, { params, query }) =>
      listTeamMembers(ctx, params.organization_id, params.team_id, query),
  }),
  route({
    id: 'teams.add_member',
    method: 'put',
    path: `${members}/:member_id`,
    summary: 'Takes somebody of the organisation into a team.',
    auth: ['member'],
    scope: 'members:write',
    params: TeamMemberPath,
    errors: ['not_found', 'forbidden'],
    handle: (ctx, { params }) =>
      joinTeam(ctx, params.organization_id, params.team_id, params.member_id),
  }),
  route({
    id: 'teams.remove_member',
    method: 'delete',
    path: `${members}/:member_id`,
    summary: 'Takes somebody out of a team.',
    auth: ['member'],
    scope: 'members:write',
    params: TeamMemberPath,
    errors: ['not_found'],
    handle: (ctx, { params }) =>
      leaveTeam(ctx, params.organization_id, params.team_id, params.member_id),
  }),
  route({
    id: 'teams.list_projects',
    method: 'get',
    path: projects,
    summary: 'The projects that a team works on, and as what.',
    auth: ['member'],
    scope: 'members:read',
    params: OneTeam,
    query: Page,
    returns: TeamProjectList,
    errors: ['not_found', 'invalid_cursor'],
    handle: (ctx, { params, query }) =>
      listTeamProjects(ctx, params.organization_id, params.team_id, query),
  }),
  route({
    id: 'teams.grant_project',
    method: 'put',
    path: `${projects}/:team_project_id`,
    summary: 'Gives a team a role on a project, at most what the caller has.',
    auth: ['member'],
    scope: 'members:write',
    params: TeamProjectPath,
    body: TeamGrant,
    example: { role: 'developer' },
    returns: TeamProjectAnswer,
    errors: ['not_found', 'forbidden'],
    handle: (ctx, { params, body }) =>
      grantProject(ctx, params.organization_id, params.team_id, {
        projectId: params.team_project_id,
        role: body.role,
      }),
  }),
  route({
    id: 'teams.revoke_project',
    method: 'delete',
    path: `${projects}/:team_project_id`,
    summary: 'Takes a project from a team.',
    auth: ['member'],
    scope: 'members:write',
    params: TeamProjectPath,
    errors: ['not_found'],
    handle: (ctx, { params }) =>
      revokeProject(ctx, params.organization_id, params.team_id, params.team_project_id),
  }),
]
