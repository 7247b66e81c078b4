import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { inCheckout } from '../../../local/checkout.js'
import { openArena } from './arena.js'
import { runCampaign } from './campaign.js'
import { explain, tableOf } from './report.js'

// The long form of histories.test.ts. Writes its table into docs/save-history.md, unless seeds are named one by one.

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    seed: { type: 'string', multiple: true, default: [] },
    seconds: { type: 'string', default: '30' },
    'at-once': { type: 'string', default: '4' },
  },
})

const page = inCheckout('docs/save-history.md')
const [begin, end] = ['<!-- histories -->', '<!-- /histories -->']

function publish(table: string, said: string): void {
  const text = readFileSync(page, 'utf8')
  const [before, rest] = text.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`${page} has lost its marks`)
  writeFileSync(page, `${before}${begin}\n${said}\n\n${table}\n${end}${after}`)
}

async function main(): Promise<number> {
  const named = values.seed.map(Number)
  const first = Number(values.seeds)
  const seeds = named.length > 0 ? named : Array.from({ length: first }, (_, index) => index + 1)
  const seconds = Number(values.seconds)
  const startedAt = performance.now()
  const arena = await openArena()
  try {
    const results = await runCampaign(arena, {
      seeds,
      seconds,
      atOnce: Number(values['at-once']),
      callsPerDevice: 20,
      onSeed: ({ seed, operations, violations }) =>
        console.log(
          `seed ${seed}: ${operations.length} operations, ${violations.length} violations`,
        ),
    })
    const table = tableOf(results)
    console.log(table)
    const wrong = results.filter(({ violations }) => violations.length > 0)
    for (const result of wrong) console.error(explain(result))
    if (named.length === 0) {
      const minutes = ((performance.now() - startedAt) / 60_000).toFixed(0)
      const day = new Date().toISOString().slice(0, 10)
      publish(
        table,
        `\`npm run histories -- --seeds ${seeds.length} --seconds ${seconds}\`, ${day}, ${cpus().length} cores, ${minutes} minutes:`,
      )
    }
    return wrong.length === 0 ? 0 : 1
  } finally {
    await arena.close()
  }
}

process.exit(await main())
