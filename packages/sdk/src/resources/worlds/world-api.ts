import { hasCode } from '../../core/error.js'
import { type Http, path } from '../../core/http.js'
import type { components } from '../../generated/openapi.js'
import type { WorldEvent } from './pending-events.js'

type JournalEvent = components['schemas']['WorldEvent']

interface JournalPage {
  items: JournalEvent[]
  next_after: number | null
  last_sequence: number
}

/** What a world is to begin from. */
export interface RestoredWorld {
  /** Of the newest snapshot; null when there is none. */
  state: unknown
  /** The newest event that the state has seen. */
  sequence: number
  /** Those behind it, in order. */
  events: JournalEvent[]
}

/** One world at the API, and how far it is there as this server knows. */
export interface WorldApi {
  lastSequence(): number
  snapshotVersion(): number
  restore(): Promise<RestoredWorld>
  append(events: readonly WorldEvent[]): Promise<void>
  /** The state after the `nth` event that this server has appended. */
  writeSnapshot(snapshot: { nth: number; state: unknown }, operationId: string): Promise<void>
}

// The keeper repeats by itself, and knows of every failure.
const oneTry = { tries: 1 }

export function createWorldApi(http: Http, worldId: string): WorldApi {
  const world = path('worlds', worldId)
  // Nobody else appends meanwhile, so the numbers of this server's events follow each other from `first` on.
  let head: { first: number; last: number; version: number } | undefined

  const headAt = (last: number, version: number) => ({ first: last, last, version })

  /** Undefined for what is not there yet. */
  async function find<T>(at: string, query: Record<string, number> = {}): Promise<T | undefined> {
    try {
      return await http.request<T>({ method: 'GET', path: world + at, query })
    } catch (thrown) {
      if (hasCode(thrown, 'not_found')) return undefined
      throw thrown
    }
  }

  async function readHead() {
    if (head !== undefined) return head
    const found = await find<{ world: components['schemas']['World'] }>('')
    head = headAt(found?.world.last_sequence ?? 0, found?.world.snapshot_version ?? 0)
    return head
  }

  return {
    lastSequence: () => head?.last ?? 0,
    snapshotVersion: () => head?.version ?? 0,
    async restore() {
      const found = await find<{
        snapshot: components['schemas']['WorldSnapshot']
        state: unknown
      }>('/snapshot')
      const sequence = found?.snapshot.sequence ?? 0
      const events: JournalEvent[] = []
      let last = sequence
      for (let after: number | null = sequence; after !== null; ) {
        const page: JournalPage | undefined = await find('/events', { after, limit: 1_000 })
        events.push(...(page?.items ?? []))
        last = page?.last_sequence ?? last
        after = page?.next_after ?? null
      }
      head = headAt(last, found?.snapshot.version ?? 0)
      return { state: found?.state ?? null, sequence, events }
    },
    async append(events) {
      const known = await readHead()
      const answer = await http.request<{ last_sequence: number }>({
        method: 'POST',
        path: `${world}/events`,
        // Another server that writes this world is noticed instead of mixed with.
        body: { events, expected_sequence: known.last },
        repeatable: true,
        ...oneTry,
      })
      known.last = answer.last_sequence
    },
    async writeSnapshot({ nth, state }, operationId) {
      const known = await readHead()
      const condition: Record<string, string> =
        known.version === 0 ? { 'if-none-match': '*' } : { 'if-match': `"${known.version}"` }
      const answer = await http.request<{ snapshot: { version: number } }>({
        method: 'PUT',
        path: `${world}/snapshot`,
        body: { sequence: known.first + nth, state },
        headers: condition,
        operationId,
        ...oneTry,
      })
      known.version = answer.snapshot.version
    },
  }
}
