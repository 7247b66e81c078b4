import { envExample, type Section } from './env-example.js'
import type { Place, Rule } from './rule.js'

const file = '.env.example'

const undescribed = (programs: readonly Section[]): Place[] =>
  programs.flatMap(({ title, variables }) =>
    variables
      .filter(({ about }) => about === '')
      .map(({ name }) => ({ file, line: 1, found: `${name} of ${title} has no .describe(…)` })),
  )

function firstDifference(committed: string, wanted: string): Place[] {
  if (committed === wanted) return []
  const wantedLines = wanted.split('\n')
  const committedLines = committed.split('\n')
  const longer = Math.max(wantedLines.length, committedLines.length)
  const at = Array.from({ length: longer }, (_, index) => index).find(
    index => wantedLines[index] !== committedLines[index],
  )
  const found = `here the schemas say: ${wantedLines[at ?? 0] ?? 'nothing more'}`
  return [{ file, line: (at ?? 0) + 1, found }]
}

/** Compares .env.example with what the programs read. */
export const envRule = (programs: readonly Section[]): Rule => ({
  name: 'env-example-matches-the-config',
  instead: 'Describe every option in its schema, run `npm run generate` and commit what it writes.',
  find: tree => {
    const committed = tree.files.includes(file) ? tree.text(file) : ''
    return [...undescribed(programs), ...firstDifference(committed, envExample(programs))]
  },
})
