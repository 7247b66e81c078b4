import { AeThexError } from '../../core/error.js'
import { uuidv7 } from '../../core/uuid.js'

/** An event as it is sent. */
export interface WorldEvent {
  event_id: string
  type: string
  data: unknown
  occurred_at: string
}

interface Pending {
  event: WorldEvent
  bytes: number
  recordedAt: number
}

/** Events that nobody has acknowledged yet, in order. */
export interface PendingEvents {
  readonly count: number
  /** When the oldest of them was recorded; undefined when there is none. */
  oldestAt(): number | undefined
  /** Throws `invalid_request` for what can never be sent, and `limit_reached` when too many wait. */
  add(type: string, data: unknown): string
  /** The same batch until it is taken away: one whose answer was lost is sent again as it was. */
  batch(): readonly WorldEvent[]
  /** Takes the batch away. */
  acknowledge(): void
}

// What the server takes: 500 events, 64 KiB each, 2 MiB in all.
const largestEvent = 65_536
const largestBatch = 1_500_000
const text = new TextEncoder()

export function createPendingEvents(options: {
  batchEvents: number
  mostPending: number
  now: () => number
}): PendingEvents {
  const waiting: Pending[] = []
  let underWay = 0

  /** How many from the front go together. */
  function fitting(): number {
    let bytes = 0
    let count = 0
    for (const pending of waiting) {
      bytes += pending.bytes
      if (count === options.batchEvents || (count > 0 && bytes > largestBatch)) break
      count++
    }
    return count
  }

  return {
    get count() {
      return waiting.length
    },
    oldestAt: () => waiting[0]?.recordedAt,
    add(type, data) {
      if (waiting.length >= options.mostPending) {
        throw new AeThexError('limit_reached', 'Too many events wait to be acknowledged.')
      }
      const json = JSON.stringify(data)
      if (json === undefined || text.encode(json).length > largestEvent) {
        throw new AeThexError('invalid_request', 'The data of an event is JSON of at most 64 KiB.')
      }
      const now = options.now()
      const event = {
        event_id: uuidv7(now),
        type,
        // As it is now: what the game does to it later is another event.
        data: JSON.parse(json),
        occurred_at: new Date(now).toISOString(),
      }
      waiting.push({ event, bytes: json.length + type.length + 200, recordedAt: now })
      return event.event_id
    },
    batch() {
      if (underWay === 0) underWay = fitting()
      return waiting.slice(0, underWay).map(({ event }) => event)
    },
    acknowledge() {
      waiting.splice(0, underWay)
      underWay = 0
    },
  }
}
