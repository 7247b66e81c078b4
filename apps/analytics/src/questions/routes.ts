import { route } from '../context.js'
import { Answer, Query } from './schema.js'
import { answerQuestion } from './service.js'

export const questionRoutes = [
  route({
    id: 'analytics.query',
    method: 'post',
    path: '/api/v1/analytics/query',
    summary: 'Answers a question about the stored events, day by day in UTC.',
    auth: ['server'],
    scope: 'analytics:read',
    body: Query,
    example: { question: 'daily_active_players', from: '2026-01-01', to: '2026-01-31' },
    returns: Answer,
    errors: ['unavailable'],
    handle: (ctx, { body }) => answerQuestion(ctx, body),
  }),
]
