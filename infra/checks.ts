import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { findChromium } from './e2e/chromium.js'
import { sentenceOf } from './local/trouble.js'

const root = fileURLToPath(new URL('../', import.meta.url))
const programOf = (...parts: string[]) => path.join(root, 'node_modules', ...parts)
const script = (file: string, ...args: string[]) => ['--import', 'tsx', file, ...args]
const typesOf = (project: string) => [
  '--max-old-space-size=3072',
  programOf('typescript', 'bin', 'tsc'),
  '-p',
  project,
]

/**
 * What Node runs for each check, the longest first. Apps, shared rooms, infra and benchmarks are typed as one program:
 * what they share is read and checked once.
 */
const checks: [label: string, args: string[]][] = [
  ['Types of everything on Node', typesOf('tsconfig.node.json')],
  ['Types of the SDK', typesOf('packages/sdk')],
  ['House rules', script('infra/rules/check.ts')],
  ['Generated files', script('infra/contract/generate.ts', '--check')],
  ['Types of the quickstart', typesOf('examples/quickstart')],
  ['Types of the skirmish', typesOf('examples/skirmish')],
  ['Migrations', script('infra/rules/check-migrations.ts')],
  ['Threats', script('infra/threats/report.ts', '--check')],
  [
    'Format and lint',
    [programOf('@biomejs', 'biome', 'bin', 'biome'), 'ci', '--error-on-warnings', '.'],
  ],
]

/** Resolves with what the program said when it failed. */
const failureOf = (args: string[]) =>
  new Promise<string | undefined>(resolve => {
    const options = { cwd: root, maxBuffer: 64 * 1024 * 1024 }
    execFile(process.execPath, args, options, (error, stdout, stderr) =>
      resolve(error === null ? undefined : `${stdout}${stderr}` || error.message),
    )
  })

async function check(label: string, work: () => Promise<string | undefined>): Promise<boolean> {
  const startedAt = performance.now()
  const failure = await work()
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
  if (failure === undefined) console.log(`  ${label}: fine, ${seconds} s`)
  else console.log(`  ${label}: FAILED\n\n${failure}\n`)
  return failure === undefined
}

const chromiumMissing = () => findChromium().then(() => undefined, sentenceOf)

/** Everything that is looked at and not run. Tells of each check as it ends; resolves with whether all are fine. */
export async function runChecks(): Promise<boolean> {
  console.log('Checks')
  const left = [...checks]
  let sound = await check('Chromium for the browser tests', chromiumMissing)
  const lane = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [label, args] = next
      const fine = await check(label, () => failureOf(args))
      sound &&= fine
    }
  }
  // Each takes a core, and the first of them almost 2 GB.
  const lanes = Math.min(Math.max(availableParallelism(), 2), 4)
  await Promise.all(Array.from({ length: lanes }, lane))
  return sound
}
