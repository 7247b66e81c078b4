/** Event name → what its listeners are called with. */
type EventMap<Events> = { [Name in keyof Events]: unknown[] }

/** The listening half of an emitter. */
export interface Listenable<Events extends EventMap<Events>> {
  /** Adds a listener; answers the function that takes it away again. */
  on<Name extends keyof Events>(name: Name, listener: (...args: Events[Name]) => void): () => void
}

export interface Emitter<Events extends EventMap<Events>> extends Listenable<Events> {
  /** Calls every listener; false when there was none. */
  emit<Name extends keyof Events>(name: Name, ...args: Events[Name]): boolean
  clear(): void
}

/** A listener that throws is reported and never stops the others, or the SDK. */
export function createEmitter<Events extends EventMap<Events>>(
  onFault: (thrown: unknown) => void,
): Emitter<Events> {
  type Listeners = { [Name in keyof Events]?: Set<(...args: Events[Name]) => void> }
  let listeners: Listeners = {}
  return {
    on(name, listener) {
      // Wrapped, so that one function added twice is called twice and removed once.
      const own = (...args: Events[typeof name]) => listener(...args)
      const known = listeners[name] ?? new Set()
      listeners[name] = known
      known.add(own)
      return () => void known.delete(own)
    },
    emit(name, ...args) {
      const called = [...(listeners[name] ?? [])]
      for (const listener of called) {
        try {
          listener(...args)
        } catch (thrown) {
          onFault(thrown)
        }
      }
      return called.length > 0
    },
    clear() {
      listeners = {}
    },
  }
}
