import { notFound, Problem } from '@aethex/shared/errors'
import {
  answerProposal,
  cancel,
  compileQueue,
  enqueue,
  estimateWait,
  explain,
  listWaiting,
  type MatchRecord,
  markRestQueue,
  openMode,
  readOpenName,
  readTicket,
  readWishes,
  refresh,
  type StoredTicket,
  tellQueued,
} from '@aethex/shared/matchmaking'
import { v7 as newId } from 'uuid'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import type { NewTicket } from './schema.js'
import { askedBy, findQueue } from './wish.js'

/** Enough to tell which rule is the narrow one. */
const mostLookedAt = 1_000
const perPlayer = { name: 'matchmaking-tickets', quota: 30, windowSeconds: 60 }

const toMatch = ({ match_id, room_id, region, players }: MatchRecord) => ({
  match_id,
  room_id,
  region: region ?? null,
  players: players.map(({ player_id, username, team, role, seat }) => ({
    player_id,
    username,
    team,
    role,
    seat,
  })),
})

async function explanationOf(ctx: Ctx, { ticketId, state, queue }: StoredTicket) {
  if (state !== 'queued') return null
  const open = readOpenName(queue.name)
  const declared = open === undefined ? (await findQueue(ctx, queue.name)).queue : undefined
  const compiled =
    open === undefined ? declared && compileQueue(declared) : openMode(open.mode, open.players)
  if (compiled === undefined) return null
  const { now, places } = await listWaiting(ctx.redis, queue, mostLookedAt)
  const ids = places.map(place => place.ticketId)
  const wishes = await readWishes(ctx.redis, queue.environmentId, ids)
  const candidates = places.flatMap(({ ticketId: id, since }) => {
    const known = wishes.get(id)
    return known === undefined ? [] : [compiled.prepare({ ticketId: id, since, ...known }, now)]
  })
  const own = candidates.find(({ ticket }) => ticket.ticketId === ticketId)
  if (own === undefined) return null
  return explain(compiled, own, candidates, await estimateWait(ctx.redis, queue))
}

async function toTicket(ctx: Ctx, stored: StoredTicket) {
  const { ticketId, state, queue, wish, queuedAt, now, match, reason } = stored
  return {
    ticket: {
      ticket_id: ticketId,
      mode: readOpenName(queue.name)?.mode ?? queue.name,
      state,
      reason: reason === '' ? null : reason,
      player_ids: wish.players.map(({ player_id }) => player_id),
      waiting_seconds: Math.max(0, now - queuedAt) / 1_000,
      explanation: await explanationOf(ctx, stored),
      match: state === 'matched' && match !== undefined ? toMatch(match) : null,
    },
  }
}

/**
 * Queues a player, a party or whom a server names; all their sockets hear of it. Throws `already_queued` when one of
 * them waits already.
 */
export async function createTicket(ctx: Ctx, ticket: NewTicket) {
  const environmentId = environmentOf(ctx)
  if (ctx.actor.kind === 'player') {
    await ctx.limits.take(perPlayer, `${environmentId} ${ctx.actor.playerId}`)
  }
  const asked = await askedBy(ctx, ticket)
  const { name, ...rest } = asked
  const ticketId = newId()
  // First, so that no ticket waits in a queue that nobody serves.
  await markRestQueue(ctx.redis, environmentId, name, Date.now() + asked.timeoutSeconds * 1_000)
  const queue = { environmentId, name }
  // A player's ticket lives while a socket of theirs, or their asking for it, keeps it alive.
  const nodeId = ctx.actor.kind === 'player' ? '' : undefined
  const now = await enqueue(ctx.redis, { ticketId, queue, nodeId, ...rest })
  if (now.state === 'full') throw new Problem('busy')
  if (now.state !== 'queued' || now.ticketId !== ticketId) {
    const existing = 'ticketId' in now ? { ticket_id: now.ticketId } : {}
    const holder = 'holder' in now ? { player_id: now.holder } : {}
    throw new Problem('already_queued', { extensions: { ...existing, ...holder } })
  }
  const playerIds = asked.wish.players.map(({ player_id }) => player_id)
  await tellQueued(ctx.redis, environmentId, ticketId, playerIds)
  return getTicket(ctx, ticketId)
}

async function ownTicket(ctx: Ctx, ticketId: string): Promise<StoredTicket> {
  const stored = await readTicket(ctx.redis, environmentOf(ctx), { ticketId })
  const { actor } = ctx
  const isOwn =
    actor.kind === 'server' ||
    (actor.kind === 'player' &&
      stored?.wish.opening === undefined &&
      stored?.wish.players.some(({ player_id }) => player_id === actor.playerId))
  if (stored === undefined || !isOwn) throw notFound()
  return stored
}

/**
 * A ticket is there while it waits and for some minutes after it was matched. That a player asks keeps it alive for
 * another ten seconds; so does each of their sockets.
 */
export async function getTicket(ctx: Ctx, ticketId: string) {
  const stored = await ownTicket(ctx, ticketId)
  const { queue, wish, nodeId, timeoutSeconds, queuedAt } = stored
  if (stored.state === 'queued' && !stored.isByRest) {
    await refresh(ctx.redis, { ticketId, queue, wish, nodeId, timeoutSeconds }, queuedAt)
  }
  return toTicket(ctx, stored)
}

/** A yes or no to the match that is proposed. Throws `nothing_proposed` when none waits for an answer. */
export async function answerMatch(ctx: Ctx, ticketId: string, accept: boolean) {
  const { state, match, wish, queue } = await ownTicket(ctx, ticketId)
  if (state !== 'proposed' || match === undefined) throw new Problem('nothing_proposed')
  const { actor, redis } = ctx
  const everybody = wish.players.map(({ player_id }) => player_id)
  const answering = actor.kind === 'player' ? [actor.playerId] : everybody
  for (const playerId of answering) {
    const { match_id: matchId } = match
    const given = [redis, queue.environmentId, matchId, playerId, accept] as const
    if ((await answerProposal(...given)) === 'gone') throw new Problem('nothing_proposed')
    // One no is enough.
    if (!accept) break
  }
  return getTicket(ctx, ticketId)
}

/** Throws `already_matched` when it was too late. */
export async function cancelTicket(ctx: Ctx, ticketId: string): Promise<void> {
  const { queue, state } = await ownTicket(ctx, ticketId)
  if (state === 'closed') return
  const of = ctx.actor.kind === 'player' ? { ticketId, holder: ctx.actor.playerId } : { ticketId }
  const before = await cancel(ctx.redis, queue.environmentId, of)
  if (before.state === 'matched') throw new Problem('already_matched')
}
