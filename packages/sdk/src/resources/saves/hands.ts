import type { SlotPlace } from './slot-place.js'
import type { SlotRecord } from './slot-record.js'

interface Held {
  /** Of the content; null for an empty slot. */
  id: string | null
  /** null: it is not on the server yet. */
  version: number | null
}

/** What the game has in its hands in this very tab: other tabs of the same player may have gone on. */
export interface Hands {
  take(at: SlotPlace, held: Held): void
  /** What the game had saved last is nowhere any more; what it was made from is what counts. */
  fallBack(at: SlotPlace, record: SlotRecord): void
  /** The version to build on when the copy of this device is another one than the game has seen. */
  staleBase(at: SlotPlace, record: SlotRecord): number | undefined
  /** A list has shown the slot in this version. */
  noteListed(playerId: string, slot: string, version: number): void
  listed(at: SlotPlace): number | undefined
}

export function createHands(): Hands {
  const held = new Map<string, Held>()
  const listed = new Map<string, number>()
  const nameOf = ({ playerId, slot }: Pick<SlotPlace, 'playerId' | 'slot'>) => `${playerId}/${slot}`
  return {
    take: (at, what) => void held.set(nameOf(at), what),
    fallBack(at, { operations, seen }) {
      const here = operations.at(-1)?.made ?? seen.content
      held.set(nameOf(at), { id: here?.id ?? null, version: seen.version })
    },
    staleBase(at, { operations, seen }) {
      const own = held.get(nameOf(at))
      const last = operations.at(-1)
      const here = (last === undefined ? seen.content : last.made)?.id ?? null
      return own === undefined || own.id === here ? undefined : (own.version ?? 0)
    },
    noteListed: (playerId, slot, version) => void listed.set(nameOf({ playerId, slot }), version),
    listed: at => listed.get(nameOf(at)),
  }
}
