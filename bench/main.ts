import { cpus } from 'node:os'
import { sentenceOf, Trouble } from '../infra/local/trouble.js'
import { benchAuth } from './auth/auth.js'
import { liftRequestRate } from './auth/contract.js'
import { type Bench, createBench } from './bench.js'
import { createProgress } from './progress.js'
import { benchRelay } from './relay/relay.js'
import { benchRequests } from './requests/requests.js'
import { benchSaves } from './saves/saves.js'
import { benchScores } from './scores/scores.js'
import { openSite, type Site } from './site.js'

/** `npm run bench` measures all, `npm run bench -- saves scores` these. Nothing here passes or fails by time. */

const benchmarks = new Map<string, (bench: Bench) => Promise<void>>([
  ['requests', benchRequests],
  ['auth', benchAuth],
  ['saves', benchSaves],
  ['scores', benchScores],
  ['relay', benchRelay],
])

const progress = createProgress()
const aborted = new AbortController()
let site: Site | undefined
let isStopping = false

async function end(exitCode: number): Promise<never> {
  await site?.remove()
  process.exit(exitCode)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    isStopping = true
    progress.print('  Stopping …')
    if (site === undefined) aborted.abort()
    else void end(130)
  })
}

function chosen(names: readonly string[]): string[] {
  const known = [...benchmarks.keys()]
  const unknown = names.find(name => !benchmarks.has(name))
  if (unknown === undefined) return names.length === 0 ? known : [...names]
  throw new Trouble(`There is no benchmark "${unknown}". There are: ${known.join(', ')}.`)
}

async function main(names: readonly string[]): Promise<void> {
  const wanted = chosen(names)
  const startedAt = performance.now()
  progress.begin('Starting a stack of its own')
  site = await openSite({
    signal: aborted.signal,
    onProgress: (step, { kind }) => progress.turn(`${step} ${kind}`),
  })
  await liftRequestRate(site)
  progress.print(
    `\n  Node ${process.versions.node} on ${cpus().length} cores. Only ratios carry over to other machines.`,
  )
  const bench = createBench(site, progress)
  for (const name of wanted) await benchmarks.get(name)?.(bench)
  const seconds = Math.round((performance.now() - startedAt) / 1_000)
  progress.print(`\n  Measured in ${seconds} s; what each baseline does is in bench/README.md.`)
}

main(process.argv.slice(2)).then(
  () => end(0),
  error => {
    // What breaks while everything is being stopped explains nothing.
    if (isStopping) return end(130)
    progress.print('')
    console.error(sentenceOf(error))
    if (!(error instanceof Trouble) && error instanceof Error) console.error(error.stack)
    return end(1)
  },
)
