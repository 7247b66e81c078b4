import { randomUUID } from 'node:crypto'
import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Redis } from '@aethex/shared/redis'
import { holdLease, type Queue, queueName, releaseLease } from './queue-store.js'
import { runRound } from './round.js'

/**
 * Makes matches in the queues where players of this node wait. Of the nodes that could, one holds the queue's lease;
 * the lease only saves work, it is the commit that keeps a ticket out of two matches.
 */
export function startMatchmaker(
  redis: Redis,
  queuesHere: () => Queue[],
  onMatches: (made: number) => void,
  log: Logger,
  everyMs: number,
): Closable {
  const token = randomUUID()
  const leased = new Map<string, Queue>()
  let closed = false
  let timer: NodeJS.Timeout | undefined
  let underway: Promise<void> = Promise.resolve()

  const serve = async (queue: Queue) => {
    if (!(await holdLease(redis, queue, token))) return
    leased.set(`${queue.environmentId}:${queueName(queue)}`, queue)
    onMatches(await runRound(redis, queue))
  }
  const round = async () => {
    leased.clear()
    const served = await Promise.allSettled(queuesHere().map(serve))
    for (const result of served) {
      if (result.status === 'rejected') log.warn({ err: result.reason }, 'a match round failed')
    }
  }
  const turn = () => {
    underway = round().then(() => {
      if (!closed) timer = setTimeout(turn, everyMs)
    })
  }
  timer = setTimeout(turn, everyMs)
  return {
    close: async () => {
      closed = true
      clearTimeout(timer)
      await underway
      const releases = [...leased.values()].map(queue => releaseLease(redis, queue, token))
      await Promise.allSettled(releases)
    },
  }
}
