import { route } from '../../gateway/context.js'
import { Ticket, TicketRequest } from './schema.js'
import { openTicket } from './service.js'

export const realtimeRoutes = [
  route({
    id: 'realtime.tickets',
    method: 'post',
    path: '/api/v1/realtime/tickets',
    summary: 'A ticket that opens one socket, and where to dial.',
    auth: ['player'],
    body: TicketRequest,
    example: { room_id: 'lobby' },
    status: 201,
    returns: Ticket,
    errors: ['unavailable'],
    handle: (ctx, { body }) => openTicket(ctx, body),
  }),
]
