import type { StatePacker } from '@aethex/sdk/state-schema'
import { Problem } from '@aethex/shared/errors'
import type { PlayerState } from '../protocol/messages.js'
import { isSameValue } from './same-value.js'

/** Something in a room that has a state: what a player shows, or a thing of the room's own. */
export interface Tracked {
  readonly ref: number
  /** The player's id, or what the room calls the thing. */
  readonly key: string
  readonly isThing: boolean
  state: PlayerState
  /** False until something was shown. */
  isShown: boolean
  /** Too big to be shown to those who join. */
  isLarge: boolean
  /** About what has come since it was measured last. */
  unmeasured: number
  /** The tick in which it came to be. */
  born: number
  /** The tick in which a field changed last; that of a field that is gone stays. */
  changed: Map<string, number>
}

/** What a client puts together: fields; with those removed; with the key of what it has never heard of; null when gone. */
export type StateChange =
  | PlayerState
  | [PlayerState, string[]]
  | [PlayerState, string[], string]
  | null

const mostFields = 256
const mostBytes = 64 * 1024
// The last states of a full room must fit what may wait for one reader, or joining would cut the joiner.
const mostShownBytes = 8 * 1024
/** The fields are counted anew whenever this has come since they were last; smaller updates cannot sum up to much. */
const smallBytes = 4 * 1024
/** A field that is gone is remembered until everybody has heard of it; nobody removes more than this at once. */
const mostRemembered = 1_024

const sizeOf = (state: PlayerState) => Buffer.byteLength(JSON.stringify(state))

/**
 * The states of a room, and in which tick each field changed. What happens between two ticks is one change: the
 * latest value of each field wins.
 */
export class StateTable {
  private readonly byRef = new Map<number, Tracked>()
  private readonly gone = new Map<number, number>()
  private readonly dirty = new Set<Tracked>()
  /** Those of which a field is gone, and remembered. */
  private readonly forgetful = new Set<Tracked>()
  private readonly goneNow: number[] = []
  private lastRef = 0
  /** Of a room that declares its states. */
  packer: StatePacker | undefined
  /** The tick whose changes have left last. What changes now belongs to the next. */
  tick = 0
  /** What went up to this tick is forgotten: whoever knows less has to be shown everything. */
  forgotten = 0

  get isDirty(): boolean {
    return this.dirty.size > 0 || this.goneNow.length > 0
  }

  all(): IterableIterator<Tracked> {
    return this.byRef.values()
  }

  get(ref: number): Tracked | undefined {
    return this.byRef.get(ref)
  }

  /** A player without a state yet, or a thing. */
  add(key: string, isThing: boolean): Tracked {
    return this.put(this.lastRef + 1, key, isThing)
  }

  /** Brings back what another node kept. */
  restore(ref: number, key: string, isThing: boolean, state: PlayerState | null): Tracked {
    const tracked = this.put(ref, key, isThing)
    if (state !== null) this.update(tracked, state, [], mostBytes)
    return tracked
  }

  /**
   * Overwrites fields, or removes them. `bytes` is about what the fields take. Throws `state_too_large` and changes
   * nothing when the whole state would have more than 64 KiB or 256 fields, and `state_malformed` for a declared field
   * of another kind. Declared fields are kept as everybody will see them; those that are null are removed.
   */
  update(tracked: Tracked, given: PlayerState, gone: readonly string[], bytes: number): void {
    const { fields, removed } = this.settled(given, gone)
    tracked.unmeasured += bytes
    if (tracked.unmeasured > smallBytes || !this.knowsAll(tracked, fields)) {
      tracked.isLarge = this.measure(tracked, fields, removed) > mostShownBytes
      tracked.unmeasured = 0
    }
    const now = this.tick + 1
    const { state, changed } = tracked
    for (const key in fields) {
      if (Object.hasOwn(state, key) && isSameValue(state[key], fields[key])) continue
      state[key] = fields[key]
      changed.set(key, now)
      this.dirty.add(tracked)
    }
    for (const key of removed) {
      // What every object has by itself is no field.
      if (!Object.hasOwn(state, key)) continue
      delete state[key]
      changed.set(key, now)
      this.forgetful.add(tracked)
      this.dirty.add(tracked)
    }
    if (!tracked.isShown) this.dirty.add(tracked)
    tracked.isShown = true
  }

