import type { IncomingMessage } from 'node:http'
import { Problem } from '../errors/index.js'
import { assertTakes, liftBodyDeadline, tooLarge } from './body.js'

const mebibyte = 1_048_576

// Who sends less than this in that time is no network's fault, and is cut off.
const patienceMs = 30_000
const leastBytes = 16 * 1_024
/** The longest that one body may take: what a handler has stored by then may be swept away a day later. */
const longestMs = 2 * 3_600_000

const endedEarly = () => new Problem('malformed_request', { detail: 'The body ended early.' })

const tooSlow = () =>
  new Problem('request_timeout', {
    detail: 'The body came too slowly.',
    headers: { connection: 'close' },
  })

/** Waits for as long as there is patience; how long the handler takes with the bytes does not count. */
async function nextWithin(
  arriving: AsyncIterator<Buffer>,
  leftMs: number,
): Promise<IteratorResult<Buffer>> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooSlow()), leftMs)
  })
  const next = arriving.next().catch(() => {
    throw endedEarly()
  })
  try {
    return await Promise.race([next, late])
  } finally {
    clearTimeout(timer)
  }
}

async function* readStream(request: IncomingMessage, limit: number): AsyncIterable<Buffer> {
  liftBodyDeadline(request)
  const endsAt = performance.now() + longestMs
  // The request must outlive a refusal, so that the answer still finds its way.
  const arriving: AsyncIterator<Buffer> = request.iterator({ destroyOnReturn: false })
  let [size, waitedMs, sinceThen, isWaiting] = [0, 0, 0, false]
  try {
    for (;;) {
      const askedAt = performance.now()
      isWaiting = true
      const next = await nextWithin(arriving, Math.min(patienceMs - waitedMs, endsAt - askedAt))
      isWaiting = false
      if (next.done === true) return
      waitedMs += performance.now() - askedAt
      sinceThen += next.value.length
      if (sinceThen >= leastBytes) [waitedMs, sinceThen] = [0, 0]
      size += next.value.length
      if (size > limit) throw tooLarge(limit)
      yield next.value
    }
  } finally {
    // What has failed is over, and what waits cannot be told to stop: there the connection is closed instead.
    if (!isWaiting) await arriving.return?.()
  }
}

/**
 * The body as it comes, nothing of it kept. Reading goes on only as its bytes are taken; it throws `body_too_large`
 * beyond the limit, `malformed_request` when the sender goes away, and `request_timeout` when it is too slow.
 */
export function openBody(
  request: IncomingMessage,
  types: readonly string[],
  limit: number,
): AsyncIterable<Buffer> {
  assertTakes(request, types)
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
  return readStream(request, limit)
}

/** What the process may hold of streamed bodies at once, and how much of it one of them takes at most. */
const roomBytes = 768 * mebibyte
const mostHeld = 24 * mebibyte
const roomOfOneCaller = roomBytes / 4

/** Admits streamed bodies while there is memory for what their handlers hold of them; else throws `busy`. */
export function createStreamRoom() {
  let taken = 0
  const callers = new Map<string, number>()

  /** Answers how to leave. */
  return function enter(request: IncomingMessage, callerId: string): () => void {
    const length = request.headers['content-length']
    const weight = length === undefined ? mostHeld : Math.min(Number(length), mostHeld)
    const own = callers.get(callerId) ?? 0
    if (taken + weight > roomBytes || own + weight > roomOfOneCaller) {
      throw new Problem('busy', { headers: { 'retry-after': '1' } })
    }
    taken += weight
    callers.set(callerId, own + weight)
    return () => {
      taken -= weight
      const left = (callers.get(callerId) ?? weight) - weight
      if (left === 0) callers.delete(callerId)
      else callers.set(callerId, left)
    }
  }
}
