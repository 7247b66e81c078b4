import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { splitTitle } from './titles.js'

/** How the tests of a case went: passed, failed, or not run at all. */
export interface Outcome {
  passed: number
  failed: number
  skipped: number
}

/** The results of one run, by the id of a case. */
export const Results = z.object({
  ran_on: z.iso.date(),
  cases: z.record(z.string(), z.object({ passed: z.int(), failed: z.int(), skipped: z.int() })),
})
export type Results = z.infer<typeof Results>

// The part of a JSON report of vitest that is read here.
const Report = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()),
          title: z.string(),
          status: z.string(),
        }),
      ),
    }),
  ),
})

/** Reads the outcome of every case from JSON reports of vitest: a test counts for its own ids and for those around it. */
export function outcomesIn(reports: readonly unknown[]): Record<string, Outcome> {
  const outcomes: Record<string, Outcome> = {}
  for (const { testResults } of reports.map(report => Report.parse(report))) {
    for (const { ancestorTitles, title, status } of testResults.flatMap(
      file => file.assertionResults,
    )) {
      const ids = new Set([...ancestorTitles, title].flatMap(part => splitTitle(part).ids))
      for (const id of ids) {
        const outcome = outcomes[id] ?? { passed: 0, failed: 0, skipped: 0 }
        outcome[status === 'passed' || status === 'failed' ? status : 'skipped']++
        outcomes[id] = outcome
      }
    }
  }
  return outcomes
}

const keptIn = (root: string) => path.join(root, '.aethex', 'threat-results.json')

/** Keeps the results of a whole run where the next report finds them; git does not see the file. */
export function keepResults(root: string, reportFiles: readonly string[], now: Date): void {
  const reports = reportFiles.map(file => JSON.parse(readFileSync(file, 'utf8')))
  const results: Results = { ran_on: now.toISOString().slice(0, 10), cases: outcomesIn(reports) }
  mkdirSync(path.dirname(keptIn(root)), { recursive: true })
  writeFileSync(keptIn(root), `${JSON.stringify(results, null, 2)}\n`)
}

/** The results of the last whole run on this computer, if there was one. */
export function readResults(root: string): Results | undefined {
  if (!existsSync(keptIn(root))) return undefined
  return Results.parse(JSON.parse(readFileSync(keptIn(root), 'utf8')))
}
