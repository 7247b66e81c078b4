import type { Store } from '../core/storage.js'

/** An event as it travels; its id makes the server store it once, however often it is sent. */
export interface AnalyticsEvent {
  event_id: string
  name: string
  time: string
  properties: Record<string, unknown>
}

/** Beyond this the oldest make room: a device offline for days must not fill its storage. */
const capacity = 1000

/** The events of a player that the server has not confirmed, kept in the storage. */
export interface EventQueue {
  first(playerId: string, count: number): AnalyticsEvent[]
  /** Adds one; answers how many there are now. */
  add(playerId: string, event: AnalyticsEvent): number
  remove(playerId: string, events: readonly AnalyticsEvent[]): void
  clear(playerId: string): void
}

export function createEventQueue(store: Store): EventQueue {
  const nameOf = (playerId: string) => `events.${playerId}`
  const read = (playerId: string) => store.readList<AnalyticsEvent>(nameOf(playerId))
  return {
    first: (playerId, count) => read(playerId).slice(0, count),
    add(playerId, event) {
      const events = [...read(playerId), event].slice(-capacity)
      store.writeList(nameOf(playerId), events)
      return events.length
    },
    remove(playerId, events) {
      const gone = new Set(events.map(({ event_id }) => event_id))
      const left = read(playerId).filter(({ event_id }) => !gone.has(event_id))
      store.writeList(nameOf(playerId), left)
    },
    clear: playerId => store.write(nameOf(playerId), null),
  }
}

/** The events that a refusal points at (`…/events/3/name`); all of them when it points at none. */
export function refusedAmong(
  events: readonly AnalyticsEvent[],
  flaws: readonly { pointer: string }[] = [],
): readonly AnalyticsEvent[] {
  const named = flaws.map(({ pointer }) => Number(/events\/(\d+)/.exec(pointer)?.[1] ?? Number.NaN))
  const refused = events.filter((_, index) => named.includes(index))
  return refused.length > 0 ? refused : events
}
