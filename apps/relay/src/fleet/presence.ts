import { announceNode, listNodes, retireNode } from '@aethex/shared/fleet'
import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Redis } from '@aethex/shared/redis'

export interface PresenceOptions {
  redis: Redis
  nodeId: string
  url: string
  countSockets(): number
  everyMs: number
  log: Logger
}

/** Says again and again that this node is here, until it is closed; then it is taken off the list at once. */
export async function announcePresence(options: PresenceOptions): Promise<Closable> {
  const { redis, nodeId, url, countSockets, everyMs, log } = options
  let isFirst = true
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
    await announceNode(redis, { node_id: nodeId, url, sockets: countSockets() })
  }
  const turn = async () => {
    underway = announce().catch(error => log.debug({ err: error }, 'could not announce the node'))
    await underway
    if (!closed) timer = setTimeout(turn, everyMs)
  }
  await turn()
  return {
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
