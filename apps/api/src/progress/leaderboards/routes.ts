import { route } from '../../gateway/context.js'
import { BoardAnswer, BoardPage, BoardRules, NewScore, OfBoard, Rank, ReadBoard } from './schema.js'
import { defineBoard, readBoard, submitScore } from './service.js'

export const leaderboardRoutes = [
  route({
    id: 'leaderboards.define',
    method: 'put',
    path: '/api/v1/leaderboards/:board_id',
    summary: 'Defines a leaderboard; its rules never change afterwards.',
    auth: ['server'],
    scope: 'leaderboards:write',
    params: OfBoard,
    body: BoardRules,
    example: { order: 'desc', keep: 'best' },
    returns: BoardAnswer,
    errors: ['board_exists'],
    handle: (ctx, { params, body }) => defineBoard(ctx, params.board_id, body),
  }),
  route({
    id: 'leaderboards.submit',
    method: 'post',
    path: '/api/v1/leaderboards/:board_id/scores',
    summary: "Enters the player's score and answers their place.",
    auth: ['player'],
    params: OfBoard,
    body: NewScore,
    example: { score: 1200 },
    idempotent: true,
    status: 201,
    returns: Rank,
    errors: ['not_found', 'idempotency_key_required', 'unsafe_number'],
    handle: (ctx, { params, body }) => submitScore(ctx, params.board_id, body.score),
  }),
  route({
    id: 'leaderboards.read',
    method: 'get',
    path: '/api/v1/leaderboards/:board_id',
    summary: 'A page of a leaderboard, from the top or around the player.',
    auth: ['player', 'server'],
    scope: 'leaderboards:read',
    params: OfBoard,
    query: ReadBoard,
    returns: BoardPage,
    errors: ['not_found', 'invalid_cursor'],
    handle: (ctx, { params, query }) => readBoard(ctx, params.board_id, query),
  }),
]
