export interface SimulatedMatch {
  players: number
  /** Of each ticket, in seconds. */
  waits: number[]
  /** Between the best and the weakest ticket. */
  skillSpread: number
  /** Between the means of the strongest and the weakest team. */
  teamDifference: number
  /** Of the slowest player; undefined in a queue without regions. */
  latencyMs: number | undefined
}

interface Spread {
  mean: number
  p50: number
  p90: number
  p99: number
  most: number
}

export interface Report {
  tickets: number
  matched: number
  left: number
  timed_out: number
  matches: number
  players_per_match: number
  waiting_seconds: Spread
  /** How many tickets waited for less than so many seconds, and not for less than the bound before. */
  waited: { below_seconds: number | null; tickets: number }[]
  skill_spread: Spread
  team_difference: Spread
  latency_ms: Spread | null
}

const round = (value: number) => Math.round(value * 10) / 10

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)
  const sum = values.reduce((total, value) => total + value, 0)
  const mean = sorted.length === 0 ? 0 : round(sum / sorted.length)
  return { mean, p50: at(0.5), p90: at(0.9), p99: at(0.99), most: at(1) }
}

const bounds = [1, 2, 5, 10, 20, 30, 60, 120, 300]

function histogram(waits: readonly number[]) {
  return [...bounds, null].map((below, index) => {
    const from = bounds[index - 1] ?? 0
    const to = below ?? Number.POSITIVE_INFINITY
    return { below_seconds: below, tickets: waits.filter(wait => wait >= from && wait < to).length }
  })
}

export function reportOn(
  tickets: number,
  matches: readonly SimulatedMatch[],
  ends: { left: number; timed_out: number },
): Report {
  const waits = matches.flatMap(match => match.waits)
  const latencies = matches.flatMap(({ latencyMs }) => latencyMs ?? [])
  const players = matches.reduce((sum, match) => sum + match.players, 0)
  return {
    tickets,
    matched: waits.length,
    ...ends,
    matches: matches.length,
    players_per_match: matches.length === 0 ? 0 : round(players / matches.length),
    waiting_seconds: spreadOf(waits),
    waited: histogram(waits),
    skill_spread: spreadOf(matches.map(({ skillSpread }) => skillSpread)),
    team_difference: spreadOf(matches.map(({ teamDifference }) => teamDifference)),
    latency_ms: latencies.length === 0 ? null : spreadOf(latencies),
  }
}

const line = (name: string, { mean, p50, p90, p99, most }: Spread) =>
  [name.padEnd(18), ...[mean, p50, p90, p99, most].map(value => String(value).padStart(9))].join('')

/** The report for a terminal. */
export function tableOf(report: Report): string {
  const { tickets, matched, left, timed_out, matches, players_per_match, waited } = report
  const widest = Math.max(1, ...waited.map(row => row.tickets))
  return [
    `${tickets} tickets: ${matched} matched in ${matches} matches of ${players_per_match} players, ${left} left, ${timed_out} timed out`,
    '',
    ['', 'mean', 'p50', 'p90', 'p99', 'most']
      .map((name, index) => (index === 0 ? ''.padEnd(18) : name.padStart(9)))
      .join(''),
    line('waiting, seconds', report.waiting_seconds),
    line('skill spread', report.skill_spread),
    line('team difference', report.team_difference),
    ...(report.latency_ms === null ? [] : [line('latency, ms', report.latency_ms)]),
    '',
    ...waited.map(({ below_seconds, tickets: count }) => {
      const name =
        below_seconds === null ? `${bounds.at(-1)} s and more` : `below ${below_seconds} s`
      const bar = '#'.repeat(Math.round((40 * count) / widest))
      return `${name.padEnd(18)}${String(count).padStart(9)}  ${bar}`.trimEnd()
    }),
  ].join('\n')
}
