import { setTimeout as sleep } from 'node:timers/promises'
import { diceOf } from '../../../faults/dice.js'
import { lossyWeather } from '../../../faults/tcp-proxy.js'
import type { Arena } from './arena.js'
import type { Player } from './player.js'
import { type Outcome, type Stage, under } from './scenario.js'

const noticeMs = 3_000
const fewestCuts = 6
const pollMs = 20

async function until(isSo: () => boolean, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!isSo() && performance.now() < deadline) await sleep(pollMs)
}

/** Breaks the connections of these players; resolves when they have noticed. */
async function cut({ nodes }: Arena, players: readonly Player[]): Promise<void> {
  const before = players.map(({ dials }) => dials.closes.length)
  for (const { address } of players) for (const { front } of nodes) front.cut(address)
  const isNoticed = () =>
    players.every(({ dials }, index) => dials.closes.length > (before[index] ?? 0))
  await until(isNoticed, noticeMs)
}

/** Resolves when each of them is on another connection than at `since`. */
const untilMoved = (players: readonly Player[], since: number) =>
  until(() => players.every(({ returns }) => (returns.at(-1) ?? 0) > since), noticeMs * 2)

/** The first one of each room. */
const firstOfEach = (players: readonly Player[]) => [
  ...new Map(players.toReversed().map(player => [player.room, player])).values(),
]

/** 30 % of all pieces are lost, and now and then a connection breaks. */
export async function lossyNetwork(stage: Stage, ms: number, seed = 1): Promise<Outcome> {
  const { arena, players } = stage
  const dice = diceOf(seed, 'network')
  return under(`30 % loss for ${ms / 1_000} s, and cut connections`, stage, async () => {
    for (const { address } of players) {
      arena.weather.set(
        address,
        lossyWeather(0.3, () => dice.next()),
      )
    }
    const endsAt = performance.now() + ms
    // A slow machine takes its time to notice that a connection was cut.
    for (let cuts = 0; cuts < fewestCuts || performance.now() < endsAt; cuts++) {
      await cut(arena, [dice.pick(players)])
      await sleep(300)
    }
    arena.weather.clear()
    return performance.now()
  })
}

/** One of each room is out of reach for a while; nobody is told. */
export async function halfOpen(stage: Stage, ms: number): Promise<Outcome> {
  const { arena, players } = stage
  return under(`half-open for ${ms / 1_000} s`, stage, async () => {
    for (const { address } of firstOfEach(players)) {
      arena.weather.set(address, { delayMs: () => 0, isFrozen: () => true })
    }
    await sleep(ms)
    arena.weather.clear()
    return performance.now()
  })
}

/** One of each room is away while more is said than anybody keeps. */
export async function missesTooMuch(stage: Stage, words: number): Promise<Outcome> {
  const { arena, players } = stage
  return under(`away while ${words} messages are said`, stage, async () => {
    const [away] = players
    if (away === undefined) throw new Error('nobody plays')
    arena.weather.set(away.address, { delayMs: () => 0, isFrozen: () => true })
    await cut(arena, [away])
    const others = players.filter(player => player.room === away.room && player !== away)
    await Promise.all(others.map(player => player.sayMany(Math.ceil(words / others.length))))
    arena.weather.clear()
    return performance.now()
  })
}

/** `kill -9` of a node. Recoveries count from when it is taken for dead. */
export async function killNode(stage: Stage): Promise<Outcome> {
  const { arena, players } = stage
  const { node, its } = await arena.busiest(players)
  const outcome = await under('`kill -9` of a node', stage, async () => {
    const killedAt = performance.now()
    await node.relay.kill()
    const forgottenAt = await arena.untilForgotten(node)
    await untilMoved(its, killedAt)
    return forgottenAt
  })
  await arena.start(node)
  return outcome
}

/** Each node in turn is ended as a deployment does it, and started again. */
export async function rollingDeploy(
  stage: Stage,
  onStop: (ms: number, code: number | null) => void,
) {
  const outcomes: Outcome[] = []
  const { arena } = stage
  for (const node of arena.nodes) {
    outcomes.push(
      await under(`deployment of ${node.relay.name}`, stage, async () => {
        const startedAt = performance.now()
        const { ms, code } = await node.relay.stop()
        onStop(ms, code)
        await arena.start(node)
        return startedAt
      }),
    )
  }
  return outcomes
}

/** A node stands still; some of its players come back elsewhere, and then it goes on. */
export async function zombie(stage: Stage, ms: number): Promise<Outcome> {
  const { arena, players } = stage
  const { node, its } = await arena.busiest(players)
  return under(`a node stops for ${ms / 1_000} s, then goes on`, stage, async () => {
    node.relay.signal('SIGSTOP')
    const stoppedAt = performance.now()
    const endsAt = stoppedAt + ms
    await arena.untilForgotten(node)
    await cut(arena, firstOfEach(its))
    await sleep(Math.max(0, endsAt - performance.now()))
    node.relay.signal('SIGCONT')
    const goesOnAt = performance.now()
    await untilMoved(its, stoppedAt)
    return goesOnAt
  })
}

const isTold = ({ wire }: Player, since: number) =>
  wire.some(each => each.kind === 'degraded' && each.degraded && each.at > since)

/** A node cannot reach Redis, while its players reach it; one of them is cut off and comes back elsewhere. */
export async function partition(stage: Stage, ms: number): Promise<Outcome> {
  const { arena, players } = stage
  const { node, its } = await arena.busiest(players)
  const [leaver] = its
  return under(`a node without Redis for ${ms / 1_000} s`, stage, async () => {
    node.isCutOff = true
    const cutOffAt = performance.now()
    const endsAt = cutOffAt + ms
    await arena.untilForgotten(node)
    if (leaver !== undefined) await cut(arena, [leaver])
    await sleep(Math.max(0, endsAt - performance.now()))
    await until(() => its.every(player => player === leaver || isTold(player, cutOffAt)), ms)
    node.isCutOff = false
    const healedAt = performance.now()
    await untilMoved(
      its.filter(({ room }) => room === leaver?.room),
      cutOffAt,
    )
    return healedAt
  })
}

/** Redis forgets everything, while some connections break. `downMs`: it is killed too, and away for so long. */
export async function redisForgets(stage: Stage, downMs = 0): Promise<Outcome> {
  const { arena, players } = stage
  const { stack } = arena.platform
  const name = downMs > 0 ? 'Redis is killed and comes back empty' : '`FLUSHALL`'
  return under(name, stage, async () => {
    await arena.redis.flushall()
    if (downMs > 0) {
      await stack.kill('redis', 'SIGKILL')
      await sleep(downMs)
      await stack.start('redis')
    }
    await cut(arena, firstOfEach(players))
    return performance.now()
  })
}
