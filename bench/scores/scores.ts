import { Redis } from 'ioredis'
import type { Bench } from '../bench.js'
import { countingCpu } from '../cpu.js'
import { Exchange } from '../exchange.js'
import { drive } from '../load.js'
import type { Contestant } from '../measure.js'
import { type Player, requestBytes, signInPlayers } from '../players.js'
import { fillBoard } from './fill.js'
import { openScoreFloor, type ScoreFloor } from './floor.js'

const concurrency = 16
const boardSize = 20_000
const timing = { rounds: 5, seconds: 0.7, warmUpSeconds: 1 }
const board = 'bench'
const path = `/api/v1/leaderboards/${board}`

const shown = (count: number) => count.toLocaleString('en-US')

/** Holds a score and a look around one's place against the statement and the sorted set that they are made of. */
export async function benchScores(bench: Bench): Promise<void> {
  const { site, progress } = bench
  progress.begin(`A leaderboard with ${shown(boardSize)} players`)
  const players = await signInPlayers(site, concurrency)
  const entries = await fillBoard(site, board, boardSize)
  const floor = await openScoreFloor(site, board)
  const exchanges = await Promise.all(players.map(() => Exchange.open(site.stack.urls.api)))
  try {
    await floor.fill(entries)
    await buildIndex(bench, players)
    const subject = `among ${shown(boardSize)} · ${concurrency} at once`
    await bench.race(
      `POST ${path}/scores ${subject}`,
      [ours(bench, submitting(players, exchanges)), ...floorWrites(floor, players)],
      timing,
    )
    await bench.race(
      `GET ${path}?range=around_me ${subject}`,
      [
        ours(bench, lookingAround(players, exchanges)),
        inHere(
          'ZRANK, then ZRANGE',
          players.map(player => () => floor.around(player.id)),
        ),
      ],
      timing,
    )
  } finally {
    for (const exchange of exchanges) exchange.close()
    await floor.close()
  }
}

/** The first who asks sets off the building of the ranks; nobody is measured before everybody is in Redis. */
async function buildIndex({ site, progress }: Bench, players: readonly Player[]): Promise<void> {
  const startedAt = performance.now()
  const headers = players[0]?.headers ?? {}
  const response = await fetch(`${site.stack.urls.api}${path}?range=global`, { headers })
  if (!response.ok) throw new Error(`the board was not read: ${await response.text()}`)
  const redis = new Redis(site.stack.urls.redis)
  const ready = `board:${site.demo.environment_id}:${board}:ready`
  while ((await redis.exists(ready)) === 0) await new Promise(resolve => setTimeout(resolve, 20))
  redis.disconnect()
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
  progress.print(`\n  The rank index of ${shown(boardSize)} entries was built in ${seconds} s.`)
}

type Work = () => Promise<void>

const ours = ({ site }: Bench, workers: Work[]): Contestant => ({
  name: 'AeThex',
  run: seconds => countingCpu(site.stack.pids.api, () => drive(workers, seconds)),
})

const inHere = (name: string, workers: Work[]): Contestant => ({
  name,
  run: seconds => countingCpu(process.pid, () => drive(workers, seconds)),
})

/** Scores that a player beats every time, so that each write changes the row and moves the player. */
function rising(): () => number {
  let score = Math.floor(Math.random() * 500_000)
  return () => {
    score += 1 + Math.floor(Math.random() * 100)
    return score
  }
}

const submitting = (players: readonly Player[], exchanges: readonly Exchange[]): Work[] =>
  exchanges.map((exchange, index) => {
    const next = rising()
    const headers = players[index]?.headers ?? {}
    return () => {
      const body = `{"score":${next()}}`
      return exchange.ask(requestBytes('POST', `${path}/scores`, headers, body))
    }
  })

const lookingAround = (players: readonly Player[], exchanges: readonly Exchange[]): Work[] =>
  exchanges.map((exchange, index) => {
    const headers = players[index]?.headers ?? {}
    const request = requestBytes('GET', `${path}?range=around_me&limit=10`, headers)
    return () => exchange.ask(request)
  })

function floorWrites(floor: ScoreFloor, players: readonly Player[]): Contestant[] {
  const workers = (write: (playerId: string, score: number) => Promise<void>) =>
    players.map(({ id }) => {
      const next = rising()
      return () => write(id, next())
    })
  return [
    inHere(
      'pg upsert',
      workers((id, score) => floor.upsert(id, score)),
    ),
    inHere(
      'ZADD + ZRANK',
      workers((id, score) => floor.rank(id, score)),
    ),
    inHere(
      'pg upsert, then ZADD + ZRANK',
      workers(async (id, score) => {
        await floor.upsert(id, score)
        await floor.rank(id, score)
      }),
    ),
  ]
}
