import type { RatingRules } from './settings.js'

/** What is thought of a player: `volatility` is null outside of Glicko-2. */
export interface Estimate {
  mean: number
  uncertainty: number
  volatility: number | null
}

/** One side of a match. Of equal ranks neither beat the other. */
export interface RatedTeam {
  rank: number
  players: Estimate[]
}

/** A new player. */
export const initialEstimate = (rules: RatingRules): Estimate => ({
  mean: rules.mean,
  uncertainty: rules.uncertainty,
  volatility: rules.system === 'glicko2' ? rules.volatility : null,
})

/**
 * So many uncertainties below the mean is what is shown: with Weng-Lin three, as its authors and TrueSkill do;
 * with Glicko-2 two, the lower end of the interval that the paper reports.
 */
const caution = { weng_lin: 3, glicko2: 2 } as const

/** The cautious estimate, by which lists are ordered. */
export const standingOf = (rules: RatingRules, { mean, uncertainty }: Estimate) =>
  mean - caution[rules.system] * uncertainty

/** What players see of a standing, to two digits behind the point. */
export const shownRating = (rules: RatingRules, standing: number) =>
  Math.round((rules.shown_offset + rules.shown_scale * standing) * 100) / 100
