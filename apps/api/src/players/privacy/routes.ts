import { route } from '../../gateway/context.js'
import { ConsentAnswer, ConsentChange } from './schema.js'
import { getConsents, setConsents } from './service.js'

export const privacyRoutes = [
  route({
    id: 'privacy.consents.read',
    method: 'get',
    path: '/api/v1/privacy/consents',
    summary: 'What the player has agreed to.',
    auth: ['player'],
    returns: ConsentAnswer,
    handle: ctx => getConsents(ctx),
  }),
  route({
    id: 'privacy.consents.update',
    method: 'put',
    path: '/api/v1/privacy/consents',
    summary: 'Records what the player agrees to, or no longer agrees to.',
    auth: ['player'],
    body: ConsentChange,
    example: { analytics: true },
    returns: ConsentAnswer,
    handle: (ctx, { body }) => setConsents(ctx, body),
  }),
]
