import type { Arena } from './arena.js'
import type { Player } from './player.js'
import { untilTogether } from './recovery.js'

/** What happened while a fault lasted, and until everybody was together again. */
export interface Outcome {
  name: string
  sent: number
  acked: number
  /** Calls of which the game was told that nobody knows, or that the room did not take them. */
  unknown: number
  refused: number
  /** Connections that were opened anew. */
  dials: number
  resumed: number
  gaps: number
  /** From the reference that the scenario names to everybody's return; empty when nobody was away. */
  recoveries: readonly number[]
  /** Between the first and the last of the new connections. */
  spreadMs: number
  closes: readonly number[]
}

export interface Stage {
  arena: Arena
  players: readonly Player[]
}

/** From when recoveries count, by `performance.now()`. */
type Fault = () => Promise<number>

const within = (times: readonly number[], from: number) => times.filter(at => at >= from)

/** Lets a fault happen while everybody plays, and waits until all are together. */
export async function under(name: string, { players }: Stage, fault: Fault): Promise<Outcome> {
  const from = performance.now()
  const before = players.map(({ dials }) => dials.closes.length)
  const reference = await fault()
  await untilTogether(players)
  // What was on its way has arrived after this.
  await new Promise(resolve => setTimeout(resolve, 400))
  const sent = players.flatMap(player => player.sent).filter(({ call }) => call >= from)
  const opened = players.flatMap(({ dials }) => within(dials.opened, from)).sort((a, b) => a - b)
  const returned = players.flatMap(({ returns }) => within(returns, from).slice(-1))
  const gaps = players.flatMap(({ told }) =>
    told.filter(({ at, kind }) => kind === 'gap' && at >= from),
  )
  const ended = (outcome: string) =>
    sent.filter(each => each.outcome === outcome && each.ret < Number.POSITIVE_INFINITY).length
  return {
    name,
    sent: sent.length,
    acked: ended('acked'),
    unknown: ended('unknown'),
    refused: ended('refused'),
    dials: opened.length,
    resumed: players.flatMap(({ returns }) => within(returns, from)).length - gaps.length,
    gaps: gaps.length,
    recoveries: returned.map(at => at - reference).sort((a, b) => a - b),
    spreadMs: (opened.at(-1) ?? 0) - (opened[0] ?? 0),
    closes: players.flatMap(({ dials }, index) => dials.closes.slice(before[index])),
  }
}

const seconds = (ms: number | undefined) => (ms === undefined ? '–' : (ms / 1_000).toFixed(1))

const heads = [
  'what happened',
  'said',
  'taken',
  'unknown',
  'refused',
  'new connections',
  'resumed whole',
  'told of a gap',
  'back after, median (s)',
  'back after, last (s)',
]

const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`

export function tableOf(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(each =>
    row([
      each.name,
      each.sent,
      each.acked,
      each.unknown,
      each.refused,
      each.dials,
      each.resumed,
      each.gaps,
      seconds(each.recoveries[Math.floor(each.recoveries.length / 2)]),
      seconds(each.recoveries.at(-1)),
    ]),
  )
  return [row(heads), row(heads.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows].join(
    '\n',
  )
}
