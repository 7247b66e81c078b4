import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { findChromium } from './e2e/chromium.js'
import { Trouble } from './local/trouble.js'
import { keepResults } from './threats/results.js'

/**
 * `npm test`: every check and every test, on a stack and ports of its own.
 * With arguments (`npm test -- saves`) only the test files whose path matches.
 */

const root = fileURLToPath(new URL('../', import.meta.url))
const bin = (name: string) => path.join(root, 'node_modules', '.bin', name)
const script = (file: string, ...args: string[]) => [
  process.execPath,
  '--import',
  'tsx',
  file,
  ...args,
]

const checks: [label: string, command: string[]][] = [
  ['Format and lint', [bin('biome'), 'ci', '--error-on-warnings', '.']],
  ['Types', [bin('turbo'), 'run', 'types', '--output-logs=errors-only']],
  ['House rules', script('infra/rules/check.ts')],
  ['Generated files', script('infra/contract/generate.ts', '--check')],
  ['Migrations', script('infra/rules/check-migrations.ts')],
  ['Threats', script('infra/threats/report.ts', '--check')],
]

function run(command: string[], quiet: boolean): Promise<{ code: number; output: string }> {
  const [program = '', ...args] = command
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    })
    let output = ''
    const keep = (chunk: Buffer) => {
      output += chunk.toString()
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    child.on('error', reject)
    child.on('close', code => resolve({ code: code ?? 1, output }))
  })
}

async function check(label: string, work: () => Promise<string | undefined>): Promise<boolean> {
  process.stdout.write(`  ${label} …`)
  const startedAt = performance.now()
  const failure = await work()
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
  console.log(failure === undefined ? ` fine, ${seconds} s` : ` FAILED\n\n${failure}\n`)
  return failure === undefined
}

interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** Runs vitest in sight, and reads its counts. */
async function vitest(projects: string[], filters: string[], folder: string): Promise<Counts> {
  const file = path.join(folder, `${projects.join('-')}.json`)
  const selection = projects.flatMap(name => ['--project', name])
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const { code } = await run(
    [bin('vitest'), 'run', ...selection, ...reporters, '--passWithNoTests', ...filters],
    false,
  )
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
  let sound = true
  if (filters.length === 0) {
    console.log('Checks')
    for (const [label, command] of checks) {
      const fine = await check(label, async () => {
        const { code, output } = await run(command, true)
        return code === 0 ? undefined : output
      })
      sound &&= fine
    }
    const found = await check('Chromium for the browser tests', async () => {
      try {
        await findChromium()
        return undefined
      } catch (error) {
        if (error instanceof Trouble) return error.message
        throw error
      }
    })
    sound &&= found
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'aethex-results-'))
  // What breaks a stack on purpose runs by itself, so that it slows nobody down.
  const runs = [
    await vitest(['alone', 'stack'], filters, folder),
    await vitest(['chaos'], filters, folder),
  ]
  if (filters.length === 0) {
    const reports = ['alone-stack.json', 'chaos.json'].map(name => path.join(folder, name))
    keepResults(root, reports, new Date())
  }
  rmSync(folder, { recursive: true, force: true })
  const total = (key: keyof Counts) => runs.reduce((sum, counts) => sum + counts[key], 0)
  const skipped = total('skipped') > 0 ? `, ${total('skipped')} skipped` : ''
  if (!sound) console.log('A check failed; it is printed above.')
  console.log(`tests: ${total('passed')} passed, ${total('failed')} failed${skipped}`)
  return sound && total('failed') === 0 && total('passed') > 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
