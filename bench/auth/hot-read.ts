import { type Baseline, startBaseline } from '../baseline.js'
import type { Bench } from '../bench.js'
import { requestBytes, signInPlayers } from '../players.js'
import { rememberAnswer } from '../requests/answer.js'
import { type Asking, openAsking } from './asking.js'

const connections = 16
const timing = { rounds: 7, seconds: 1.5, warmUpSeconds: 2 }
const path = '/api/v1/auth/profile'

const bareServers = [
  ['bare express 5', '../requests/bare-express.ts'],
  ['bare node:http', '../requests/bare-http.ts'],
] as const

/** What a signed-in request costs beside servers that answer the same bytes to anybody. */
export async function benchHotRead(bench: Bench): Promise<void> {
  bench.progress.begin('a signed-in read')
  const { urls, pids } = bench.site.stack
  const players = await signInPlayers(bench.site, connections)
  const [first] = players
  if (first === undefined) throw new Error('nobody signed in')
  const answer = await rememberAnswer(urls.api + path, first.headers)
  const sources = players.map(({ headers }) => {
    const request = requestBytes('GET', path, headers)
    return () => request
  })
  const baselines: Baseline[] = []
  const contestants: Asking[] = []
  try {
    const ours = { name: 'AeThex', origin: urls.api, pid: pids.api }
    contestants.push(await openAsking(ours, sources))
    for (const [name, program] of bareServers) {
      const baseline = await startBaseline(new URL(program, import.meta.url), answer)
      baselines.push(baseline)
      contestants.push(await openAsking({ ...baseline, name }, sources))
    }
    await bench.race(`GET ${path}, signed in · ${connections} connections`, contestants, timing)
  } finally {
    for (const contestant of contestants) contestant.close()
    await Promise.all(baselines.map(baseline => baseline.stop()))
  }
}
