import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findRoomNode, listNodes } from '@aethex/shared/fleet'
import { createLog } from '@aethex/shared/log'
import { openRedis, type Redis } from '@aethex/shared/redis'
import { freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { diceOf } from '../../../faults/dice.js'
import {
  fairWeather,
  startTcpProxy,
  type TcpProxy,
  type TcpWeather,
} from '../../../faults/tcp-proxy.js'
import { freePort } from '../../../local/ports.js'
import { startTestStack, type TestStack } from '../../test-stack.js'
import { type AppProcess, appProcess } from '../app-process.js'
import { createPlayer, type Player } from './player.js'

/** A relay node, and the two ways that lead to it and from it. */
export interface Node {
  relay: AppProcess
  url: string
  /** Between the players and the node. */
  front: TcpProxy
  /** Between the node and Redis. */
  isCutOff: boolean
}

/** A platform with relay nodes of its own, between proxies. */
export interface Arena {
  platform: TestStack
  environment: TestEnvironment
  redis: Redis
  nodes: readonly Node[]
  /** What the way of a player does, by its address; fair where nothing is said. */
  weather: Map<string, TcpWeather>
  /** Players in rooms of five, the rooms on both nodes. */
  gather(seed: string, rooms: number): Promise<Player[]>
  /** The node with the most of these players, and who they are. */
  busiest(players: readonly Player[]): Promise<{ node: Node; its: Player[] }>
  /** Starts a node; resolves when others know of it. */
  start(node: Node, bundle?: string): Promise<void>
  /** Resolves when a node that was killed counts as dead; answers when that was. */
  untilForgotten(node: Node): Promise<number>
  close(): Promise<void>
}

const membersPerRoom = 5
/** Nodes say so often how many sockets they have, by which new rooms are spread. */
const announceMs = 2_000
const pollMs = 10

async function openNode(name: string, platform: TestStack, weather: Arena['weather']) {
  const { file } = platform
  const port = await freePort()
  const node: Pick<Node, 'isCutOff'> = { isCutOff: false }
  const behind = await startTcpProxy({
    target: () => Number(new URL(file.redis_url).port),
    weatherOf: () => ({ delayMs: () => 0, isFrozen: () => node.isCutOff }),
  })
  const front = await startTcpProxy({
    target: () => port,
    weatherOf: address => ({
      delayMs: () => (weather.get(address) ?? fairWeather).delayMs(),
      isFrozen: () => (weather.get(address) ?? fairWeather).isFrozen(),
    }),
  })
  const redisUrl = new URL(file.redis_url)
  redisUrl.port = String(behind.port)
  const url = `ws://127.0.0.1:${front.port}`
  const env = { PUBLIC_URL: url, REDIS_URL: redisUrl.href }
  const relay = appProcess({ app: 'relay', name, port, stack: file, env })
  const close = async () => {
    relay.signal('SIGCONT')
    await relay.kill()
    await Promise.all([front.close(), behind.close()])
  }
  return { node: Object.assign(node, { relay, url, front }), close }
}

export async function openArena(): Promise<Arena> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'aethex-rooms-chaos-'))
  const platform = await startTestStack({ dataDir, relays: 0 })
  platform.stack.supervise = false
  const environment = await freshEnvironment(platform.file)
  const redis = openRedis(platform.file.redis_url, createLog('test', 'silent'))
  const weather: Arena['weather'] = new Map()
  const opened = await Promise.all(
    ['node-1', 'node-2'].map(name => openNode(name, platform, weather)),
  )
  const nodes = opened.map(({ node }) => node)
  const gathered: Player[] = []
  let lastIndex = 0
  const close = async () => {
    for (const { cloud } of gathered) cloud.close()
    await Promise.all(opened.map(each => each.close()))
    redis.disconnect()
    await platform.remove()
  }
  try {
    await Promise.all(nodes.map(({ relay }) => relay.start()))
  } catch (error) {
    await close()
    throw error
  }

  async function nodeOf(room: string): Promise<Node | undefined> {
    const home = await findRoomNode(redis, environment.environmentId, room)
    return nodes.find(({ url }) => url === home?.url)
  }

  // A moment without Redis is none without nodes.
  async function isKnown(url: string): Promise<boolean> {
    const known = await listNodes(redis).catch(() => [])
    return known.some(node => node.url === url)
  }

  async function fill(seed: string, room: string): Promise<Player[]> {
    const players: Player[] = []
    for (let seat = 0; seat < membersPerRoom; seat++) {
      const index = lastIndex++
      players.push(await createPlayer({ environment, room, index, dice: diceOf(seed, index) }))
    }
    gathered.push(...players)
    return players
  }

  return {
    platform,
    environment,
    redis,
    nodes,
    weather,
    async gather(seed, rooms) {
      const names = Array.from({ length: rooms }, (_, index) => `room-${seed}-${index}`)
      const half = Math.ceil(rooms / nodes.length)
      const players: Player[] = []
      for (let from = 0; from < rooms; from += half) {
        if (from > 0) await sleep(announceMs * 1.2)
        const some = names.slice(from, from + half)
        players.push(...(await Promise.all(some.map(name => fill(seed, name)))).flat())
      }
      return players
    },
    async busiest(players) {
      const homes = await Promise.all(players.map(({ room }) => nodeOf(room)))
      const groups = nodes.map(node => ({
        node,
        its: players.filter((_, index) => homes[index] === node),
      }))
      const [first] = groups.sort((a, b) => b.its.length - a.its.length)
      if (first === undefined) throw new Error('there are no nodes')
      return first
    },
    async start({ relay, url }, bundle) {
      await relay.start(bundle)
      while (!(await isKnown(url))) await sleep(pollMs)
    },
    async untilForgotten({ url }) {
      while (await isKnown(url)) await sleep(pollMs)
      return performance.now()
    },
    close,
  }
}
