import { z } from 'zod'
import { EventName } from '../ingest/schema.js'

const maxDays = 400
const dayMs = 86_400_000

// What ClickHouse's Date can hold, with room on both sides.
const Day = z.iso.date().refine(day => day >= '2000-01-01' && day < '2100-01-01', 'is out of range')

const daysOf = ({ from, to }: { from: string; to: string }) =>
  (Date.parse(to) - Date.parse(from)) / dayMs + 1

const isOrdered = (range: { from: string; to: string }) => daysOf(range) >= 1
const isShort = (range: { from: string; to: string }) => daysOf(range) <= maxDays

const notOrdered = { path: ['to'], message: 'is before `from`' }
const notShort = { path: ['to'], message: `is more than ${maxDays} days after \`from\`` }

/** Days in UTC, the first and the last included. */
const range = { from: Day, to: Day }

export const EventsPerDay = z
  .strictObject({ question: z.literal('events_per_day'), ...range, name: EventName.optional() })
  .refine(isOrdered, notOrdered)
  .refine(isShort, notShort)

export const DailyActivePlayers = z
  .strictObject({ question: z.literal('daily_active_players'), ...range })
  .refine(isOrdered, notOrdered)
  .refine(isShort, notShort)

export const Query = z.discriminatedUnion('question', [EventsPerDay, DailyActivePlayers])
export type Query = z.output<typeof Query>

export const EventsOfDay = z.strictObject({ day: z.iso.date(), name: z.string(), events: z.int() })
export const PlayersOfDay = z.strictObject({ day: z.iso.date(), players: z.int() })

/** Days without anything to count have no row. */
export const Answer = z.strictObject({ rows: z.array(z.union([EventsOfDay, PlayersOfDay])) })
