import { z } from 'zod'
import { parseMatch } from './match-record.js'

const match = z.string().transform(parseMatch)
const tickets = z.array(z.string())
const list = z.string().transform(text => text.split(' ').filter(id => id !== ''))

/** What nodes are told of tickets. Best effort: what is missed, refreshing the tickets finds. */
export const Told = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('matched'), match, tickets }),
  z.object({ kind: z.literal('proposed'), match, tickets, seconds: z.number() }),
  z.object({
    kind: z.literal('accepted'),
    match_id: z.string(),
    tickets,
    accepted: z.number(),
    players: z.number(),
  }),
  z.object({
    kind: z.literal('dissolved'),
    match_id: z.string(),
    by: z.string(),
    back: list,
    out: list,
  }),
  z.object({
    kind: z.literal('closed'),
    ticket_id: z.string(),
    reason: z.string(),
    by: z.string(),
  }),
  z.object({
    kind: z.literal('queued'),
    environment_id: z.string(),
    ticket_id: z.string(),
    player_ids: z.array(z.string()),
  }),
])
export type Told = z.output<typeof Told>
