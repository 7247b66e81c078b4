import { z } from 'zod'
import { Id, Page } from '../../gateway/shapes.js'
import { RatingName } from './settings.js'

const mostPlayers = 100

export const MatchId = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,128}$/, 'is not 1 to 128 of A-Z, a-z, 0-9, ., _, : and -')

export const OfRating = z.strictObject({ rating: RatingName })
export const OfMatch = z.strictObject({ rating: RatingName, match_id: MatchId })
export const OfRatedPlayer = z.strictObject({
  rating: RatingName,
  user_id: z.union([z.literal('me'), Id]),
})
export const OfCalibration = z.strictObject({ environment_id: Id, rating: RatingName })

const NewTeam = z.strictObject({
  players: z.array(Id).min(1).max(mostPlayers),
  /** Lower is better; the same for those who drew. */
  rank: z.int().min(1).max(1_000_000).optional(),
  /** Higher is better; only the order counts. All teams have ranks, or all have scores. */
  score: z.number().min(-1e15).max(1e15).optional(),
})

const isInOrder = (teams: readonly z.output<typeof NewTeam>[]) =>
  ['rank', 'score'].some(kind =>
    teams.every(
      ({ rank, score }) =>
        (rank === undefined) !== (kind === 'rank') && (score === undefined) !== (kind === 'score'),
    ),
  )
const playersOf = (teams: readonly z.output<typeof NewTeam>[]) =>
  teams.flatMap(({ players }) => players)

/** What came of a match. Two teams or more, up to 100 players in all, nobody twice. */
export const NewResult = z.strictObject({
  match_id: MatchId,
  teams: z
    .array(NewTeam)
    .min(2)
    .max(mostPlayers)
    .refine(isInOrder, 'is not all with a rank, or all with a score')
    .refine(
      teams => playersOf(teams).length <= mostPlayers,
      `has more than ${mostPlayers} players in all`,
    )
    .refine(
      teams => new Set(playersOf(teams)).size === playersOf(teams).length,
      'names a player twice',
    ),
})
export type NewResult = z.output<typeof NewResult>

const Estimate = z
  .object({
    mean: z.number(),
    uncertainty: z.number(),
    /** Glicko-2 only. */
    volatility: z.number().nullable(),
  })
  .meta({ id: 'RatingEstimate' })

export const RatedResult = z
  .object({
    rating: z.string(),
    match_id: z.string(),
    reported_by: z.enum(['server', 'players']),
    rated_at: z.iso.datetime(),
    /** Without players that have been erased since. */
    players: z.array(
      z.object({
        user_id: z.uuid(),
        /** Teams of the match from 0 on, in an order of our own. */
        team: z.int(),
        rank: z.int(),
        before: Estimate,
        after: Estimate,
      }),
    ),
  })
  .meta({ id: 'RatedResult' })
export const RatedResultAnswer = z.object({ result: RatedResult })

/** What a player has said: `waiting` for the other sides, `rated`, or `disputed` when they say otherwise. */
export const ReportAnswer = z.object({
  report: z
    .object({ match_id: z.string(), state: z.enum(['waiting', 'rated', 'disputed']) })
    .meta({ id: 'ResultReport' }),
})

const shown = {
  user_id: z.uuid(),
  /** Cautious: what the player is worth at least, as of their last match. */
  shown_rating: z.number(),
  matches: z.int(),
  last_match_at: z.iso.datetime().nullable(),
  /** Only studios see what it comes from; with Glicko-2 the uncertainty grows while the player is away. */
  estimate: Estimate.optional(),
}
export const PlayerRating = z.object({ rating: z.string(), ...shown }).meta({ id: 'PlayerRating' })
export const PlayerRatingAnswer = z.object({ rating: PlayerRating })

export const RatingPage = z.object({
  items: z.array(z.object({ username: z.string(), ...shown }).meta({ id: 'RatedPlayer' })),
  next_cursor: z.string().nullable(),
})

export const RatingHistory = z.object({
  items: z.array(
    z
      .object({
        match_id: z.string(),
        /** Counts the player's matches from 1. */
        number: z.int(),
        rank: z.int(),
        rated_at: z.iso.datetime(),
        shown_before: z.number(),
        shown_after: z.number(),
        before: Estimate.optional(),
        after: Estimate.optional(),
      })
      .meta({ id: 'RatingChange' }),
  ),
  next_cursor: z.string().nullable(),
})

export const RatingList = Page

const Moment = z.iso.datetime({ offset: true })

export const CalibrationPeriod = z.strictObject({
  /** From this moment on, up to but without `to`; 30 days up to now unless said, 92 at most. */
  from: Moment.optional(),
  to: Moment.optional(),
})

export const CalibrationAnswer = z.object({
  calibration: z
    .object({
      rating: z.string(),
      system: z.enum(['weng_lin', 'glicko2']),
      from: z.iso.datetime(),
      to: z.iso.datetime(),
      matches: z.int(),
      /** Pairs of teams that were compared: one for two teams, as many as teams for more. */
      predictions: z.int(),
      /** Mean squared error; 0.25 is what tossing a coin has. Null without predictions, as what follows. */
      brier_score: z.number().nullable(),
      /** Mean of −ln of the chance that was given to what happened; 0.693 is what tossing a coin has. */
      log_loss: z.number().nullable(),
      /** How far prediction and outcome are apart on average, by bucket. */
      calibration_error: z.number().nullable(),
      /** Of the favourite's chance, from even to certain. */
      buckets: z.array(
        z.object({
          from: z.number(),
          to: z.number(),
          predictions: z.int(),
          /** Means; null for an empty bucket. */
          predicted: z.number().nullable(),
          observed: z.number().nullable(),
        }),
      ),
    })
    .meta({ id: 'Calibration' }),
})
