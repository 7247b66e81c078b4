import type { Estimate, RatedTeam } from './estimate.js'
import { afterTimeAway, type GlickoPlayer, predictGlicko2, rateGlicko2 } from './glicko2.js'
import type { Glicko2, RatingRules } from './settings.js'
import { createWengLinPredictor, rateWengLin } from './weng-lin.js'

const dayMs = 86_400_000

/** A player of the match, as of their last one. */
export interface Contestant extends Estimate {
  lastMatchAt: Date | null
}

interface ContestingTeam {
  rank: number
  players: Contestant[]
}

/** Of pairs of teams: how likely the favourite was to come before the other, and whether it did (a draw: 0.5). */
export interface Predictions {
  predicted: number[]
  observed: number[]
}

export interface RatedMatch {
  /** What the players went into the match with, and what they came out with; as the teams were given. */
  before: Estimate[][]
  after: Estimate[][]
  predictions: Predictions
}

const toGlicko = (rules: Glicko2, { mean, uncertainty, volatility }: Estimate): GlickoPlayer => ({
  rating: mean,
  deviation: uncertainty,
  volatility: volatility ?? rules.volatility,
})

const fromGlicko = ({ rating, deviation, volatility }: GlickoPlayer): Estimate => ({
  mean: rating,
  uncertainty: deviation,
  volatility,
})

/** Clocks of several processes differ a little: nobody is back before they left. */
const periodsSince = (rules: Glicko2, since: Date | null, now: Date) =>
  since === null ? 0 : Math.max(0, now.getTime() - since.getTime()) / (rules.period_days * dayMs)

/** What is known of a player now: with Glicko-2, less than after their last match. */
export function currentEstimate(
  rules: RatingRules,
  { lastMatchAt, mean, uncertainty, volatility }: Contestant,
  now: Date,
): Estimate {
  const known = { mean, uncertainty, volatility }
  if (rules.system !== 'glicko2') return known
  const periods = periodsSince(rules, lastMatchAt, now)
  const mostDeviation = rules.uncertainty
  return fromGlicko(afterTimeAway(toGlicko(rules, known), { periods, mostDeviation }))
}

/** 1, 0.5 or 0: what came of the match for the one against the other. */
const scoreOf = (one: { rank: number }, other: { rank: number }) =>
  (Math.sign(other.rank - one.rank) + 1) / 2

/** Each against each: the games that the match was, seen by one of them. */
function rateDuels(
  rules: Glicko2,
  teams: readonly ContestingTeam[],
  before: readonly RatedTeam[],
  now: Date,
): Estimate[][] {
  return teams.map((team, at) =>
    team.players.map(player => {
      const games = before.flatMap((other, index) =>
        index === at
          ? []
          : other.players.map(({ mean, uncertainty }) => ({
              rating: mean,
              deviation: uncertainty,
              score: scoreOf(team, other),
            })),
      )
      const periods = periodsSince(rules, player.lastMatchAt, now)
      const options = { tau: rules.tau, periods, mostDeviation: rules.uncertainty }
      return fromGlicko(rateGlicko2(toGlicko(rules, player), games, options))
    }),
  )
}

/**
 * Pairs whose choice has nothing to do with the outcome: each team with the next one in the order given, which the
 * caller keeps free of it, and the last with the first. Two teams are one pair.
 */
const pairsOf = <T>(teams: readonly T[]): [T, T][] =>
  teams.flatMap((team, at) => {
    const next = teams[(at + 1) % teams.length]
    return next === undefined || next === team || (teams.length === 2 && at === 1)
      ? []
      : [[team, next]]
  })

function predict(rules: RatingRules, before: readonly RatedTeam[]): Predictions {
  const ofTeams =
    rules.system === 'weng_lin' ? createWengLinPredictor(rules, before) : predictDuel(rules)
  const pairs = pairsOf(before).map(([one, other]) => {
    const chance = ofTeams(one, other)
    const score = scoreOf(one, other)
    // Where there is no favourite, the order of the teams picks one: it says nothing about the outcome.
    return chance >= 0.5
      ? { predicted: chance, observed: score }
      : { predicted: 1 - chance, observed: 1 - score }
  })
  return {
    predicted: pairs.map(({ predicted }) => predicted),
    observed: pairs.map(({ observed }) => observed),
  }
}

const predictDuel = (rules: Glicko2) => (one: RatedTeam, other: RatedTeam) => {
  const [a, b] = [one.players[0], other.players[0]]
  if (a === undefined || b === undefined) return 0.5
  return predictGlicko2(toGlicko(rules, a), toGlicko(rules, b))
}

/** Computes a match. The order of the teams must say nothing about its outcome. */
export function rateMatch(
  rules: RatingRules,
  teams: readonly ContestingTeam[],
  now: Date,
): RatedMatch {
  const known = teams.map(({ rank, players }) => ({
    rank,
    players: players.map(player => currentEstimate(rules, player, now)),
  }))
  const after =
    rules.system === 'weng_lin' ? rateWengLin(rules, known) : rateDuels(rules, teams, known, now)
  return {
    before: known.map(({ players }) => players),
    after,
    predictions: predict(rules, known),
  }
}
