import { route } from '../../gateway/context.js'
import { answerAge } from '../privacy/service.js'
import { AgeAnswer, AgeGate, OnePlayer, Permitted, WhichCountry } from './schema.js'
import { describeGate, forgetAnswer } from './service.js'

export const ageRoutes = [
  route({
    id: 'age.gate',
    method: 'get',
    path: '/api/v1/age/gate',
    summary: 'Whether players are asked for their age, and how.',
    auth: ['client'],
    query: WhichCountry,
    returns: AgeGate,
    handle: (ctx, { query }) => describeGate(ctx, query.country),
  }),
  route({
    id: 'age.answer',
    method: 'post',
    path: '/api/v1/auth/age',
    summary: 'The player says how old they are. The date is judged and not kept.',
    auth: ['player'],
    body: AgeAnswer,
    example: { birth_date: '1990-05-17', country: 'DE' },
    returns: Permitted,
    errors: ['age_answered', 'age_not_asked'],
    handle: (ctx, { body }) => answerAge(ctx, body),
  }),
  route({
    id: 'age.forget',
    method: 'delete',
    path: '/api/v1/studio/environments/:environment_id/players/:player_id/age',
    summary: 'Forgets a player’s answer, so that they are asked anew.',
    auth: ['member', 'server'],
    scope: 'players:write',
    params: OnePlayer,
    errors: ['not_found'],
    handle: (ctx, { params }) => forgetAnswer(ctx, params.environment_id, params.player_id),
  }),
]
