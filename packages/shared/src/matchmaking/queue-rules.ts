import { z } from 'zod'
import { Limit, OffAfter } from './relaxation.js'

/** The most players of one match; a room holds no more. */
export const mostPlayers = 100

export const Name = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'is 1 to 64 letters, digits, _ or -')
  .refine(name => name !== '__proto__', 'is never a name')

const count = z.int().min(1).max(mostPlayers)

const RoleInTeam = z
  .strictObject({ name: Name, min: z.int().min(0).max(mostPlayers).default(0), max: count })
  .refine(({ min, max }) => min <= max, 'needs more than it takes')

const Team = z
  .strictObject({
    name: Name,
    size: count.describe('the most players'),
    min: count.optional().describe('the fewest; the size unless said'),
    min_after: z
      .array(z.strictObject({ after_seconds: z.number().min(0).max(86_400), min: count }))
      .max(8)
      .default([])
      .describe('fewer will do once the longest waiting has waited for so long'),
    roles: z.array(RoleInTeam).max(16).default([]),
  })
  .refine(({ size, min = size }) => min <= size, 'needs more players than it holds')
  .refine(
    ({ size, roles }) => roles.reduce((sum, { min }) => sum + min, 0) <= size,
    'needs more players in its roles than it holds',
  )
export type Team = z.output<typeof Team>

const Rule = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('equal'),
    attribute: Name,
    off_after_seconds: OffAfter,
  }),
  z.strictObject({ type: z.literal('distance'), attribute: Name, max: Limit }),
  z
    .strictObject({
      type: z.literal('range'),
      attribute: Name,
      widen: Limit.default({ value: 0, steps: [], per_second: 0, up_to: null }),
    })
    .describe('everybody lies in the range that the others wish for, widened by so much'),
  z
    .strictObject({
      type: z.literal('overlap'),
      attribute: Name,
      min: z.int().min(1).max(32).default(1),
      off_after_seconds: OffAfter,
    })
    .describe('lists of words; so many words stand in the lists of all'),
])
export type AttributeRule = z.output<typeof Rule>

const Region = z.strictObject({
  name: Name,
  ping_url: z
    .url({ protocol: /^https?$/ })
    .max(2_048)
    .optional()
    .describe('what clients call to measure their way there'),
})

/** A queue that the studio declares. Its name is the `mode` on the wire. */
export const QueueRules = z
  .strictObject({
    name: Name,
    teams: z.array(Team).min(1).max(16),
    even_teams: z
      .boolean()
      .default(true)
      .describe('teams of the same declared size get equally many players'),
    skill: z
      .strictObject({
        attribute: Name,
        max_distance: Limit,
        from_rating: Name.nullable()
          .default(null)
          .describe(
            'the built-in rating that the number comes from; such tickets are made by REST',
          ),
      })
      .nullable()
      .default(null)
      .describe('the numbers of any two tickets are no further apart; a party counts by its mean'),
    rules: z.array(Rule).max(16).default([]),
    regions: z
      .strictObject({ list: z.array(Region).min(1).max(32), max_latency_ms: Limit })
      .nullable()
      .default(null),
    relax_by: z
      .enum(['oldest', 'newest'])
      .default('oldest')
      .describe('whose waiting widens the limits of a match'),
    parties: z.strictObject({ max_size: count }).nullable().default(null),
    attributes_from: z
      .enum(['players', 'servers'])
      .default('players')
      .describe('`servers`: only secret keys say what a player is like, by REST'),
    backfill: z
      .enum(['off', 'servers', 'players'])
      .default('off')
      .describe('who may offer the free seats of a running match'),
    ready_check: z
      .strictObject({ seconds: z.int().min(3).max(120) })
      .nullable()
      .default(null),
    ticket_timeout_seconds: z.int().min(10).max(3_600).default(600),
    record: z.boolean().default(false).describe('keeps what happens, for simulations'),
  })
  .refine(({ teams }) => new Set(teams.map(({ name }) => name)).size === teams.length, {
    message: 'names a team twice',
  })
  .refine(({ teams }) => teams.reduce((sum, { size }) => sum + size, 0) <= mostPlayers, {
    message: `has room for more than ${mostPlayers} players`,
  })
  .refine(({ teams }) => teams.reduce((sum, { size }) => sum + size, 0) >= 2, {
    message: 'has room for one player only',
  })
  .refine(
    ({ skill, rules }) => {
      const names = [...(skill === null ? [] : ['skill']), ...rules.map(ruleName)]
      return new Set(names).size === names.length
    },
    { message: 'has two rules of one type for one attribute' },
  )
export type QueueRules = z.output<typeof QueueRules>

/** How a rule is called where it is explained. */
export function ruleName({ type, attribute }: { type: string; attribute: string }): string {
  return `${type}:${attribute}`
}

/** The setting `matchmaking.queues`; the relay reads a copy of it. */
export const QueueSettings = z.strictObject({
  queues: z
    .array(QueueRules)
    .max(32)
    .default([])
    .refine(queues => new Set(queues.map(({ name }) => name)).size === queues.length, {
      message: 'declares a queue twice',
    }),
  undeclared_modes: z
    .boolean()
    .default(true)
    .describe('players may also wait in modes that no queue declares'),
})
export type QueueSettings = z.output<typeof QueueSettings>

export const capacityOf = ({ teams }: QueueRules) => teams.reduce((sum, { size }) => sum + size, 0)

/** The fewest players of a team once somebody has waited for so long. */
export function fewestOf({ size, min, min_after }: Team, seconds: number): number {
  let fewest = min ?? size
  for (const step of min_after) {
    if (seconds >= step.after_seconds) fewest = Math.min(fewest, step.min)
  }
  return fewest
}
