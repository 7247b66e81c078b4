import { z } from 'zod'
import { mostPlayers, Name } from './queue-rules.js'

export const amount = z.number().min(-1e9).max(1e9)
const word = z.string().min(1).max(64)
const few = (most: number) => (all: object) => Object.keys(all).length <= most

/** A number, a word, a yes or no, or a list of words. */
export const AttributeValue = z.union([amount, word, z.boolean(), z.array(word).max(32)])
export type AttributeValue = z.output<typeof AttributeValue>

export const Attributes = z
  .record(Name, AttributeValue)
  .refine(few(32), 'has more than 32 attributes')

export const NumberRange = z
  .tuple([amount, amount])
  .refine(([low, high]) => low <= high, 'ends below where it begins')

export const Ranges = z.record(Name, NumberRange).refine(few(16), 'has more than 16 ranges')

/** Milliseconds there and back, by the name of the region. */
export const Latencies = z
  .record(Name, z.number().min(0).max(60_000))
  .refine(few(32), 'has more than 32 regions')

/** What is said of a player who is to be matched. */
export const PlayerTraits = z.strictObject({
  attributes: Attributes.default({}),
  ranges: Ranges.default({}).describe('what the same attributes of others should lie in'),
  latencies_ms: Latencies.default({}),
  roles: z.array(Name).max(16).default([]).describe('which roles the player takes; none: any'),
})
export type PlayerTraits = z.output<typeof PlayerTraits>

export const SeekingPlayer = PlayerTraits.extend({ player_id: z.string(), username: z.string() })
export type SeekingPlayer = z.output<typeof SeekingPlayer>

/** Who sits where in a match. */
export const Seat = z.object({ team: z.string(), role: z.string().optional() })
export type Seat = z.output<typeof Seat>

/** The running match that looks for more players; the players of its ticket sit there already. */
export const Opening = z.object({
  room_id: z.string(),
  match_id: z.string(),
  region: z.string().optional(),
  seats: z.record(z.string(), Seat),
})
export type Opening = z.output<typeof Opening>

/** What a ticket asks for. Two tickets that say the same are one. */
export const TicketWish = z.object({
  players: z.array(SeekingPlayer).max(mostPlayers),
  /** Where nothing was measured. */
  region: z.string().optional(),
  /** Of modes that no queue declares. */
  skill_range: NumberRange.optional(),
  opening: Opening.optional(),
})
export type TicketWish = z.output<typeof TicketWish>

/** A ticket that waits. */
export interface WaitingTicket {
  ticketId: string
  /** Milliseconds since 1970, by the clock of Redis. */
  since: number
  /** The node that keeps the ticket alive; empty for one that was made by REST. */
  nodeId: string
  wish: TicketWish
}
