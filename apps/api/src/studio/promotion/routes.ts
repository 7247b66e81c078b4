import { Reply } from '@aethex/shared/http'
import { route } from '../../gateway/context.js'
import { Page } from '../../gateway/shapes.js'
import {
  InProject,
  NewPromotion,
  OnePromotion,
  PromotionAnswer,
  PromotionList,
  PromotionOutcome,
} from './schema.js'
import { listPromotions, promote, readPromotion, undoPromotion } from './service.js'

const all = '/api/v1/studio/projects/:project_id/promotions'
const one = `${all}/:promotion_id`

export const promotionRoutes = [
  route({
    id: 'promotions.create',
    method: 'post',
    path: all,
    summary:
      'Takes configuration from one environment to another, all or nothing; a dry run only tells the differences.',
    auth: ['member'],
    scope: 'settings:write',
    params: InProject,
    body: NewPromotion,
    example: {
      from_environment_id: '01890000-0000-7000-8000-000000000000',
      to_environment_id: '01890000-0000-7000-8000-000000000001',
      dry_run: true,
    },
    idempotent: true,
    returns: PromotionOutcome,
    errors: ['not_found', 'version_mismatch', 'board_exists'],
    handle: async (ctx, { params, body }) => {
      const outcome = await promote(ctx, params.project_id, body)
      return new Reply(outcome, outcome.promotion === null ? {} : { status: 201 })
    },
  }),
  route({
    id: 'promotions.list',
    method: 'get',
    path: all,
    summary: 'The promotions of a project, newest first.',
    auth: ['member'],
    scope: 'settings:read',
    params: InProject,
    query: Page,
    returns: PromotionList,
    errors: ['not_found', 'invalid_cursor'],
    handle: (ctx, { params, query }) => listPromotions(ctx, params.project_id, query),
  }),
  route({
    id: 'promotions.read',
    method: 'get',
    path: one,
    summary: 'One promotion with what it replaced.',
    auth: ['member'],
    scope: 'settings:read',
    params: OnePromotion,
    returns: PromotionAnswer,
    errors: ['not_found'],
    handle: (ctx, { params }) => readPromotion(ctx, params.project_id, params.promotion_id),
  }),
  route({
    id: 'promotions.undo',
    method: 'post',
    path: `${one}/undo`,
    summary: 'Gives an environment back what a promotion replaced, unless it was written since.',
    auth: ['member'],
    scope: 'settings:write',
    params: OnePromotion,
    idempotent: true,
    status: 201,
    returns: PromotionAnswer,
    errors: ['not_found', 'version_mismatch'],
    handle: (ctx, { params }) => undoPromotion(ctx, params.project_id, params.promotion_id),
  }),
]
