import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { diceOf } from '../../../faults/dice.js'
import { type Change, mutatedBundle } from '../saves/mutated-bundle.js'
import { type Arena, openArena } from './arena.js'
import { checkMatches } from './check-matches.js'
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
import { matchMutant, roomMutants } from './mutants.js'
import type { Player } from './player.js'
import { queueUp } from './queueing.js'
import { explain, judge, judgeAtRest } from './recovery.js'
import { type Outcome, tableOf } from './scenario.js'

/**
 * FAULTS for rooms: fifty players in ten rooms on two relay nodes, through the real SDK, one long history. After each
 * fault all that has happened is judged (C-SEQ).
 */

let arena: Arena
let players: Player[]
const outcomes: Outcome[] = []
let known = 0
const mostHunts = 4
let hunts = 0
/** What may be on its way on a good network and two busy cores. */
const latencyMs = 1_500

beforeAll(async () => {
  arena = await openArena()
  players = await arena.gather('1', 10)
  for (const player of players) player.play()
  await sleep(500)
})
afterAll(async () => {
  console.log(tableOf(outcomes))
  await arena.close()
})

function keep(outcome: Outcome, onItsWayMs = latencyMs): Outcome {
  outcomes.push(outcome)
  // Each is told once: the history goes on.
  const found = judge(players, onItsWayMs)
  const news = found.slice(known)
  known = found.length
  expect(news.length, explain(news)).toBe(0)
  return outcome
}

const stage = () => ({ arena, players })

test('N17: a network that loses 30 % costs time, and nothing else', async () => {
  const { gaps, unknown, dials } = keep(await lossyNetwork(stage(), 4_000), 5_000)
  expect({ gaps, unknown }).toEqual({ gaps: 0, unknown: 0 })
  expect(dials).toBeGreaterThan(5)
})

test('N17: a connection that nobody knows to be dead loses nothing when it lives again', async () => {
  const { gaps, unknown } = keep(await halfOpen(stage(), 3_000))
  expect({ gaps, unknown }).toEqual({ gaps: 0, unknown: 0 })
})

test('N17: whoever misses more than is kept is told so', async () => {
  expect(keep(await missesTooMuch(stage(), 300)).gaps).toBe(1)
})

test('N15: a node that stood still does not speak for rooms that moved on, and sends its players there', async () => {
  const { closes } = keep(await zombie(stage(), 6_000))
  expect(closes).toContain(1012)
})

test('N7: Redis may forget everything', async () => {
  keep(await redisForgets(stage()))
})

test('N5: Redis may be killed, and come back empty', async () => {
  keep(await redisForgets(stage(), 500))
})

test('N16: a node without Redis says so to its players, and leads them back together', async () => {
  const { its } = await arena.busiest(players)
  const from = performance.now()
  keep(await partition(stage(), 8_000))
  const told = its.filter(({ wire }) =>
    wire.some(each => each.kind === 'degraded' && each.degraded && each.at > from),
  )
  expect(told.length).toBeGreaterThanOrEqual(its.length - 1)
})

test('N14: the rooms of a node that is killed live on within five seconds after it is taken for dead', async () => {
  const { recoveries, spreadMs, gaps } = keep(await killNode(stage()))
  expect(gaps).toBe(recoveries.length)
  expect(recoveries.at(-1)).toBeLessThan(5_000)
  console.log('reconnects spread over', spreadMs.toFixed(0), 'ms')
})

test('N25: a deployment of every node in turn costs nobody a message', async () => {
  const stops: { ms: number; code: number | null }[] = []
  const told = await rollingDeploy(stage(), (ms, code) => stops.push({ ms, code }))
  console.log('stopped within', stops)
  for (const outcome of told) {
    const { gaps, unknown, refused } = keep(outcome)
    expect({ gaps, unknown, refused }).toEqual({ gaps: 0, unknown: 0, refused: 0 })
    expect(outcome.closes.filter(code => code !== 1012)).toEqual([])
  }
  expect(told.flatMap(({ closes }) => closes).length).toBeGreaterThanOrEqual(players.length)
  for (const { ms, code } of stops) {
    expect(code).toBe(0)
    expect(ms).toBeLessThan(25_000)
  }
})

test('in the end all see the same', async () => {
  const found = await judgeAtRest(players, latencyMs)
  expect(found.length, explain(found)).toBe(0)
})

test('N19: everybody gets one match, although both nodes that make them are killed in turn', async () => {
  const queueing = queueUp(players, 'duel', diceOf('matches'))
  for (const node of arena.nodes) {
    await sleep(900)
    await node.relay.kill()
    await arena.start(node)
  }
  await queueing.settled(20_000)
  const waits = queueing.waits()
  const median = waits[Math.floor(waits.length / 2)]
  console.log(
    `${waits.length} players matched, ${queueing.history.cancelled.size} had left; they waited ${median?.toFixed(0)} ms, the last ${waits.at(-1)?.toFixed(0)} ms`,
  )
  expect(checkMatches(queueing.history)).toEqual([])
  expect(waits.length).toBeGreaterThan(players.length / 2)
})

/** Both nodes go on with some of their sources changed, and without anybody. */
async function changeRelays(changes: readonly Change[]) {
  const { bundle, remove } = await mutatedBundle(changes, 'relay')
  for (const player of players) player.cloud.close()
  await Promise.all(arena.nodes.map(({ relay }) => relay.kill()))
  await Promise.all(arena.nodes.map(node => arena.start(node, bundle)))
  return remove
}

const oftenHunted = roomMutants.filter(({ isRare }) => isRare !== true)

// Whether a race is lost is up to the machine: the hunt goes on, in new rooms, until one is.
test.each(oftenHunted)('the checker catches: $name', async ({ changes, fault, breaks }) => {
  const remove = await changeRelays(changes)
  try {
    const broken: string[] = []
    const isWanted = (rule: string) => breaks.some(each => each === rule)
    for (let hunt = 1; hunt <= mostHunts && !broken.some(rule => isWanted(rule)); hunt++) {
      const hunted = await arena.gather(`hunt-${++hunts}`, 2)
      for (const player of hunted) player.play()
      await fault({ arena, players: hunted }, hunt)
      broken.push(...(await judgeAtRest(hunted, latencyMs)).map(({ rule }) => rule))
      for (const player of hunted) player.cloud.close()
    }
    expect(broken.filter(rule => isWanted(rule)).length, String(broken)).toBeGreaterThan(0)
  } finally {
    remove()
  }
})

test('N20: the checker catches two matchmakers that know nothing of each other', async () => {
  const remove = await changeRelays(matchMutant)
  try {
    const broken: string[] = []
    // Whether both see the same tickets at the same moment is a matter of luck.
    for (let hunt = 0; hunt < 5 && !broken.includes('one match'); hunt++) {
      const hunted = await arena.gather(`matches-${hunt}`, 4)
      const queueing = queueUp(hunted, 'duel', diceOf(`hunt ${hunt}`))
      await queueing.settled(6_000).catch(() => undefined)
      broken.push(...checkMatches(queueing.history).map(({ rule }) => rule))
      for (const player of hunted) player.cloud.close()
    }
    expect(broken).toContain('one match')
  } finally {
    remove()
  }
})
