import { answerOf, type Redis } from '@aethex/shared/redis'
import { z } from 'zod'
import { MatchRecord, matchRecordKey, matchRecordSeconds } from '../rooms/match-records.js'
import type { WaitingTicket } from './matcher.js'
import * as scripts from './queue-scripts.js'

/** Only tickets of one queue are matched with each other. */
export interface Queue {
  environmentId: string
  mode: string
  region: string
  players: number
}

/** What a player asked for, and where to find it. */
export interface Wish {
  queue: Queue
  playerId: string
  username: string
  nodeId: string
  skillRange: readonly [number, number]
}

export type TicketState =
  | { state: 'queued'; ticketId: string; queuedAt: number }
  | { state: 'matched'; ticketId: string; match: MatchRecord }
  /** Cancelled, replaced by another ticket, or never there. */
  | { state: 'closed' }
  /** The player waits with other wishes. */
  | { state: 'otherwise' }

/** Where commits of matches are told to all nodes. */
export const matchesChannel = 'matchmaking:matches'

const leaseMs = 1_500
// More would make a round slow; the others move up as these are matched.
const maxPerRound = 1_000

export const queueName = ({ mode, region, players }: Queue) => `${mode}:${region}:${players}`

const within = (environmentId: string) => `matchmaking:{${environmentId}}`
const entryPrefix = (environmentId: string) => `${within(environmentId)}:player:`
const queuePrefix = (environmentId: string) => `${within(environmentId)}:queue:`
const queueKey = (queue: Queue) => queuePrefix(queue.environmentId) + queueName(queue)
const leaseKey = (queue: Queue) => `${within(queue.environmentId)}:lease:${queueName(queue)}`

const TicketAnswer = z
  .union([
    z.tuple([z.literal('queued'), z.string(), z.string()]),
    z.tuple([z.literal('matched'), z.string(), z.string()]),
    z.tuple([z.literal('closed')]),
    z.tuple([z.literal('otherwise')]),
  ])
  .transform(([state, ticketId = '', rest = '']): TicketState => {
    if (state === 'queued') return { state, ticketId, queuedAt: Number(rest) }
    if (state === 'matched') return { state, ticketId, match: parseMatch(rest) }
    return { state }
  })

const Row = z
  .tuple([
    z.string(),
    z.string(),
    z.coerce.number(),
    z.coerce.number(),
    z.coerce.number(),
    z.string(),
    z.string(),
  ])
  .transform(
    ([playerId, ticketId, queuedAt, low, high, nodeId, username]): WaitingTicket => ({
      playerId,
      ticketId,
      queuedAt,
      skillRange: [low, high],
      nodeId,
      username,
    }),
  )
const WaitingAnswer = z.tuple([z.coerce.number(), z.array(Row)])

export const parseMatch = (text: string) => MatchRecord.parse(JSON.parse(text))

const wishArguments = ({ queue, skillRange: [low, high], nodeId, username, playerId }: Wish) => [
  queueName(queue),
  low,
  high,
  nodeId,
  username,
  playerId,
]

const keysOf = ({ queue, playerId }: Wish): [string, string] => [
  entryPrefix(queue.environmentId) + playerId,
  queueKey(queue),
]

/** Queues the player under `ticketId`, or answers where the player stands already. */
export async function enqueue(redis: Redis, wish: Wish, ticketId: string): Promise<TicketState> {
  return TicketAnswer.parse(
    await answerOf(
      redis.eval(scripts.enqueueScript, 2, ...keysOf(wish), ticketId, ...wishArguments(wish)),
    ),
  )
}

/** Keeps a ticket for another ten seconds, and brings back one that Redis lost. */
export async function refresh(
  redis: Redis,
  wish: Wish,
  ticketId: string,
  queuedAt: number,
): Promise<TicketState> {
  const given = [ticketId, ...wishArguments(wish), queuedAt]
  return TicketAnswer.parse(
    await answerOf(redis.eval(scripts.refreshScript, 2, ...keysOf(wish), ...given)),
  )
}

/** Takes the player out of the queue: `queued` when that worked, `matched` when it was too late. */
export async function cancel(
  redis: Redis,
  environmentId: string,
  playerId: string,
): Promise<TicketState> {
  const key = entryPrefix(environmentId) + playerId
  return TicketAnswer.parse(
    await answerOf(redis.eval(scripts.cancelScript, 1, key, playerId, queuePrefix(environmentId))),
  )
}

/** The player has come to the room, so the next wish is a new one. */
export async function settle(
  redis: Redis,
  environmentId: string,
  playerId: string,
  ticketId: string,
): Promise<void> {
  const key = entryPrefix(environmentId) + playerId
  await answerOf(redis.eval(scripts.settleScript, 1, key, ticketId))
}

/** True while `token` is the one that makes the matches of this queue. */
export async function holdLease(redis: Redis, queue: Queue, token: string): Promise<boolean> {
  const answer = await redis.eval(scripts.leaseScript, 1, leaseKey(queue), token, leaseMs)
  return answer === 1
}

export async function releaseLease(redis: Redis, queue: Queue, token: string): Promise<void> {
  await redis.eval(scripts.releaseScript, 1, leaseKey(queue), token)
}

/** Who waits in a queue, longest first, and the time by the clock that dated them. */
export async function listWaiting(
  redis: Redis,
  queue: Queue,
): Promise<{ now: number; tickets: WaitingTicket[] }> {
  const given = [queueName(queue), entryPrefix(queue.environmentId), maxPerRound]
  const [now, tickets] = WaitingAnswer.parse(
    await redis.eval(scripts.waitingScript, 1, queueKey(queue), ...given),
  )
  return { now, tickets }
}

/** Makes the match, if all its tickets still wait. */
export async function commitMatch(
  redis: Redis,
  queue: Queue,
  match: MatchRecord,
): Promise<boolean> {
  const { environmentId } = queue
  const keys = [
    queueKey(queue),
    matchRecordKey(environmentId, match.room_id),
    ...match.players.map(({ player_id }) => entryPrefix(environmentId) + player_id),
  ]
  const given = match.players.flatMap(({ ticket_id, player_id }) => [ticket_id, player_id])
  const answer = await redis.eval(
    scripts.commitScript,
    keys.length,
    ...keys,
    JSON.stringify(match),
    matchRecordSeconds,
    matchesChannel,
    ...given,
  )
  return answer === 1
}
