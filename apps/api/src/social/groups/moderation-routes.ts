import type { Caller } from '@aethex/shared/http'
import { route } from '../../gateway/context.js'
import { Page } from '../../gateway/shapes.js'
import {
  Because,
  GroupAnswer,
  GroupList,
  GroupMembers,
  GroupOfEnvironment,
  GroupSearch,
  InEnvironment,
  Moderation,
} from './schema.js'
import {
  findGroups,
  listGroupMembers,
  moderateGroup,
  readAnyGroup,
  removeAnyGroup,
} from './service.js'

const path = '/api/v1/studio/environments/:environment_id/groups'
const auth: readonly Caller[] = ['member', 'server']
const onGroup = { auth, params: GroupOfEnvironment } as const

export const groupModerationRoutes = [
  route({
    id: 'groups.search_all',
    method: 'get',
    path,
    summary: 'Groups by name, for the studio.',
    auth,
    scope: 'players:read',
    params: InEnvironment,
    query: GroupSearch,
    returns: GroupList,
    errors: ['not_found', 'invalid_cursor'],
    handle: (ctx, { query }) => findGroups(ctx, query),
  }),
  route({
    ...onGroup,
    id: 'groups.show',
    method: 'get',
    path: `${path}/:group_id`,
    summary: 'A group, for the studio.',
    scope: 'players:read',
    returns: GroupAnswer,
    errors: ['not_found'],
    handle: (ctx, { params }) => readAnyGroup(ctx, params.group_id),
  }),
  route({
    ...onGroup,
    id: 'groups.show_members',
    method: 'get',
    path: `${path}/:group_id/members`,
    summary: 'Who belongs to a group, for the studio.',
    scope: 'players:read',
    query: Page,
    returns: GroupMembers,
    errors: ['not_found', 'invalid_cursor'],
    handle: (ctx, { params, query }) => listGroupMembers(ctx, params.group_id, query),
  }),
  route({
    ...onGroup,
    id: 'groups.moderate',
    method: 'patch',
    path: `${path}/:group_id`,
    summary: 'Gives a group another name or description.',
    scope: 'players:write',
    body: Moderation,
    example: { name: 'Renamed 4711', reason: 'The name insulted other players.' },
    returns: GroupAnswer,
    errors: ['not_found', 'name_taken'],
    handle: (ctx, { params, body }) => moderateGroup(ctx, params.group_id, body),
  }),
  route({
    ...onGroup,
    id: 'groups.remove',
    method: 'delete',
    path: `${path}/:group_id`,
    summary: 'Ends a group for all.',
    scope: 'players:write',
    query: Because,
    errors: ['not_found'],
    handle: (ctx, { params, query }) => removeAnyGroup(ctx, params.group_id, query.reason),
  }),
]
