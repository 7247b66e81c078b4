import { z } from 'zod'
import { answerOf, type Redis } from '../redis/index.js'
import { type MatchRecord, matchRecordSeconds, parseMatch } from './match-record.js'
import * as scripts from './ticket-scripts.js'
import { TicketWish } from './wish.js'

/** Where a ticket waits. Only tickets of one queue are matched with each other. */
export interface Queue {
  environmentId: string
  /** Of a declared queue its name; of another mode `<mode>:<region>:<players>`. */
  name: string
}

/** A ticket as it is put into its queue. */
export interface NewTicket {
  ticketId: string
  queue: Queue
  wish: TicketWish
  /**
   * The node that keeps it alive; empty while none has adopted it yet. Undefined: a server made it, and it lives until
   * it times out.
   */
  nodeId: string | undefined
  /** 0: never. */
  timeoutSeconds: number
  /** Keeps what happens to it, for simulations. */
  isRecorded?: boolean
}

export type TicketState =
  | { state: 'queued'; ticketId: string; queuedAt: number }
  | { state: 'proposed' | 'matched'; ticketId: string; queuedAt: number; match: MatchRecord }
  /** Cancelled, timed out, replaced by another ticket, or never there. */
  | { state: 'closed'; reason: string }
  /** This one waits with other wishes. */
  | { state: 'otherwise'; holder: string }
  | { state: 'full' }

export interface StoredTicket {
  ticketId: string
  state: 'queued' | 'proposed' | 'matched' | 'closed'
  queue: Queue
  wish: TicketWish
  nodeId: string
  queuedAt: number
  /** The clock of Redis. */
  now: number
  timeoutSeconds: number
  isByRest: boolean
  match: MatchRecord | undefined
  reason: string
}

// More would make Redis slow for everybody else.
const mostTickets = 20_000
const leaseMs = 1_500

const prefixOf = (environmentId: string) => `matchmaking:{${environmentId}}:`
const leaseKey = ({ environmentId, name }: Queue) => `${prefixOf(environmentId)}lease:${name}`
export const matchRecordKey = (environmentId: string, roomId: string) =>
  `${prefixOf(environmentId)}room:${roomId}`
export const ticketKey = (environmentId: string, ticketId: string) =>
  `${prefixOf(environmentId)}ticket:${ticketId}`

const Answer = z
  .union([
    z.tuple([z.enum(['queued', 'proposed', 'matched']), z.string(), z.string(), z.string()]),
    z.tuple([z.enum(['closed', 'otherwise']), z.string()]),
    z.tuple([z.literal('full')]),
  ])
  .transform((answer): TicketState => {
    const [state, first = '', since, text] = answer
    if (state === 'full') return { state }
    if (state === 'closed') return { state, reason: first }
    if (state === 'otherwise') return { state, holder: first }
    const place = { ticketId: first, queuedAt: Number(since) }
    if (state === 'queued') return { state, ...place }
    return { state, ...place, match: parseMatch(text ?? '') }
  })

/** Whose ticket it is: its players, or the room that looks for some. Each has one at most. */
const holdersOf = ({ players, opening }: TicketWish) =>
  opening === undefined ? players.map(({ player_id }) => player_id) : [roomHolder(opening.room_id)]

export const roomHolder = (roomId: string) => `room:${roomId}`

/** What simulations know of a ticket: what its players are like, not who they are. */
const recordedWish = ({ players, ...rest }: TicketWish) =>
  JSON.stringify({
    ...rest,
    players: players.map((player, index) => ({ ...player, player_id: `p${index}`, username: '' })),
  })

const run = (redis: Redis, script: string, environmentId: string, given: (string | number)[]) =>
  answerOf(redis.eval(script, 1, prefixOf(environmentId), ...given))

const ticketArguments = ({ ticketId, queue, wish, nodeId, timeoutSeconds }: NewTicket) => [
  ticketId,
  queue.name,
  JSON.stringify(wish),
  nodeId ?? '',
  timeoutSeconds * 1_000,
  nodeId === undefined ? '1' : '0',
  JSON.stringify(holdersOf(wish)),
]

/** Queues a ticket, or answers where its player stands already. */
export async function enqueue(redis: Redis, ticket: NewTicket): Promise<TicketState> {
  const recorded = ticket.isRecorded === true ? recordedWish(ticket.wish) : ''
  const given = [...ticketArguments(ticket), mostTickets, recorded]
  const { environmentId } = ticket.queue
  return Answer.parse(await run(redis, scripts.enqueueScript, environmentId, given))
}

