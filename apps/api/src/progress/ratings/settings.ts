import { z } from 'zod'
import { setting } from '../../gateway/setting.js'

export const RatingName = z
  .string()
  .regex(/^[a-z0-9_-]{1,64}$/, 'is not 1 to 64 of a-z, 0-9, _ and -')

const mostRatings = 20

/** What both systems have. */
const common = {
  /** Who may see a player's rating, beside the studio: every player, that player alone, or no player. */
  visible_to: z.enum(['everyone', 'owner', 'servers']).default('everyone'),
  /**
   * Whose word counts: that of the studio's server; also that of the `players` of a match that matchmaking made here,
   * when every side says the same; or that of `anyone` about any match they name. The server's word settles what players
   * dispute.
   */
  reported_by: z.enum(['server', 'players', 'anyone']).default('server'),
  /** What is shown is `shown_offset` + `shown_scale` × the cautious estimate. */
  shown_scale: z.number().min(0.001).max(1_000).default(1),
  shown_offset: z.number().min(-1_000_000).max(1_000_000).default(0),
}

/** Weng and Lin, "A Bayesian Approximation Method for Online Ranking" (2011): teams of any size, any number of them. */
const WengLin = z.strictObject({
  ...common,
  system: z.literal('weng_lin'),
  /**
   * Full pairing only: the variants that compare neighbours in the ranking give players who drew different ratings,
   * by nothing but their order.
   */
  model: z.enum(['plackett_luce', 'bradley_terry', 'thurstone_mosteller']).default('plackett_luce'),
  /** Of a new player. */
  mean: z.number().min(-10_000).max(10_000).default(25),
  uncertainty: z
    .number()
    .min(0.001)
    .max(10_000)
    .default(25 / 3),
  /** How much luck there is: so far must two means be apart for the better one to win most matches. */
  beta: z
    .number()
    .min(0.001)
    .max(10_000)
    .default(25 / 6),
  /** What every match adds to the uncertainty, so that it never runs dry. */
  tau: z
    .number()
    .min(0)
    .max(1_000)
    .default(25 / 300),
})
export type WengLin = z.output<typeof WengLin>

/** Glickman, "Example of the Glicko-2 system" (2022): single players, two or more against each other. */
const Glicko2 = z.strictObject({
  ...common,
  system: z.literal('glicko2'),
  /** Of a new player. The uncertainty of somebody who stays away never grows beyond it. */
  mean: z.number().min(-10_000).max(10_000).default(1_500),
  uncertainty: z.number().min(1).max(1_000).default(350),
  volatility: z.number().min(0.001).max(1).default(0.06),
  /** How fast the volatility follows surprises; 0.3 to 1.2 make sense. */
  tau: z.number().min(0.05).max(5).default(0.5),
  /** The rating period: in so much time away, the uncertainty grows by the volatility once. */
  period_days: z.number().min(0.01).max(366).default(7),
})
export type Glicko2 = z.output<typeof Glicko2>

const RatingRules = z.discriminatedUnion('system', [WengLin, Glicko2])
export type RatingRules = z.output<typeof RatingRules>

/** Such as `{"ratings": {"duels": {"system": "glicko2"}, "battle": {"system": "weng_lin"}}}`. */
export const ratingSystems = setting({
  name: 'ratings.systems',
  summary: 'The ratings of the game, each with the system that computes it.',
  shape: z.strictObject({
    ratings: z
      .record(RatingName, RatingRules)
      .refine(all => Object.keys(all).length <= mostRatings, `has more than ${mostRatings} ratings`)
      .default({}),
  }),
})
