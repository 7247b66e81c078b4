import { route } from '../../gateway/context.js'
import { CaptchaAnswer, CaptchaSecret, InEnvironment } from './schema.js'
import { currentCaptcha, keepCaptchaSecret } from './service.js'

export const captchaRoutes = [
  route({
    id: 'captcha.read',
    method: 'get',
    path: '/api/v1/auth/captcha',
    summary: 'What registration asks of a stranger; a new challenge at every call.',
    auth: ['client'],
    returns: CaptchaAnswer,
    handle: ctx => currentCaptcha(ctx),
  }),
  route({
    id: 'captcha.set_secret',
    method: 'put',
    path: '/api/v1/studio/environments/:environment_id/auth/captcha-secret',
    summary: "Keeps the captcha provider's secret, sealed; it is never shown again.",
    auth: ['member', 'server'],
    scope: 'settings:write',
    params: InEnvironment,
    body: CaptchaSecret,
    example: { secret: '0x0000000000000000000000000000000000000000' },
    errors: ['not_found'],
    handle: (ctx, { params, body }) => keepCaptchaSecret(ctx, params.environment_id, body.secret),
  }),
]