/** Keeps a ticket for another ten seconds, and brings back one that Redis lost. */
export async function refresh(
  redis: Redis,
  ticket: NewTicket,
  queuedAt: number,
): Promise<TicketState> {
  const given = [...ticketArguments(ticket), queuedAt]
  const { environmentId } = ticket.queue
  return Answer.parse(await run(redis, scripts.refreshScript, environmentId, given))
}

/** The ticket by its id (and on whose behalf), or the one that a player has. */
export type TicketOf = { ticketId: string; holder?: string } | { ticketId?: never; holder: string }

const asArguments = ({ ticketId = '', holder = '' }: TicketOf) => [ticketId, holder]

/** Takes a ticket out of its queue: `queued` when that worked, `matched` when it was too late. */
export async function cancel(
  redis: Redis,
  environmentId: string,
  of: TicketOf,
  nodeId = '',
): Promise<TicketState> {
  const given = [...asArguments(of), nodeId]
  return Answer.parse(await run(redis, scripts.cancelScript, environmentId, given))
}

/** The player has come to the room, so the next wish is a new one. */
export async function settle(
  redis: Redis,
  environmentId: string,
  playerId: string,
  ticketId: string,
): Promise<void> {
  await run(redis, scripts.settleScript, environmentId, [playerId, ticketId])
}

const Row = z.union([
  z.tuple([]),
  z.tuple([
    z.enum(['queued', 'proposed', 'matched', 'closed']),
    z.string(),
    z.string(),
    z.string(),
    z.coerce.number(),
    z.coerce.number(),
    z.string(),
    z.string(),
    z.string(),
    z.string(),
    z.coerce.number(),
  ]),
])

const parseWish = (text: string): TicketWish =>
  text === '' ? { players: [] } : TicketWish.parse(JSON.parse(text))

export async function readTicket(
  redis: Redis,
  environmentId: string,
  of: TicketOf,
): Promise<StoredTicket | undefined> {
  const row = Row.parse(await run(redis, scripts.readScript, environmentId, asArguments(of)))
  if (row.length === 0) return undefined
  const [state, name, wanted, nodeId, queuedAt, deadline, rest, match, reason, ticketId, now] = row
  return {
    ticketId,
    state,
    queue: { environmentId, name },
    wish: parseWish(wanted),
    nodeId,
    queuedAt,
    now,
    timeoutSeconds: deadline === 0 ? 0 : Math.round((deadline - queuedAt) / 1_000),
    isByRest: rest === '1',
    match: match === '' ? undefined : parseMatch(match),
    reason,
  }
}

/** Tells all nodes of a ticket that none of them has made: they find its players' sockets. */
export async function tellQueued(
  redis: Redis,
  environmentId: string,
  ticketId: string,
  playerIds: string[],
): Promise<void> {
  const told = {
    kind: 'queued',
    environment_id: environmentId,
    ticket_id: ticketId,
    player_ids: playerIds,
  }
  await redis.publish(scripts.toldChannel, JSON.stringify(told))
}

/** True while `token` is the one that makes the matches of this queue. */
export async function holdLease(redis: Redis, queue: Queue, token: string): Promise<boolean> {
  return (await redis.eval(scripts.leaseScript, 1, leaseKey(queue), token, leaseMs)) === 1
}

export async function releaseLease(redis: Redis, queue: Queue, token: string): Promise<void> {
  await redis.eval(scripts.releaseScript, 1, leaseKey(queue), token)
}

const Waiting = z.array(z.string())

/** The ids of who waits, longest first, and the time by the clock that dated them. */
export async function listWaiting(redis: Redis, { environmentId, name }: Queue, most: number) {
  const [now, ...flat] = Waiting.parse(
    await run(redis, scripts.waitingScript, environmentId, [name, most]),
  )
  const places: { ticketId: string; since: number }[] = []
  for (let index = 0; index + 1 < flat.length; index += 2) {
    places.push({ ticketId: flat[index] ?? '', since: Number(flat[index + 1]) })
  }
  return { now: Number(now), places }
}

/** What these tickets ask for; those that are gone are left out. */
export async function readWishes(redis: Redis, environmentId: string, ticketIds: string[]) {
  const found = new Map<string, { nodeId: string; wish: TicketWish }>()
  for (let start = 0; start < ticketIds.length; start += 500) {
    const some = ticketIds.slice(start, start + 500)
    const pipeline = redis.pipeline()
    for (const id of some) pipeline.hmget(ticketKey(environmentId, id), 'node', 'wanted')
    const answers = z
      .array(z.tuple([z.unknown(), z.tuple([z.string().nullable(), z.string().nullable()])]))
      .parse(await answerOf(pipeline.exec()))
    answers.forEach(([, [nodeId, wanted]], index) => {
      const id = some[index]
      if (id === undefined || wanted === null) return
      found.set(id, { nodeId: nodeId ?? '', wish: parseWish(wanted) })
    })
  }
  return found
}

