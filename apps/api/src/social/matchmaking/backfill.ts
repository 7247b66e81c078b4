import { Problem } from '@aethex/shared/errors'
import {
  assertAdmissible,
  capacityOf,
  enqueue,
  markRestQueue,
  type Seat,
} from '@aethex/shared/matchmaking'
import { v7 as newId } from 'uuid'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import type { NewBackfill } from './schema.js'
import { getTicket } from './tickets.js'
import { findQueue, seekersOf, withRatings } from './wish.js'

/**
 * Offers the free seats of a running match. Who is named keeps a seat, the others lose it. Throws `already_queued`
 * while an earlier offer of the room stands.
 */
export async function offerSeats(ctx: Ctx, offer: NewBackfill) {
  const environmentId = environmentOf(ctx)
  const { queue } = await findQueue(ctx, offer.queue)
  if (queue === undefined) {
    throw new Problem('not_found', { detail: 'No queue of this name is declared.' })
  }
  if (queue.backfill === 'off') {
    throw new Problem('forbidden', { detail: 'Matches of this queue take no more players.' })
  }
  if (offer.players.length >= capacityOf(queue)) throw new Problem('room_full')
  const asking = offer.players.map(({ team: _team, role: _role, ...player }) => player)
  const players = await withRatings(ctx, queue, await seekersOf(ctx, asking, {}))
  const seats: Record<string, Seat> = {}
  for (const { player_id, team, role } of offer.players) {
    if (queue.teams.every(({ name }) => name !== team)) {
      throw new Problem('invalid_request', { detail: `The queue has no team ${team}.` })
    }
    seats[player_id] = role === undefined ? { team } : { team, role }
  }
  const { room_id, region, match_id = newId() } = offer
  const opening = { room_id, match_id, seats, ...(region === undefined ? {} : { region }) }
  const wish = { players, opening }
  assertAdmissible(queue, wish)
  const { name, ticket_timeout_seconds: timeoutSeconds } = queue
  const ticketId = newId()
  await markRestQueue(ctx.redis, environmentId, name, Date.now() + timeoutSeconds * 1_000)
  const now = await enqueue(ctx.redis, {
    ticketId,
    queue: { environmentId, name },
    wish,
    nodeId: undefined,
    timeoutSeconds,
  })
  if (now.state === 'full') throw new Problem('busy')
  if (now.state !== 'queued' || now.ticketId !== ticketId) throw new Problem('already_queued')
  return getTicket(ctx, ticketId)
}
