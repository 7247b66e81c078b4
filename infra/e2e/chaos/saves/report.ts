import type { SeedResult } from './campaign.js'
import type { Operation } from './operation.js'

const countOf = (operations: readonly Operation[], outcome: Operation['outcome']) =>
  operations.filter(operation => operation.outcome === outcome).length

function figuresOf({ operations, slots, faults, orphans, violations }: SeedResult): number[] {
  const all = [...faults]
  const of = (beginning: string) =>
    all
      .filter(([name]) => name.startsWith(beginning))
      .reduce((total, [, times]) => total + times, 0)
  return [
    operations.length,
    countOf(operations, 'ok'),
    countOf(operations, 'refused'),
    countOf(operations, 'unknown'),
    slots.reduce((total, { versions }) => total + versions.length, 0),
    of('device'),
    of('S3') + of('PostgreSQL'),
    of('kill'),
    orphans,
    violations.length,
  ]
}

const heads = [
  'seed',
  'operations',
  'acknowledged',
  'refused',
  'unknown',
  'versions',
  'faults between device and API',
  'faults behind the API',
  '`kill -9`',
  'orphans',
  'violations',
]

const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`

/** One row for each seed, and their sum. */
export function tableOf(results: readonly SeedResult[]): string {
  const rows = results.map(result => [result.seed, ...figuresOf(result)])
  const sum = heads
    .slice(1)
    .map((_, column) => rows.reduce((total, cells) => total + (cells[column + 1] ?? 0), 0))
  return [
    row(heads),
    row(heads.map(() => '---:')),
    ...rows.map(row),
    row(['sum', ...sum].map(cell => `**${cell}**`)),
  ].join('\n')
}

const timeOf = ({ call, ret }: Operation) => `${call.toFixed(0)}–${ret.toFixed(0)} ms`

function lineOf(operation: Operation): string {
  const { id, kind, outcome, code, wrote, saw, requests } = operation
  const told = wrote === undefined ? '' : ` wrote ${wrote.version}`
  const seen = saw.map(({ slot, version }) => ` saw ${slot} at ${version ?? 'nothing'}`).join('')
  return `    ${id} ${kind} ${outcome} ${code ?? ''}${told}${seen} in ${timeOf(operation)}: ${requests.join(', ')}`
}

/** What was found, with all that is known of the slots in question; the seed repeats the calls and the faults. */
export function explain({ seed, operations, slots, violations }: SeedResult): string {
  const lines = [`seed ${seed}, to be run again with: npm run histories -- --seed ${seed}`]
  for (const { rule, slot, said } of violations) lines.push(`  ${rule}: ${slot}: ${said}`)
  for (const name of new Set(violations.map(({ slot }) => slot))) {
    const versions = slots.find(({ slot }) => slot === name)?.versions ?? []
    const told = versions.map(({ version, deleted, operation }) =>
      deleted ? `${version} †` : `${version} ${operation}`,
    )
    lines.push(`  ${name} holds ${told.join(', ')}`)
    const mine = operations.filter(
      ({ slot, saw }) => slot === name || saw.some(sight => sight.slot === name),
    )
    lines.push(...mine.map(lineOf))
  }
  return lines.join('\n')
}