/** How long those waited who were matched lately, in seconds: the median; null when nobody was. */
export async function estimateWait(redis: Redis, { environmentId, name }: Queue) {
  const waits = await answerOf(redis.lrange(`${prefixOf(environmentId)}waits:${name}`, 0, -1))
  const sorted = waits.map(Number).sort((a, b) => a - b)
  const middle = sorted[sorted.length >> 1]
  return middle === undefined ? null : Math.round(middle / 100) / 10
}

export interface Commit {
  queue: Queue
  match: MatchRecord
  ticketIds: string[]
  /** The lease's; undefined: whoever commits first wins. */
  token?: string
  /** Undefined: the match stands at once. */
  acceptSeconds?: number | undefined
}

/** Makes or proposes the match, if all its tickets still wait and nobody else makes the matches of this queue. */
export async function commitMatch(redis: Redis, commit: Commit): Promise<boolean> {
  const { queue, match, ticketIds, token = '', acceptSeconds = 0 } = commit
  const given = [
    JSON.stringify(match),
    match.room_id,
    matchRecordSeconds,
    JSON.stringify(ticketIds),
    leaseKey(queue),
    token,
    acceptSeconds,
    match.match_id,
    queue.name,
  ]
  return (await run(redis, scripts.commitScript, queue.environmentId, given)) === 'made'
}

const Answered = z.enum(['gone', 'waiting', 'matched', 'dissolved'])

/** A player's yes or no to a proposed match. */
export async function answerProposal(
  redis: Redis,
  environmentId: string,
  matchId: string,
  playerId: string,
  isYes: boolean,
  nodeId = '',
) {
  const given = [matchId, playerId, isYes ? '1' : '0', nodeId]
  return Answered.parse(await run(redis, scripts.answerScript, environmentId, given))
}

/** After Redis forgot everything: a match that was told stays made, and its room stays closed to others. */
export async function restoreMatch(
  redis: Redis,
  match: MatchRecord,
  ticketIds: string[],
): Promise<void> {
  const given = [
    JSON.stringify(match),
    match.room_id,
    matchRecordSeconds,
    JSON.stringify(ticketIds),
  ]
  await run(redis, scripts.restoreScript, match.environment_id, given)
}

/**
 * Keeps the room of a match closed to others for another ten minutes, also after Redis forgot everything. Answers the
 * match as it stands now, which may have more players than the given one.
 */
export async function renewMatch(redis: Redis, match: MatchRecord): Promise<MatchRecord> {
  const given = [JSON.stringify(match), match.room_id, matchRecordSeconds]
  return parseMatch(String(await run(redis, scripts.renewScript, match.environment_id, given)))
}

const Roster = z.array(z.object({ player_id: z.string(), team: z.string().optional() }))
/** Who plays in a match; without teams where its queue has none. */
export type Roster = z.output<typeof Roster>

/** Known while the match is played, and for two hours after its room was heard of last. */
export async function readRoster(
  redis: Redis,
  environmentId: string,
  matchId: string,
): Promise<Roster | undefined> {
  const text = await answerOf(redis.get(`${prefixOf(environmentId)}match:${matchId}`))
  return text === null ? undefined : Roster.parse(JSON.parse(text))
}

const recordKey = ({ environmentId, name }: Queue) => `${prefixOf(environmentId)}record:${name}`

const Recorded = z.object({
  kind: z.enum(['came', 'left', 'matched']),
  ticket: z.string(),
  at: z.coerce.number(),
  wish: z.string(),
})

/** Something that happened in a queue, `at` in milliseconds since 1970. */
export interface QueueEvent {
  kind: 'came' | 'left' | 'matched'
  ticket: string
  at: number
  /** Of a ticket that came. */
  wish?: TicketWish
}

/** What was recorded of a queue lately, oldest first. */
export async function readRecording(
  redis: Redis,
  queue: Queue,
  most: number,
): Promise<QueueEvent[]> {
  const entries = await answerOf(redis.xrevrange(recordKey(queue), '+', '-', 'COUNT', most))
  return entries.reverse().map(([, fields]) => {
    const pairs = fields.flatMap((field, index) =>
      index % 2 === 0 ? [[field, fields[index + 1]] as const] : [],
    )
    const { wish, ...event } = Recorded.parse(Object.fromEntries(pairs))
    return event.kind === 'came' ? { ...event, wish: parseWish(wish) } : event
  })
}
