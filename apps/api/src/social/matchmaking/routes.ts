import { Reply } from '@aethex/shared/http'
import { route } from '../../gateway/context.js'
import { NewBackfill, NewTicket, OneQueue, OneTicket, QueueList, TicketAnswer } from './schema.js'
import {
  cancelTicket,
  createTicket,
  exportRecording,
  getTicket,
  listQueues,
  offerSeats,
} from './service.js'

const path = '/api/v1/matchmaking/tickets'

export const matchmakingRoutes = [
  route({
    id: 'matchmaking.tickets.create',
    method: 'post',
    path,
    summary: 'Queues the player, their party, or whom a server names; their sockets hear of it.',
    auth: ['player', 'server'],
    scope: 'matchmaking:write',
    body: NewTicket,
    example: {
      mode: 'ranked',
      region: 'eu',
      skill_range: [900, 1100],
      players: 2,
      members: [{ player_id: '01890000-0000-7000-8000-000000000000' }],
    },
    status: 201,
    returns: TicketAnswer,
    errors: ['already_queued', 'forbidden', 'not_found', 'busy', 'unavailable'],
    handle: (ctx, { body }) => createTicket(ctx, body),
  }),
  route({
    id: 'matchmaking.tickets.read',
    method: 'get',
    path: `${path}/:ticket_id`,
    summary: 'Where a ticket stands: which rule keeps how many others away, or its match.',
    auth: ['player', 'server'],
    scope: 'matchmaking:read',
    params: OneTicket,
    returns: TicketAnswer,
    errors: ['not_found', 'unavailable'],
    handle: (ctx, { params }) => getTicket(ctx, params.ticket_id),
  }),
  route({
    id: 'matchmaking.tickets.cancel',
    method: 'delete',
    path: `${path}/:ticket_id`,
    summary: 'Takes a ticket out of its queue.',
    auth: ['player', 'server'],
    scope: 'matchmaking:write',
    params: OneTicket,
    status: 204,
    errors: ['not_found', 'already_matched', 'unavailable'],
    handle: (ctx, { params }) => cancelTicket(ctx, params.ticket_id),
  }),
  route({
    id: 'matchmaking.queues',
    method: 'get',
    path: '/api/v1/matchmaking/queues',
    summary: 'The declared queues: their teams, roles and regions.',
    auth: ['player', 'client', 'server'],
    scope: 'matchmaking:read',
    returns: QueueList,
    handle: ctx => listQueues(ctx),
  }),
  route({
    id: 'matchmaking.backfill',
    method: 'post',
    path: '/api/v1/matchmaking/backfill',
    summary: 'Offers the free seats of a running match; who is named keeps theirs.',
    auth: ['server'],
    scope: 'matchmaking:write',
    body: NewBackfill,
    example: {
      queue: 'ranked',
      room_id: 'room-1',
      players: [{ player_id: '01890000-0000-7000-8000-000000000000', team: 'red' }],
    },
    status: 201,
    returns: TicketAnswer,
    errors: ['already_queued', 'forbidden', 'not_found', 'room_full', 'busy', 'unavailable'],
    handle: (ctx, { body }) => offerSeats(ctx, body),
  }),
  route({
    id: 'matchmaking.recording',
    method: 'get',
    path: '/api/v1/studio/environments/:environment_id/matchmaking/queues/:queue/recording',
    summary: 'What was recorded of a queue, one JSON document a line, for simulations.',
    auth: ['member', 'server'],
    scope: 'matchmaking:read',
    params: OneQueue,
    answers: 'application/x-ndjson',
    errors: ['not_found', 'unavailable'],
    handle: async (ctx, { params }) =>
      new Reply(await exportRecording(ctx, params.environment_id, params.queue), {
        headers: { 'content-type': 'application/x-ndjson' },
      }),
  }),
]
