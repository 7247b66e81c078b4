import { setTimeout as sleep } from 'node:timers/promises'
import { diceOf } from '../../../faults/dice.js'
import { lossyWeather } from '../../../faults/tcp-proxy.js'
import type { Arena, Node } from './arena.js'
import type { Player } from './player.js'
import { type Outcome, type Stage, under } from './scenario.js'

const oneOf = (arena: Arena, index: number): Node => {
  const node = arena.nodes[index]
  if (node === undefined) throw new Error(`there is no node ${index}`)
  return node
}

const cut = ({ nodes }: Arena, { address }: Player) => {
  for (const { front } of nodes) front.cut(address)
}

/** The players whose room lives on a node. */
export async function playersAt(arena: Arena, players: readonly Player[], node: Node) {
  const homes = await Promise.all(players.map(({ room }) => arena.nodeOf(room)))
  return players.filter((_, index) => homes[index] === node)
}

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
    while (performance.now() < endsAt) {
      cut(arena, dice.pick(players))
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
    cut(arena, away)
    const others = players.filter(player => player.room === away.room && player !== away)
    await Promise.all(others.map(player => player.sayMany(Math.ceil(words / others.length))))
    arena.weather.clear()
    return performance.now()
  })
}

/** `kill -9` of a node. Recoveries count from when it is taken for dead. */
export async function killNode(stage: Stage, index = 0): Promise<Outcome> {
  const { arena } = stage
  const node = oneOf(arena, index)
  const outcome = await under('`kill -9` of a node', stage, async () => {
    await node.relay.kill()
    return arena.untilForgotten(node)
  })
  await node.relay.start()
  return outcome
}

/** Each node in turn is ended as a deployment does it, and started again. */
export async function rollingDeploy(
  stage: Stage,
  onStop: (ms: number, code: number | null) => void,
) {
  const outcomes: Outcome[] = []
  for (const { relay } of stage.arena.nodes) {
    outcomes.push(
      await under(`deployment of ${relay.name}`, stage, async () => {
        const startedAt = performance.now()
        const { ms, code } = await relay.stop()
        onStop(ms, code)
        await relay.start()
        return startedAt
      }),
    )
  }
  return outcomes
}

/** A node stands still; some of its players come back elsewhere, and then it goes on. */
export async function zombie(stage: Stage, ms: number, index = 0): Promise<Outcome> {
  const { arena, players } = stage
  const node = oneOf(arena, index)
  const its = await playersAt(arena, players, node)
  return under(`a node stops for ${ms / 1_000} s, then goes on`, stage, async () => {
    node.relay.signal('SIGSTOP')
    const endsAt = performance.now() + ms
    await arena.untilForgotten(node)
    for (const player of firstOfEach(its)) cut(arena, player)
    await sleep(Math.max(0, endsAt - performance.now()))
    node.relay.signal('SIGCONT')
    return performance.now()
  })
}

/** A node cannot reach Redis, while its players reach it; one of them is cut off and comes back elsewhere. */
export async function partition(stage: Stage, ms: number, index = 0): Promise<Outcome> {
  const { arena, players } = stage
  const node = oneOf(arena, index)
  const [leaver] = await playersAt(arena, players, node)
  return under(`a node without Redis for ${ms / 1_000} s`, stage, async () => {
    node.isCutOff = true
    const endsAt = performance.now() + ms
    await arena.untilForgotten(node)
    if (leaver !== undefined) cut(arena, leaver)
    await sleep(Math.max(0, endsAt - performance.now()))
    node.isCutOff = false
    return performance.now()
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
    for (const player of firstOfEach(players)) cut(arena, player)
    return performance.now()
  })
}
