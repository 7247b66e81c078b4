import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { runChecks } from './checks.js'
import { keepResults } from './threats/results.js'

/**
 * `npm test`: every check and every test, on a stack and ports of its own.
 * With arguments (`npm test -- saves`) only the test files whose path matches.
 */

const root = fileURLToPath(new URL('../', import.meta.url))

/** Runs a program in sight; resolves with its exit code. */
function run(program: string, args: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', reject)
    child.on('close', code => resolve(code ?? 1))
  })
}

interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** Runs vitest in sight; leaves its report in a file, and reads its counts. */
async function vitest(projects: string[], filters: string[], file: string): Promise<Counts> {
  const selection = projects.flatMap(name => ['--project', name])
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const code = await run(path.join(root, 'node_modules', '.bin', 'vitest'), [
    'run',
    ...selection,
    ...reporters,
    '--passWithNoTests',
    ...filters,
  ])
  const result = JSON.parse(readFileSync(file, 'utf8'))
  const failed =
    Number(result.numFailedTests) +
    Number(result.numFailedTestSuites > 0 && result.numFailedTests === 0)
  return {
    passed: Number(result.numPassedTests),
    failed: code === 0 ? failed : Math.max(1, failed),
    skipped: Number(result.numPendingTests) + Number(result.numTodoTests),
  }
}

async function main(filters: string[]): Promise<number> {
  const sound = filters.length > 0 || (await runChecks())
  const folder = mkdtempSync(path.join(tmpdir(), 'aethex-results-'))
  // What breaks a stack on purpose runs by itself, so that it slows nobody down.
  const [quiet, chaos] = [path.join(folder, 'quiet.json'), path.join(folder, 'chaos.json')]
  const runs = [
    await vitest(['alone', 'apart', 'stack'], filters, quiet),
    await vitest(['chaos'], filters, chaos),
  ]
  if (filters.length === 0) keepResults(root, [quiet, chaos], new Date())
  rmSync(folder, { recursive: true, force: true })
  const total = (key: keyof Counts) => runs.reduce((sum, counts) => sum + counts[key], 0)
  const skipped = total('skipped') > 0 ? `, ${total('skipped')} skipped` : ''
  if (!sound) console.log('A check failed; it is printed above.')
  console.log(`tests: ${total('passed')} passed, ${total('failed')} failed${skipped}`)
  return sound && total('failed') === 0 && total('passed') > 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
