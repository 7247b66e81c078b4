import { cases, surfaces } from './cases.js'
import type { Results } from './results.js'
import type { Title } from './titles.js'

const plain = (text: string) => text.replace(/[|<>*_`[\]\\]/g, '\\$&')

function resultOf(id: string, results: Results | undefined): string {
  const outcome = results?.cases[id]
  if (outcome === undefined) return 'not run yet'
  const { passed, failed, skipped } = outcome
  const rest = skipped > 0 ? `, ${skipped} skipped` : ''
  return failed > 0 ? `**${failed} failed**, ${passed} passed${rest}` : `${passed} passed${rest}`
}

function section(letter: string, name: string, titles: readonly Title[], results?: Results) {
  const ids = Object.keys(cases).filter(id => id.startsWith(letter))
  const entries = ids.map(id => {
    const mine = titles.filter(title => title.ids.includes(id))
    const lines = mine.map(
      ({ file, text }) => `- ${plain(text)} ([${file.split('/').at(-1)}](../${file}))`,
    )
    return [
      `### ${id}: ${cases[id]}`,
      '',
      `Last result: ${resultOf(id, results)}`,
      '',
      ...[...new Set(lines)].sort(),
      '',
    ].join('\n')
  })
  return [`## ${letter}. ${name}`, '', ...entries].join('\n')
}

/** docs/threats.md: every case, the tests that answer it, and how they went in the last whole run. */
export function threatsDocument(titles: readonly Title[], results: Results | undefined): string {
  const ran =
    results === undefined
      ? 'No whole run has been kept on the computer that wrote this page.'
      : `The results are those of the run of ${results.ran_on}.`
  return [
    '# What is tried against the platform, and which test answers',
    '',
    'Made from the titles of the tests by `node --import tsx infra/threats/report.ts`. Do not edit.',
    'A case without a test fails the checks. A result counts the single tests, tables row by row.',
    ran,
    '',
    ...Object.entries(surfaces).map(([letter, name]) => section(letter, name, titles, results)),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n')
}

/** The document without what changes from run to run: two that agree in this say the same of the tests. */
export const withoutResults = (document: string): string =>
  document.replace(/^Last result: .*$/gm, '').replace(/^(No whole run|The results are).*$/gm, '')
