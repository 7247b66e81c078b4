/**
 * Glicko-2 after Mark E. Glickman, "Example of the Glicko-2 system", http://www.glicko.net/glicko/glicko2.pdf.
 * The steps are numbered as there. Pure: numbers in, numbers out.
 */

/** On the scale of the original Glicko: 1500, 350, 0.06 for somebody new. */
export interface GlickoPlayer {
  rating: number
  deviation: number
  volatility: number
}

/** One game against somebody: `score` is 1 for a win, 0.5 for a draw, 0 for a loss. */
export interface GlickoGame {
  rating: number
  deviation: number
  score: number
}

export interface GlickoOptions {
  /** Limits how fast volatility changes; 0.3 to 1.2. */
  tau: number
  /** Rating periods since the player's last one; 1 is the paper's own case. */
  periods: number
  /** Time away never makes anybody more uncertain than this. */
  mostDeviation: number
}

const scale = 173.7178
const convergence = 0.000_001

/** Step 3: how much less a game says, the less is known of the opponent. */
const g = (phi: number) => 1 / Math.sqrt(1 + (3 * phi * phi) / (Math.PI * Math.PI))

const expectation = (mu: number, opponentMu: number, weight: number) =>
  1 / (1 + Math.exp(-weight * (mu - opponentMu)))

/** Step 5: the volatility at which f is zero, by the Illinois variant of regula falsi. */
function nextVolatility(
  { phi, volatility, variance, delta }: Record<'phi' | 'volatility' | 'variance' | 'delta', number>,
  tau: number,
): number {
  const start = Math.log(volatility * volatility)
  const f = (x: number) => {
    const grown = Math.exp(x)
    const spread = phi * phi + variance + grown
    const surprise = delta * delta - phi * phi - variance - grown
    return (grown * surprise) / (2 * spread * spread) - (x - start) / (tau * tau)
  }
  let low = start
  let high: number
  const excess = delta * delta - phi * phi - variance
  if (excess > 0) high = Math.log(excess)
  else {
    let steps = 1
    while (f(start - steps * tau) < 0) steps++
    high = start - steps * tau
  }
  let atLow = f(low)
  let atHigh = f(high)
  while (Math.abs(high - low) > convergence) {
    const middle = low + ((low - high) * atLow) / (atHigh - atLow)
    const atMiddle = f(middle)
    if (atMiddle * atHigh <= 0) {
      low = high
      atLow = atHigh
    } else atLow /= 2
    high = middle
    atHigh = atMiddle
  }
  return Math.exp(low / 2)
}

/** Step 6 for somebody who does not play, over any number of periods. */
export function afterTimeAway(
  { rating, deviation, volatility }: GlickoPlayer,
  { periods, mostDeviation }: Pick<GlickoOptions, 'periods' | 'mostDeviation'>,
): GlickoPlayer {
  const grown = Math.sqrt(deviation ** 2 + periods * (volatility * scale) ** 2)
  return { rating, volatility, deviation: Math.max(deviation, Math.min(grown, mostDeviation)) }
}

/**
 * What a player is worth after the games of one period. `player` is as of the end of their last one: whole periods
 * between are time away, and the last one, or the part of one that has passed, is the one that is played in.
 */
export function rateGlicko2(
  player: GlickoPlayer,
  games: readonly GlickoGame[],
  { tau, periods, mostDeviation }: GlickoOptions,
): GlickoPlayer {
  const away = Math.max(0, periods - 1)
  const known = afterTimeAway(player, { periods: away, mostDeviation })
  if (games.length === 0) return afterTimeAway(known, { periods: periods - away, mostDeviation })
  // Step 2
  const mu = (known.rating - 1_500) / scale
  const phi = known.deviation / scale
  // Steps 3 and 4
  let information = 0
  let improvement = 0
  for (const game of games) {
    const weight = g(game.deviation / scale)
    const expected = expectation(mu, (game.rating - 1_500) / scale, weight)
    information += weight * weight * expected * (1 - expected)
    improvement += weight * (game.score - expected)
  }
  const variance = 1 / information
  const delta = variance * improvement
  const volatility = nextVolatility({ phi, volatility: known.volatility, variance, delta }, tau)
  // Steps 6 and 7
  const { deviation } = afterTimeAway(
    { ...known, volatility },
    { periods: periods - away, mostDeviation },
  )
  const before = deviation / scale
  const after = 1 / Math.sqrt(1 / (before * before) + information)
  // Step 8
  return {
    rating: known.rating + scale * after * after * improvement,
    deviation: after * scale,
    volatility,
  }
}

/** How likely `a` is to beat `b`, with what is unknown of both; draws count as half a win. */
export function predictGlicko2(
  a: Pick<GlickoPlayer, 'rating' | 'deviation'>,
  b: Pick<GlickoPlayer, 'rating' | 'deviation'>,
): number {
  const weight = g(Math.hypot(a.deviation, b.deviation) / scale)
  return expectation(a.rating / scale, b.rating / scale, weight)
}
