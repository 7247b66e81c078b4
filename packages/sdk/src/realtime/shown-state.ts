/** A change of what a player shows. */
export interface ShownChange {
  state: Record<string, unknown>
  removed?: string[]
}

/** What the relay knows of this player's state, so that only what changed is sent. */
export interface ShownState {
  /** What differs from what is known; undefined when nothing does. */
  changeTo(state: object): ShownChange | undefined
  /** It was sent. */
  show(state: object): void
  /** It was sent on a way where it may be lost: what differs from what is known is known no more. */
  mayHaveShown(state: object): void
  /** The relay may have lost everything, or nothing. */
  doubt(): void
  /** The relay knows nothing. */
  clear(): void
}

/** No text of a value: it differs from all of them. */
const notKnown = '?'

// Also what a nested value was when it was sent: a game may go on changing the same object.
const textOf = (value: unknown) => JSON.stringify(value)

export function createShownState(): ShownState {
  let known = new Map<string, string | undefined>()
  /** There is something to say, though it were nothing. */
  let isDue = true

  const isKnown = (key: string, value: unknown) =>
    known.has(key) && known.get(key) === textOf(value)

  return {
    changeTo(state) {
      const changed: Record<string, unknown> = {}
      const fields = Object.entries(state)
      for (const [key, value] of fields) if (!isKnown(key, value)) changed[key] = value
      const names = new Set(fields.map(([key]) => key))
      const removed = [...known.keys()].filter(key => !names.has(key))
      if (!isDue && removed.length === 0 && Object.keys(changed).length === 0) return undefined
      return removed.length === 0 ? { state: changed } : { state: changed, removed }
    },
    show(state) {
      known = new Map(Object.entries(state).map(([key, value]) => [key, textOf(value)]))
      isDue = false
    },
    mayHaveShown(state) {
      for (const [key, value] of Object.entries(state)) {
        if (!isKnown(key, value)) known.set(key, notKnown)
      }
    },
    doubt() {
      for (const key of known.keys()) known.set(key, notKnown)
      isDue = true
    },
    clear() {
      known.clear()
      isDue = true
    },
  }
}
