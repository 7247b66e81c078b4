import { type Baseline, startBaseline } from '../baseline.js'
import type { Bench } from '../bench.js'
import { countingCpu } from '../cpu.js'
import { Exchange } from '../exchange.js'
import { drive } from '../load.js'
import type { Contestant } from '../measure.js'
import { type Player, requestBytes, signInPlayers } from '../players.js'
import { type Answer, rememberAnswer } from './answer.js'

const connections = 16
const timing = { rounds: 5, seconds: 0.7, warmUpSeconds: 2 }

const rowByKey = 'SELECT * FROM player WHERE environment_id = $1 AND id = $2'

/** Holds a small answer of the API against servers that answer the same bytes and do nothing else. */
export async function benchRequests(bench: Bench): Promise<void> {
  const { site } = bench
  const players = await signInPlayers(site, connections)
  const [first] = players
  if (first === undefined) throw new Error('nobody signed in')

  const profile = '/api/v1/auth/profile'
  const answer = await rememberAnswer(site.stack.urls.api + profile, first.headers)
  const row = {
    answer,
    database: site.stack.urls.database,
    text: rowByKey,
    values: [site.demo.environment_id, first.id],
  }
  await against(bench, 'GET /api/v1/auth/profile, signed in', profile, players, [
    ['bare node:http', 'bare-http.ts', answer],
    ['bare express 5', 'bare-express.ts', answer],
    ['node:http + its row from pg', 'http-and-row.ts', row],
  ])

  const livez: Answer = await rememberAnswer(`${site.stack.urls.api}/livez`, {})
  await against(bench, 'GET /livez, before any rule', '/livez', players, [
    ['bare node:http', 'bare-http.ts', livez],
  ])
}

async function against(
  bench: Bench,
  title: string,
  path: string,
  players: readonly Player[],
  programs: readonly (readonly [name: string, program: string, told: unknown])[],
): Promise<void> {
  bench.progress.begin(title)
  const { urls, pids } = bench.site.stack
  const baselines: Baseline[] = []
  const open: Exchange[] = []
  const contestant = async (name: string, origin: string, pid?: number): Promise<Contestant> => {
    const workers = await Promise.all(
      players.map(async ({ headers }) => {
        const exchange = await Exchange.open(origin)
        open.push(exchange)
        const request = requestBytes('GET', path, headers)
        return () => exchange.ask(request)
      }),
    )
    return { name, run: seconds => countingCpu(pid, () => drive(workers, seconds)) }
  }
  try {
    const contestants = [await contestant('AeThex', urls.api, pids.api)]
    for (const [name, program, told] of programs) {
      const baseline = await startBaseline(new URL(program, import.meta.url), told)
      baselines.push(baseline)
      contestants.push(await contestant(name, baseline.origin, baseline.pid))
    }
    await bench.race(`${title} · ${connections} connections`, contestants, timing)
  } finally {
    for (const exchange of open) exchange.close()
    await Promise.all(baselines.map(baseline => baseline.stop()))
  }
}
