import { type Model, type Options, predictWin, rate } from 'openskill'
import { bradleyTerryFull, plackettLuce, thurstoneMostellerFull } from 'openskill/models'
import type { Estimate, RatedTeam } from './estimate.js'
import type { WengLin } from './settings.js'

const models: Record<WengLin['model'], Model> = {
  plackett_luce: plackettLuce,
  bradley_terry: bradleyTerryFull,
  thurstone_mosteller: thurstoneMostellerFull,
}

const sumOf = (team: RatedTeam) => team.players.reduce((sum, player) => sum + player.mean, 0)

/** What the players of each team are worth after the match, in the order given. */
export function rateWengLin(rules: WengLin, teams: readonly RatedTeam[]): Estimate[][] {
  const options: Options = {
    beta: rules.beta,
    tau: rules.tau,
    model: models[rules.model],
    rank: teams.map(({ rank }) => rank),
  }
  // Only differences between the teams count, and the models raise e to the sums: those begin at zero here.
  const highest = Math.max(...teams.map(sumOf))
  const given = teams.map(({ players }) =>
    players.map(({ mean, uncertainty }) => ({
      mu: mean - highest / players.length,
      sigma: uncertainty,
    })),
  )
  return rate(given, options).map(team =>
    team.map(({ mu, sigma }) => ({
      mean: mu + highest / team.length,
      uncertainty: sigma,
      volatility: null,
    })),
  )
}

/** The sum of a team's means and of its variances, with what the match adds to each. */
function strengthOf({ players }: RatedTeam, { tau }: WengLin) {
  const spread = players.map(({ uncertainty }) => uncertainty ** 2 + tau ** 2)
  return {
    mean: players.reduce((sum, { mean }) => sum + mean, 0),
    variance: spread.reduce((sum, one) => sum + one, 0),
  }
}

/**
 * How likely a team is to come before another one, by the very link that the model learns with: what a model says of
 * itself is the only prediction whose calibration means anything. (`predictWin` of the package is the normal one for
 * all models, which for the logistic ones is too sure of itself.)
 */
export function createWengLinPredictor(rules: WengLin, teams: readonly RatedTeam[]) {
  const strengths = new Map(teams.map(team => [team, strengthOf(team, rules)]))
  const all = [...strengths.values()]
  const ofMatch = all.reduce((sum, { variance }) => sum + variance + rules.beta ** 2, 0)
  return (first: RatedTeam, second: RatedTeam): number => {
    const a = strengths.get(first) ?? strengthOf(first, rules)
    const b = strengths.get(second) ?? strengthOf(second, rules)
    const ofPair = a.variance + b.variance + 2 * rules.beta ** 2
    switch (rules.model) {
      case 'plackett_luce':
        return logistic(a.mean - b.mean, Math.sqrt(ofMatch))
      case 'bradley_terry':
        return logistic(a.mean - b.mean, Math.sqrt(ofPair))
      case 'thurstone_mosteller':
        return normal(a, b, rules.beta)
    }
  }
}

const logistic = (difference: number, scale: number) => 1 / (1 + Math.exp(-difference / scale))

type Strength = ReturnType<typeof strengthOf>

function normal(a: Strength, b: Strength, beta: number): number {
  const asOne = ({ mean, variance }: Strength) => [{ mu: mean, sigma: Math.sqrt(variance) }]
  return predictWin([asOne(a), asOne(b)], { beta })[0] ?? 0.5
}
