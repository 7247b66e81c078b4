import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { diceOf } from '../../../faults/dice.js'
import { inCheckout } from '../../../local/checkout.js'
import { openArena } from './arena.js'
import {
  halfOpen,
  killNode,
  lossyNetwork,
  missesTooMuch,
  partition,
  redisForgets,
  rollingDeploy,
  zombie,
} from './faults.js'
import { explain, judge, judgeAtRest } from './recovery.js'
import { type Outcome, type Stage, tableOf } from './scenario.js'

// The long form of rooms.test.ts: the faults as long as FAULTS has them, in an order that the seed decides. Writes its
// table into docs/realtime-history.md, unless seeds are named one by one.

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    seed: { type: 'string', multiple: true, default: [] },
  },
})

const page = inCheckout('docs/realtime-history.md')
const [begin, end] = ['<!-- histories -->', '<!-- /histories -->']
const latencyMs = 5_000

type Fault = (stage: Stage, seed: number) => Promise<Outcome | Outcome[]>

const faults: Fault[] = [
  (stage, seed) => lossyNetwork(stage, 10_000, seed),
  stage => halfOpen(stage, 10_000),
  stage => halfOpen(stage, 60_000),
  stage => missesTooMuch(stage, 300),
  stage => zombie(stage, 15_000),
  stage => redisForgets(stage),
  stage => redisForgets(stage, 3_000),
  stage => partition(stage, 15_000),
  stage => killNode(stage),
  stage => rollingDeploy(stage, () => undefined),
]

function publish(table: string, said: string): void {
  const [before, rest] = readFileSync(page, 'utf8').split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`${page} has lost its marks`)
  writeFileSync(page, `${before}${begin}\n${said}\n\n${table}\n${end}${after}`)
}

async function runSeed(seed: number): Promise<{ outcomes: Outcome[]; violations: number }> {
  const arena = await openArena()
  try {
    const players = await arena.gather(`seed-${seed}`, 10)
    for (const player of players) player.play()
    await sleep(500)
    const outcomes: Outcome[] = []
    let known = 0
    for (const fault of diceOf(seed, 'faults').shuffle(faults)) {
      const told = [await fault({ arena, players }, seed)].flat()
      outcomes.push(...told)
      const found = judge(players, latencyMs)
      const names = told.map(({ name }) => name).join(', ')
      console.log(`seed ${seed}: ${names}: ${found.length - known} violations`)
      if (found.length > known) console.error(explain(found.slice(known)))
      known = found.length
    }
    const found = await judgeAtRest(players, latencyMs)
    if (found.length > known) console.error(explain(found))
    return { outcomes, violations: found.length }
  } finally {
    await arena.close()
  }
}

async function main(): Promise<number> {
  const named = values.seed.map(Number)
  const seeds =
    named.length > 0 ? named : Array.from({ length: Number(values.seeds) }, (_, index) => index + 1)
  const startedAt = performance.now()
  const parts: string[] = []
  let violations = 0
  for (const seed of seeds) {
    const result = await runSeed(seed)
    violations += result.violations
    const table = tableOf(result.outcomes)
    console.log(table)
    parts.push(`Seed ${seed}, ${result.violations} violations:\n\n${table}`)
  }
  if (named.length === 0) {
    const minutes = ((performance.now() - startedAt) / 60_000).toFixed(0)
    const day = new Date().toISOString().slice(0, 10)
    const command = `node --import tsx infra/e2e/chaos/realtime/run-rooms.ts --seeds ${seeds.length}`
    publish(
      parts.join('\n\n'),
      `\`${command}\`, ${day}, ${cpus().length} cores, ${minutes} minutes:`,
    )
  }
  return violations === 0 ? 0 : 1
}

process.exit(await main())
