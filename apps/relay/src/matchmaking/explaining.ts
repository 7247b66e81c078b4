import {
  type CompiledQueue,
  type Explanation,
  estimateWait,
  explain,
  listWaiting,
  openMode,
  type Queue,
  readOpenName,
  readWishes,
} from '@aethex/shared/matchmaking'
import type { Redis } from '@aethex/shared/redis'
import type { QueueBook } from './queue-book.js'

/** Enough to tell which rule is the narrow one. */
const mostLookedAt = 1_000

/** The rules of a queue, declared or not; undefined when it is declared no more. */
export async function rulesOf(
  book: QueueBook,
  { environmentId, name }: Queue,
): Promise<CompiledQueue | undefined> {
  const open = readOpenName(name)
  if (open !== undefined) return openMode(open.mode, open.players)
  return (await book.of(environmentId)).find(name)
}

/** Why these tickets of one queue wait. Those that wait no longer are left out. */
export async function explainTickets(
  redis: Redis,
  book: QueueBook,
  queue: Queue,
  ticketIds: readonly string[],
): Promise<Map<string, Explanation>> {
  const explained = new Map<string, Explanation>()
  const compiled = await rulesOf(book, queue)
  if (compiled === undefined) return explained
  const { now, places } = await listWaiting(redis, queue, mostLookedAt)
  const own = new Set(ticketIds)
  const wishes = await readWishes(redis, queue.environmentId, [
    ...new Set([...places.map(({ ticketId }) => ticketId), ...own]),
  ])
  const estimate = await estimateWait(redis, queue)
  const candidates = places.flatMap(({ ticketId, since }) => {
    const known = wishes.get(ticketId)
    return known === undefined ? [] : [compiled.prepare({ ticketId, since, ...known }, now)]
  })
  for (const candidate of candidates) {
    const { ticketId } = candidate.ticket
    if (own.has(ticketId))
      explained.set(ticketId, explain(compiled, candidate, candidates, estimate))
  }
  return explained
}