  remove(tracked: Tracked): void {
    this.byRef.delete(tracked.ref)
    this.dirty.delete(tracked)
    this.forgetful.delete(tracked)
    // That a player is gone is a message; that a thing is gone is a change like others.
    if (!tracked.isThing) return
    this.gone.set(tracked.ref, this.tick + 1)
    this.goneNow.push(tracked.ref)
  }

  /** Ends the tick, and those in which nothing happened: what changed, and what has gone. */
  advance(ticks = 1): { changed: Tracked[]; gone: number[] } {
    this.tick += ticks
    const changed = [...this.dirty]
    this.dirty.clear()
    return { changed, gone: this.goneNow.splice(0) }
  }

  /** All of one thing, for those who do not know it. */
  whole(tracked: Tracked): StateChange {
    return tracked.isThing ? [{ ...tracked.state }, [], tracked.key] : { ...tracked.state }
  }

  /** What changed in one thing after the tick `since`; undefined when nothing did. */
  changeSince(tracked: Tracked, since: number): StateChange | undefined {
    if (tracked.born > since && tracked.isThing) {
      // Who has heard of it already, and has not said so, keeps nothing that is gone.
      const gone = [...tracked.changed.keys()].filter(key => !Object.hasOwn(tracked.state, key))
      return [{ ...tracked.state }, gone, tracked.key]
    }
    const fields: PlayerState = {}
    const removed: string[] = []
    let isEmpty = true
    for (const [key, tick] of tracked.changed) {
      if (tick <= since) continue
      isEmpty = false
      if (Object.hasOwn(tracked.state, key)) fields[key] = tracked.state[key]
      else removed.push(key)
    }
    if (isEmpty) return tracked.isShown && tracked.born > since ? fields : undefined
    return removed.length > 0 ? [fields, removed] : fields
  }

  goneSince(since: number): number[] {
    return [...this.gone].flatMap(([ref, tick]) => (tick > since ? [ref] : []))
  }

  /** Forgets which things and fields went up to `tick`: nobody asks for so long ago any more. */
  forgetGone(tick: number): void {
    for (const [ref, wentAt] of this.gone) {
      if (wentAt <= tick) this.forget(this.gone, ref, wentAt)
    }
    for (const tracked of this.forgetful) {
      const { state, changed } = tracked
      let isRemembering = false
      for (const [key, changedAt] of changed) {
        if (Object.hasOwn(state, key)) continue
        if (changedAt <= tick) this.forget(changed, key, changedAt)
        else isRemembering = true
      }
      if (!isRemembering) this.forgetful.delete(tracked)
    }
  }

  private forget<Key>(from: Map<Key, number>, key: Key, wentAt: number): void {
    from.delete(key)
    this.forgotten = Math.max(this.forgotten, wentAt)
  }

  private settled(fields: PlayerState, removed: readonly string[]) {
    const { packer } = this
    if (packer === undefined) return { fields, removed }
    try {
      const present: PlayerState = { ...packer.undeclared(fields) }
      const gone = [...removed]
      for (const [name, value] of Object.entries(packer.quantise(fields))) {
        if (value === null) gone.push(name)
        else present[name] = value
      }
      return { fields: present, removed: gone }
    } catch (error) {
      throw new Problem('state_malformed', { cause: error })
    }
  }

  private put(ref: number, key: string, isThing: boolean): Tracked {
    const tracked: Tracked = {
      ref,
      key,
      isThing,
      state: {},
      isShown: isThing,
      isLarge: false,
      unmeasured: 0,
      born: this.tick + 1,
      changed: new Map(),
    }
    this.lastRef = Math.max(this.lastRef, ref)
    this.byRef.set(ref, tracked)
    if (isThing) this.dirty.add(tracked)
    return tracked
  }

  private knowsAll({ state }: Tracked, fields: PlayerState): boolean {
    for (const key in fields) if (!Object.hasOwn(state, key)) return false
    return true
  }

  private measure(
    { state, changed }: Tracked,
    fields: PlayerState,
    removed: readonly string[],
  ): number {
    const whole = { ...state, ...fields }
    for (const key of removed) delete whole[key]
    const bytes = sizeOf(whole)
    const isFull = Object.keys(whole).length > mostFields || changed.size > mostRemembered
    if (bytes > mostBytes || isFull) {
      throw new Problem('state_too_large')
    }
    return bytes
  }
}
