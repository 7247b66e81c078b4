import { randomUUID } from 'node:crypto'
import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import { holdLease, listRestQueues, type Queue, releaseLease } from '@aethex/shared/matchmaking'
import type { Redis } from '@aethex/shared/redis'
import type { QueueBook } from './queue-book.js'
import { newMemory, type QueueMemory, runRound } from './round.js'

interface MatchmakerOptions {
  redis: Redis
  nodeId: string
  book: QueueBook
  /** The queues where players of this node wait. */
  queuesHere(): Queue[]
  onMatches(made: number): void
  log: Logger
  everyMs: number
}

const keyOf = ({ environmentId, name }: Queue) => `${environmentId}:${name}`
const lookForRestMs = 1_000

/**
 * Makes matches in the queues where players of this node wait, and in those where tickets of REST do. Of the nodes
 * that could, one holds the queue's lease. A commit names the lease: of a node that was stopped and comes back, none
 * counts. And it is the commit that keeps a ticket out of two matches, whoever makes it.
 */
export function startMatchmaker(options: MatchmakerOptions): Closable {
  const { redis, nodeId, book, log, everyMs } = options
  const token = randomUUID()
  const leased = new Map<string, Queue>()
  let memories = new Map<string, QueueMemory>()
  let restQueues: Queue[] = []
  let lookAgainAt = 0
  let closed = false
  let timer: NodeJS.Timeout | undefined
  let underway: Promise<void> = Promise.resolve()

  const listQueues = async (): Promise<Queue[]> => {
    if (performance.now() >= lookAgainAt) {
      restQueues = await listRestQueues(redis, Date.now())
      lookAgainAt = performance.now() + lookForRestMs
    }
    const all = [...options.queuesHere(), ...restQueues]
    return [...new Map(all.map(queue => [keyOf(queue), queue])).values()]
  }
  const serve = async (queue: Queue, memory: QueueMemory) => {
    const renew = () => holdLease(redis, queue, token)
    if (!(await renew())) return
    leased.set(keyOf(queue), queue)
    const compiled = (await book.of(queue.environmentId)).find(queue.name)
    options.onMatches(await runRound({ redis, queue, compiled, nodeId, memory, token, renew }))
  }
  const round = async () => {
    leased.clear()
    const queues = await listQueues()
    const before = memories
    memories = new Map(queues.map(queue => [keyOf(queue), before.get(keyOf(queue)) ?? newMemory()]))
    const served = await Promise.allSettled(
      queues.map(queue => serve(queue, memories.get(keyOf(queue)) ?? newMemory())),
    )
    for (const result of served) {
      if (result.status === 'rejected') log.warn({ err: result.reason }, 'a match round failed')
    }
  }
  const turn = () => {
    const begun = performance.now()
    underway = round()
      .catch(error => log.warn({ err: error }, 'the match rounds wait'))
      .then(() => {
        // A long round is followed by a longer rest: players' sockets share this process.
        const restMs = Math.max(everyMs, 2 * (performance.now() - begun))
        if (!closed) timer = setTimeout(turn, Math.min(restMs, 5_000))
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
