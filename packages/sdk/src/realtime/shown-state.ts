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
  /** The relay may know nothing any more. */
  clear(): void
}

// Also what a nested value was when it was sent: a game may go on changing the same object.
const textOf = (value: unknown) => JSON.stringify(value)

/** The text of no value. */
const notKnown = '?'

export function createShownState(): ShownState {
  let known: Map<string, string | undefined> | undefined

  return {
    changeTo(state) {
      if (known === undefined) return { state: { ...state } }
      const changed: Record<string, unknown> = {}
      const fields = Object.entries(state)
      for (const [key, value] of fields) {
        if (!known.has(key) || known.get(key) !== textOf(value)) changed[key] = value
      }
      const names = new Set(fields.map(([key]) => key))
      const removed = [...known.keys()].filter(key => !names.has(key))
      if (removed.length === 0 && Object.keys(changed).length === 0) return undefined
      return removed.length === 0 ? { state: changed } : { state: changed, removed }
    },
    show(state) {
      known = new Map(Object.entries(state).map(([key, value]) => [key, textOf(value)]))
    },
    mayHaveShown(state) {
      if (known === undefined) return
      for (const [key, value] of Object.entries(state)) {
        if (!known.has(key) || known.get(key) !== textOf(value)) known.set(key, notKnown)
      }
    },
    clear() {
      known = undefined
    },
  }
}
