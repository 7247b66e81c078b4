import { AeThexError } from '../core/error.js'
import type { Session } from '../core/session.js'
import type { components } from '../generated/openapi.js'

const rounds = 3
const patienceMs = 3_000

/** The quickest of some calls; undefined when none came back. The first also opens the connection. */
async function measure(url: string): Promise<number | undefined> {
  let least: number | undefined
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now()
    try {
      // What the answer says does not matter, so a page may ask any address.
      await fetch(url, {
        mode: 'no-cors',
        cache: 'no-store',
        signal: AbortSignal.timeout(patienceMs),
      })
    } catch {
      continue
    }
    const took = performance.now() - begun
    if (least === undefined || took < least) least = took
  }
  return least === undefined ? undefined : Math.round(least)
}

/** The milliseconds to every region of a queue that can be measured and is reached. Throws `not_found`. */
export async function measureRegions(
  session: Session,
  queue: string,
): Promise<Record<string, number>> {
  const { items } = await session.request<{ items: components['schemas']['MatchmakingQueue'][] }>({
    method: 'GET',
    path: '/matchmaking/queues',
  })
  const found = items.find(({ name }) => name === queue)
  if (found === undefined) throw new AeThexError('not_found', 'No queue of this name is declared.')
  const measured: Record<string, number> = {}
  await Promise.all(
    found.regions.map(async ({ name, ping_url }) => {
      const latency = ping_url === null ? undefined : await measure(ping_url)
      if (latency !== undefined) measured[name] = latency
    }),
  )
  return measured
}
