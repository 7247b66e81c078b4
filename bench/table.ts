import type { Spread, Standing } from './measure.js'

const columns = ['per second', 'p50 ms', 'p99 ms', 'CPU µs', 'our speed ÷ its', 'our CPU ÷ its']
const widths = [12, 9, 9, 9, 21, 21]

const count = (value: number) => Math.round(value).toLocaleString('en-US')
const short = (value: number) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)
const ratio = (spread: Spread | undefined) =>
  spread ? `${short(spread.median)} (${short(spread.low)}–${short(spread.high)})` : ''

function cells({ perSecond, p50Ms, p99Ms, cpuMicros, against }: Standing): string[] {
  return [
    count(perSecond.median),
    short(p50Ms),
    short(p99Ms),
    cpuMicros === undefined ? '–' : short(cpuMicros),
    ratio(against?.speed),
    ratio(against?.cpu),
  ]
}

const line = (name: string, values: readonly string[], nameWidth: number) =>
  `    ${name.padEnd(nameWidth)}${values.map((text, at) => text.padStart(widths[at] ?? 0)).join('')}`.trimEnd()

/** The outcome of a race: medians, and in brackets the lowest and the highest round. */
export function raceTable(title: string, standings: readonly Standing[]): string {
  const nameWidth = Math.max(...standings.map(({ name }) => name.length))
  const rows = standings.map(standing => line(standing.name, cells(standing), nameWidth))
  return ['', `  ${title}`, line('', columns, nameWidth), ...rows].join('\n')
}
