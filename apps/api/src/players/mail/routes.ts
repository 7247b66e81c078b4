import { route } from '../../gateway/context.js'
import { InEnvironment, Preview, PreviewOrder, TestOrder, TestSent } from './schema.js'
import { previewLetter, sendTestLetter } from './service.js'

const path = '/api/v1/studio/environments/:environment_id/mail'

export const mailRoutes = [
  route({
    id: 'mail.preview',
    method: 'post',
    path: `${path}/preview`,
    summary: 'A letter as players of the environment would get it.',
    auth: ['member', 'server'],
    scope: 'settings:read',
    params: InEnvironment,
    body: PreviewOrder,
    example: { template: 'reset_password', locale: 'en', values: { username: 'Ada' } },
    returns: Preview,
    errors: ['not_found'],
    handle: (ctx, { params, body }) => previewLetter(ctx, params.environment_id, body),
  }),
  route({
    id: 'mail.test',
    method: 'post',
    path: `${path}/test`,
    summary: "Sends such a letter, with sample values, to the asking member's own address.",
    auth: ['member'],
    scope: 'settings:write',
    params: InEnvironment,
    body: TestOrder,
    example: { template: 'reset_password', locale: 'en' },
    status: 202,
    returns: TestSent,
    errors: ['not_found'],
    handle: (ctx, { params, body }) => sendTestLetter(ctx, params.environment_id, body),
  }),
]
