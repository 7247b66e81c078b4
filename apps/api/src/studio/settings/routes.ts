import { Reply } from '@aethex/shared/http'
import { route } from '../../gateway/context.js'
import { ifMatchVersion } from '../../gateway/shapes.js'
import { InEnvironment, OneSetting, SettingAnswer, SettingList, SettingValue } from './schema.js'
import { getSetting, listEnvironmentSettings, writeSetting } from './service.js'

const withETag = (answer: Awaited<ReturnType<typeof getSetting>>) =>
  new Reply(answer, { headers: { etag: `"${answer.setting.version}"` } })

const path = '/api/v1/studio/environments/:environment_id/settings'

export const settingRoutes = [
  route({
    id: 'settings.list',
    method: 'get',
    path,
    summary: 'All settings of an environment, those with their defaults included.',
    auth: ['member', 'server'],
    scope: 'settings:read',
    params: InEnvironment,
    returns: SettingList,
    errors: ['not_found'],
    handle: (ctx, { params }) => listEnvironmentSettings(ctx, params.environment_id),
  }),
  route({
    id: 'settings.read',
    method: 'get',
    path: `${path}/:setting`,
    summary: 'One setting; its version is the ETag.',
    auth: ['member', 'server'],
    scope: 'settings:read',
    params: OneSetting,
    returns: SettingAnswer,
    errors: ['not_found'],
    handle: async (ctx, { params }) =>
      withETag(await getSetting(ctx, params.environment_id, params.setting)),
  }),
  route({
    id: 'settings.write',
    method: 'put',
    path: `${path}/:setting`,
    summary:
      'Replaces a setting; with If-Match only that version. Fields left out get their defaults.',
    auth: ['member', 'server'],
    scope: 'settings:write',
    params: OneSetting,
    body: SettingValue,
    example: { mode: 'confirm_email' },
    returns: SettingAnswer,
    errors: ['not_found', 'version_mismatch'],
    handle: async (ctx, { params, body, headers }) => {
      const version = ifMatchVersion(headers['if-match'])
      return withETag(await writeSetting(ctx, params.environment_id, params.setting, body, version))
    },
  }),
]
