import type { PlayerState } from '../protocol/messages.js'
import type { StateTable, Tracked } from './state-table.js'

export interface KeptThing {
  ref: number
  key: string
  state: PlayerState
}

/** What belongs to a room and to no player: members see it, and its changes, as they see each other's states. */
export class Things {
  private readonly byKey = new Map<string, Tracked>()

  constructor(
    private readonly states: StateTable,
    private readonly onChange: () => void,
  ) {}

  keys(): IterableIterator<string> {
    return this.byKey.keys()
  }

  /** The state of a thing. Not to be written to: `set` is what members hear of. */
  get(key: string): Readonly<PlayerState> | undefined {
    return this.byKey.get(key)?.state
  }

  /** Overwrites fields of a thing, which is made if need be, and removes others. Throws `state_too_large`. */
  set(key: string, fields: PlayerState, removed: readonly string[] = []): void {
    const known = this.byKey.get(key)
    const tracked = known ?? this.states.add(key, true)
    this.byKey.set(key, tracked)
    this.states.update(tracked, fields, removed, Number.POSITIVE_INFINITY)
    this.onChange()
  }

  remove(key: string): void {
    const tracked = this.byKey.get(key)
    if (tracked === undefined) return
    this.byKey.delete(key)
    this.states.remove(tracked)
    this.onChange()
  }

  keep(): KeptThing[] {
    return [...this.byKey.values()].map(({ ref, key, state }) => ({ ref, key, state }))
  }

  restore(things: readonly KeptThing[]): void {
    for (const { ref, key, state } of things) {
      this.byKey.set(key, this.states.restore(ref, key, true, state))
    }
  }
}
