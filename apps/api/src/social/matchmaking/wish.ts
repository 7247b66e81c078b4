import { notFound, Problem } from '@aethex/shared/errors'
import {
  assertAdmissible,
  openQueueName,
  type QueueRules,
  type SeekingPlayer,
  type TicketWish,
} from '@aethex/shared/matchmaking'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { usernamesOf } from '../../players/profiles/service.js'
import { ratingsOf } from '../../progress/ratings/service.js'
import { readSetting } from '../../studio/settings/service.js'
import { partyOf } from '../parties/service.js'
import type { NewTicket } from './schema.js'
import { matchmakingQueues } from './settings.js'

/** A request as a ticket of one queue. */
export interface Asked {
  name: string
  wish: TicketWish
  timeoutSeconds: number
  isRecorded: boolean
}

/** A ticket of REST lives at most this long in a mode that no queue declares. */
const openTimeoutSeconds = 600

type Traits = {
  [K in Exclude<keyof SeekingPlayer, 'player_id' | 'username'>]?: SeekingPlayer[K] | undefined
}
type Asking = Traits & { player_id: string }

const invalid = (pointer: string, reason: string) =>
  new Problem('invalid_request', {
    detail: `${pointer} ${reason}.`,
    errors: [{ pointer, reason }],
  })

/** Only who leads a party may queue it, and nobody else than its members: joining the party was their consent. */
async function membersFor(ctx: Ctx, ticket: NewTicket): Promise<Asking[]> {
  const { members, party } = ticket
  if (ctx.actor.kind !== 'player') {
    if (party) throw invalid('party', 'is for players')
    if (members === undefined) throw invalid('members', 'are needed from servers')
    return members
  }
  const { environmentId, playerId } = ctx.actor
  const own = members ?? []
  const isAlone = !party && own.every(({ player_id }) => player_id === playerId)
  if (isAlone) return [{ player_id: playerId, ...own[0] }]
  const found = await partyOf(environmentId, ctx.db, playerId)
  if (found?.leader_id !== playerId) {
    throw new Problem('forbidden', { detail: 'Only the leader of a party queues its members.' })
  }
  const wanted = party ? found.member_ids : own.map(({ player_id }) => player_id)
  const known = new Set(found.member_ids)
  if (!wanted.includes(playerId)) throw invalid('members', 'do not include the leader')
  if ([...wanted, ...own.map(({ player_id }) => player_id)].some(id => !known.has(id))) {
    throw new Problem('forbidden', { detail: 'A member is not of the party.' })
  }
  return wanted.map(id => ({ player_id: id, ...own.find(({ player_id }) => player_id === id) }))
}

/** Gives everybody a name and what was not said of them; 404 for who is not there. */
export async function seekersOf(
  ctx: Ctx,
  asking: readonly Asking[],
  shared: Traits,
): Promise<SeekingPlayer[]> {
  const ids = asking.map(({ player_id }) => player_id)
  if (new Set(ids).size < ids.length) throw invalid('members', 'name a player twice')
  const names = await usernamesOf(environmentOf(ctx), ctx.db, ids)
  return asking.map(({ player_id, ...own }) => {
    const username = names.get(player_id)
    if (username === undefined) throw notFound()
    return {
      player_id,
      username,
      attributes: own.attributes ?? shared.attributes ?? {},
      ranges: own.ranges ?? shared.ranges ?? {},
      latencies_ms: own.latencies_ms ?? shared.latencies_ms ?? {},
      roles: own.roles ?? shared.roles ?? [],
    }
  })
}

/** The skill of a rated queue is what the platform knows, whatever was said. */
export async function withRatings(
  ctx: Ctx,
  { skill }: QueueRules,
  players: SeekingPlayer[],
): Promise<SeekingPlayer[]> {
  if (skill === null || skill.from_rating === null) return players
  const ids = players.map(({ player_id }) => player_id)
  const ratings = await ratingsOf(environmentOf(ctx), ctx.db, skill.from_rating, ids, ctx.now())
  if (ratings === undefined) {
    throw new Problem('not_found', { detail: `No rating ${skill.from_rating} is declared.` })
  }
  return players.map(player => ({
    ...player,
    attributes: {
      ...player.attributes,
      [skill.attribute]: ratings.get(player.player_id)?.rating ?? 0,
    },
  }))
}

export async function findQueue(ctx: Ctx, mode: string) {
  const settings = await readSetting(environmentOf(ctx), ctx.db, matchmakingQueues)
  return { settings, queue: settings.queues.find(({ name }) => name === mode) }
}

function askOpen(ticket: NewTicket, players: SeekingPlayer[]): Asked {
  const { mode, region, skill_range, players: count } = ticket
  if (region === undefined) throw invalid('region', 'is missing')
  if (skill_range === undefined) throw invalid('skill_range', 'is missing')
  if (players.length > 1) throw invalid('members', 'are for declared queues')
  return {
    name: openQueueName(mode, region, count),
    wish: { players, skill_range },
    timeoutSeconds: openTimeoutSeconds,
    isRecorded: false,
  }
}

/**
 * Makes a request into a ticket. Throws `not_found`, `forbidden` (a foreign member, or a queue that only servers fill)
 * or `invalid_request` for what could never be matched.
 */
export async function askedBy(ctx: Ctx, ticket: NewTicket): Promise<Asked> {
  const { settings, queue } = await findQueue(ctx, ticket.mode)
  const members = await membersFor(ctx, ticket)
  const players = await seekersOf(ctx, members, ticket)
  if (queue === undefined) {
    if (settings.undeclared_modes) return askOpen(ticket, players)
    throw new Problem('not_found', { detail: 'No queue of this name is declared.' })
  }
  if (queue.attributes_from === 'servers' && ctx.actor.kind === 'player') {
    throw new Problem('forbidden', { detail: 'Only servers put players into this queue.' })
  }
  const wish: TicketWish = {
    players: await withRatings(ctx, queue, players),
    ...(ticket.region === undefined ? {} : { region: ticket.region }),
  }
  assertAdmissible(queue, wish)
  return {
    name: queue.name,
    wish,
    timeoutSeconds: queue.ticket_timeout_seconds,
    isRecorded: queue.record,
  }
}
