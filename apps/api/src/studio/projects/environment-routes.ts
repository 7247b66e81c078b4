import { route } from '../../gateway/context.js'
import {
  EnvironmentAnswer,
  EnvironmentList,
  Named,
  NewEnvironment,
  OneEnvironment,
  OneProject,
} from './schema.js'
import {
  createEnvironment,
  deleteEnvironment,
  listEnvironments,
  writeEnvironment,
} from './service.js'

const inProject = '/api/v1/studio/projects/:project_id/environments'
const one = '/api/v1/studio/environments/:environment_id'

/** The stages of a project. */
export const environmentRoutes = [
  route({
    id: 'environments.create',
    method: 'post',
    path: inProject,
    summary: 'Adds an environment to a project.',
    auth: ['member'],
    scope: 'projects:write',
    params: OneProject,
    body: NewEnvironment,
    example: { name: 'staging' },
    idempotent: true,
    status: 201,
    returns: EnvironmentAnswer,
    errors: ['not_found', 'name_taken', 'limit_reached'],
    handle: (ctx, { params, body }) => createEnvironment(ctx, params.project_id, body.name),
  }),
  route({
    id: 'environments.list',
    method: 'get',
    path: inProject,
    summary: 'The environments of a project by name.',
    auth: ['member'],
    scope: 'projects:read',
    params: OneProject,
    returns: EnvironmentList,
    errors: ['not_found'],
    handle: (ctx, { params }) => listEnvironments(ctx, params.project_id),
  }),
  route({
    id: 'environments.write',
    method: 'patch',
    path: one,
    summary: 'Gives an environment another name; its keys and ids stay.',
    auth: ['member'],
    scope: 'projects:write',
    params: OneEnvironment,
    body: NewEnvironment,
    example: { name: 'staging' },
    returns: EnvironmentAnswer,
    errors: ['not_found', 'name_taken'],
    handle: (ctx, { body }) => writeEnvironment(ctx, body.name),
  }),
  route({
    id: 'environments.delete',
    method: 'delete',
    path: one,
    summary:
      'Deletes an environment with all its players, named by its name. The last one of a project stays.',
    auth: ['member'],
    scope: 'projects:write',
    params: OneEnvironment,
    query: Named,
    errors: ['not_found', 'last_environment'],
    handle: (ctx, { query }) => deleteEnvironment(ctx, query.name),
  }),
]
