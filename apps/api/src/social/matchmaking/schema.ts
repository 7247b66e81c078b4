import {
  Attributes,
  Explanation,
  Latencies,
  mostPlayers,
  Name,
  NumberRange,
  Ranges,
} from '@aethex/shared/matchmaking'
import { z } from 'zod'
import { Id } from '../../gateway/shapes.js'

const traits = {
  attributes: Attributes.optional(),
  ranges: Ranges.optional().describe('what the same attributes of others should lie in'),
  latencies_ms: Latencies.optional().describe('there and back, by region'),
  roles: z.array(Name).max(16).optional().describe('which roles the player takes; none: any'),
}

const Member = z.strictObject({ player_id: Id, ...traits })

export const NewTicket = z.strictObject({
  /** The name of a declared queue, or any other. */
  mode: Name,
  /** Needed in modes that no queue declares, or when no latencies are given. */
  region: Name.optional(),
  /** Needed in modes that no queue declares. */
  skill_range: NumberRange.optional(),
  /** How many players make a match, in modes that no queue declares. */
  players: z.int().min(2).max(mostPlayers).default(2),
  ...traits,
  /** The whole party of the player, who leads it. */
  party: z.boolean().default(false),
  /** Who is to be matched together: anybody for servers, the members of the own party for its leader. */
  members: z.array(Member).min(1).max(mostPlayers).optional(),
})
export type NewTicket = z.output<typeof NewTicket>

export const OneTicket = z.strictObject({ ticket_id: Id })
/** To the match that is proposed: of a player for themselves, of a server for all of the ticket. */
export const ProposalAnswer = z.strictObject({ accept: z.boolean() })
export const OneQueue = z.strictObject({ environment_id: Id, queue: Name })

const Seated = z.object({
  player_id: z.string(),
  username: z.string(),
  team: z.string().optional(),
  role: z.string().optional(),
  seat: z.int().optional(),
})

export const FoundMatch = z
  .object({
    match_id: z.string(),
    room_id: z.string(),
    region: z.string().nullable(),
    players: z.array(Seated),
  })
  .meta({ id: 'FoundMatch' })

export const MatchmakingTicket = z
  .object({
    ticket_id: z.string(),
    mode: z.string(),
    /** `proposed`: the players are asked whether they accept the match. */
    state: z.enum(['queued', 'proposed', 'matched', 'closed']),
    /** Of a closed one: cancelled, timed_out, declined or replaced. */
    reason: z.string().nullable(),
    player_ids: z.array(z.string()),
    waiting_seconds: z.number(),
    explanation: Explanation.nullable(),
    match: FoundMatch.nullable(),
  })
  .meta({ id: 'MatchmakingTicket' })

export const TicketAnswer = z.object({ ticket: MatchmakingTicket })

export const QueueList = z.object({
  items: z.array(
    z
      .object({
        name: z.string(),
        teams: z.array(z.object({ name: z.string(), size: z.int(), roles: z.array(z.string()) })),
        /** Where a region is measured; null: by means of your own. */
        regions: z.array(z.object({ name: z.string(), ping_url: z.string().nullable() })),
        party_size: z.int(),
        ready_check_seconds: z.int().nullable(),
        /** Tickets of this queue are made by REST: its skill is the platform's own rating. */
        is_rated: z.boolean(),
      })
      .meta({ id: 'MatchmakingQueue' }),
  ),
  next_cursor: z.null(),
})

export const NewBackfill = z.strictObject({
  /** The declared queue whose players are let in. */
  queue: Name,
  room_id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  /** Needed when the platform knows the match no more. */
  match_id: Id.optional(),
  region: Name.optional(),
  /** Who keeps a seat. */
  players: z
    .array(z.strictObject({ ...traits, player_id: Id, team: Name, role: Name.optional() }))
    .min(1)
    .max(mostPlayers),
})
export type NewBackfill = z.output<typeof NewBackfill>
