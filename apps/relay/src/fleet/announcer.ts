import { announceLeaving, announceNode, listNodes, retireNode } from '@aethex/shared/fleet'
import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Redis } from '@aethex/shared/redis'
import type { Lease } from '../rooms/lease.js'

export interface AnnouncerOptions {
  redis: Redis
  nodeId: string
  url: string
  region: string | undefined
  countSockets(): number
  everyMs: number
  /** What hangs on being announced. */
  lease: Lease
  log: Logger
}

export interface Announcer extends Closable {
  /** Nobody new is sent here from now on; what is here is still this node's. */
  withdraw(): Promise<void>
}

/** Says again and again that this node is here, until it is closed. */
export async function startAnnouncer(options: AnnouncerOptions): Promise<Announcer> {
  const { redis, nodeId, url, region, countSockets, everyMs, lease, log } = options
  let isFirst = true
  let isLeaving = false
  let closed = false
  let timer: NodeJS.Timeout | undefined
  let underway: Promise<void> = Promise.resolve()

  // Only a process that died can have left this address behind.
  const retirePredecessors = async () => {
    const others = (await listNodes(redis)).filter(node => node.url === url)
    await Promise.all(others.map(node => retireNode(redis, node.node_id)))
  }
  const announce = async () => {
    if (isFirst) await retirePredecessors()
    isFirst = false
    const say = isLeaving ? announceLeaving : announceNode
    const sentAt = performance.now()
    const isKnown = await say(redis, { node_id: nodeId, url, region, sockets: countSockets() })
    await lease.announced(sentAt, isKnown === false ? 2 * everyMs : 0)
  }
  const announceOrTell = async () => {
    try {
      await announce()
    } catch (error) {
      log.debug({ err: error }, 'could not announce the node')
      lease.failed()
    }
  }
  const turn = async () => {
    underway = announceOrTell()
    await underway
    if (!closed) timer = setTimeout(turn, everyMs)
  }
  await turn()
  return {
    withdraw: async () => {
      isLeaving = true
      await underway
      await announceOrTell()
    },
    close: async () => {
      closed = true
      clearTimeout(timer)
      await underway
      await retireNode(redis, nodeId).catch(error =>
        log.debug({ err: error }, 'the node is left to be forgotten'),
      )
    },
  }
}
